// People and their credentials over a real store; hashing is cheap, and time is given.
#include "accounts/accounts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "auth/access_token.h"
#include "auth/secrets.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "base/testing/soon.h"

namespace sluice::accounts {
namespace {

constexpr Micros second_us = 1'000'000;
constexpr Micros day_us = 86'400 * second_us;
const char* const password = "correct horse battery";
const std::string secret_key(40, 's');

/// A clock that a test sets while other threads read it.
class TestClock final : public Clock {
 public:
  Micros now_us() const override { return now_us_; }
  void advance_us(Micros step) { now_us_ += step; }

 private:
  std::atomic<Micros> now_us_{1'700'000'000'000'000};
};

class AccountsTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = another_store();
    ASSERT_TRUE(store_->ensure_tenant(acme_, "Acme"));
    accounts_ = another(*store_);
    ann_ = store_->add_person("ann", hash(), acme_, auth::Role::owner).value();
  }
  std::unique_ptr<metadata::Store> another_store() {
    return metadata::Store::open("sqlite://" + (folder_ / "m.db").string(), clock_).value();
  }
  /// As one more process has it.
  std::unique_ptr<Accounts> another(metadata::Store& store, Options options = {}) {
    options.secret_key = secret_key;
    if (options.password_cost.memory_bytes == auth::PasswordCost{}.memory_bytes) {
      options.password_cost = cheap_;
    }
    Result<std::unique_ptr<Accounts>> opened = Accounts::open(store, clock_, options);
    EXPECT_TRUE(opened) << to_line(opened.error());
    return std::move(*opened);
  }
  std::string hash() { return auth::hash_password(password, cheap_).value(); }
  Issued logged_in(const std::string& login = "ann", bool is_browser = false) {
    Result<Issued> issued =
        accounts_->login({.login = login, .password = password, .is_browser = is_browser}, caller_);
    EXPECT_TRUE(issued) << to_line(issued.error());
    return issued ? std::move(*issued) : Issued{};
  }
  std::string code_of_login(const std::string& login, const std::string& tried) {
    const Result<Issued> issued = accounts_->login({.login = login, .password = tried}, caller_);
    return issued ? "" : issued.error().code.text();
  }
  std::string code_of(const std::string& credential) {
    const auto principal = accounts_->authenticator().authenticate(credential);
    return principal ? "" : principal.error().code.text();
  }
  std::string new_token(std::optional<Micros> expires_at_us = {}) {
    const std::string token = auth::make_token();
    token_id_ = store_
                    ->add_token({.tenant = acme_,
                                 .sha256 = auth::token_sha256(token),
                                 .name = "laptop",
                                 .permissions = auth::Permissions::reading(),
                                 .expires_at_us = expires_at_us})
                    .value();
    return token;
  }
  std::vector<std::string> audited() {
    std::vector<std::string> all;
    const auto page = store_->list_audit(acme_, 100).value();
    for (const metadata::AuditEntry& entry : page.entries) {
      all.push_back(entry.operation + " " + entry.result + " " + entry.name);
    }
    return all;
  }

  const auth::PasswordCost cheap_{.memory_bytes = auth::password_memory_bytes_min, .passes = 1};
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-accounts-" + random_hex(6));
  const ScopedPath removed_at_the_end_{folder_};
  TestClock clock_;
  const TenantId acme_{"acme"};
  const Caller caller_{"192.0.2.1", "request"};
  std::unique_ptr<metadata::Store> store_;
  std::unique_ptr<Accounts> accounts_;
  std::string ann_;
  std::string token_id_;
};

TEST_F(AccountsTest, ALoginGivesWhatIsTaken) {
  const Issued issued = logged_in(" Ann ");
  EXPECT_EQ(issued.login, "ann");
  EXPECT_EQ(issued.tenant, acme_);
  EXPECT_EQ(issued.role, auth::Role::owner);
  EXPECT_EQ(issued.csrf_token, "");
  EXPECT_EQ(issued.access_expires_at_us, clock_.now_us() + auth::access_token_lifetime_us);
  const auth::Principal principal =
      accounts_->authenticator().authenticate(issued.access_token).value();
  EXPECT_EQ(principal.tenant, acme_);
  EXPECT_EQ(principal.person_id, ann_);
  EXPECT_EQ(principal.name, "ann");
  EXPECT_EQ(principal.kind, auth::CredentialKind::session);
  EXPECT_EQ(principal.credential_id, issued.session_id);
  EXPECT_EQ(principal.permissions, auth::Permissions::all());
  EXPECT_EQ(audited(), std::vector<std::string>{"login ok ann"});
  const Issued browser = logged_in("ann", true);
  EXPECT_EQ(accounts_->authenticator().authenticate(browser.access_token)->csrf_sha256,
            sha256_hex(browser.csrf_token));
}

TEST_F(AccountsTest, AWrongPasswordAndAnUnknownNameAreAnsweredAlike) {
  const auto wrong = accounts_->login({.login = "ann", .password = "wrong"}, caller_);
  const auto unknown = accounts_->login({.login = "nobody", .password = "wrong"}, caller_);
  EXPECT_EQ(wrong.error().code, "login_failed");
  EXPECT_EQ(to_line(wrong.error()), to_line(unknown.error()));
  EXPECT_EQ(code_of_login("ann", ""), "login_failed");
  EXPECT_EQ(code_of_login("", password), "login_failed");
  EXPECT_EQ(code_of_login("a b\n", password), "login_failed");
  EXPECT_EQ(code_of_login("ann", std::string(2'000, 'x')), "login_failed");
  EXPECT_EQ(code_of_login("ann' OR 1=1 --", password), "login_failed");
  EXPECT_EQ(audited(), (std::vector<std::string>{"login refused ann", "login refused ann"}));
}

TEST_F(AccountsTest, GuessesAreSlowedDownAndAGoodTokenIsNot) {
  const std::string token = new_token();
  const Issued issued = logged_in();
  int tried = 0;
  while (!accounts_->throttle(caller_, "ann") && tried < 100) {
    EXPECT_EQ(code_of_login("ann", "guess"), "login_failed");
    ++tried;
  }
  EXPECT_EQ(tried, 10);
  EXPECT_TRUE(accounts_->throttle({"198.51.100.7"}, "Ann"));
  EXPECT_EQ(code_of(token), "");
  EXPECT_EQ(code_of(issued.access_token), "");
  clock_.advance_us(30 * second_us);
  EXPECT_EQ(accounts_->throttle(caller_, "ann"), std::nullopt) << "locked out for half a minute";
  EXPECT_EQ(code_of_login("ann", password), "");
  EXPECT_EQ(accounts_->throttle(caller_, "ann"), std::nullopt);
}

TEST_F(AccountsTest, ALoginHashesAnewWhatWasHashedTooCheaply) {
  const std::string before = store_->get_person(ann_)->value().password_hash;
  accounts_ = another(*store_, {.password_cost = {.memory_bytes = 64 << 10, .passes = 2}});
  logged_in();
  const std::string after = store_->get_person(ann_)->value().password_hash;
  EXPECT_NE(after, before);
  EXPECT_TRUE(auth::password_matches(after, password));
  logged_in();
  EXPECT_EQ(store_->get_person(ann_)->value().password_hash, after);
}

TEST_F(AccountsTest, ATenantIsChosenAmongOnesOwn) {
  ASSERT_TRUE(store_->ensure_tenant({"other"}, "Other"));
  clock_.advance_us(1);
  ASSERT_TRUE(store_->set_membership(ann_, {"other"}, auth::Role::viewer));
  const Login other{.login = "ann", .password = password, .tenant = "other"};
  const Issued issued = accounts_->login(other, caller_).value();
  EXPECT_EQ(issued.role, auth::Role::viewer);
  EXPECT_EQ(accounts_->authenticator().authenticate(issued.access_token)->tenant.value, "other");
  EXPECT_EQ(logged_in().tenant, acme_) << "the one that was there first";
  Login theirs = other;
  theirs.tenant = "theirs";
  EXPECT_EQ(accounts_->login(theirs, caller_).error().code, "no_membership");
}

TEST_F(AccountsTest, ARefreshTokenThatComesBackEndsTheSession) {
  const Issued first = logged_in();
  clock_.advance_us(auth::access_token_lifetime_us);
  EXPECT_EQ(code_of(first.access_token), "access_token_expired");
  const Issued second = accounts_->refresh(first.refresh_token, caller_).value();
  EXPECT_EQ(second.session_id, first.session_id);
  EXPECT_EQ(code_of(second.access_token), "");
  const Issued third = accounts_->refresh(second.refresh_token, caller_).value();
  EXPECT_EQ(accounts_->refresh(second.refresh_token, caller_).error().code, "refresh_reused");
  EXPECT_EQ(code_of(third.access_token), "session_ended") << "at once";
  EXPECT_EQ(accounts_->refresh(third.refresh_token, caller_).error().code, "refresh_invalid");
  EXPECT_EQ(audited().front(), "refresh refused ann");
  for (const std::string& none : {std::string(), std::string("slr_"), first.access_token,
                                  auth::make_refresh_token(auth::make_family())}) {
    EXPECT_EQ(accounts_->refresh(none, caller_).error().code, "refresh_invalid") << none;
  }
}

TEST_F(AccountsTest, TabsOfABrowserRaceForARefresh) {
  const Issued first = logged_in("ann", true);
  const Issued second = accounts_->refresh(first.refresh_token, caller_).value();
  EXPECT_EQ(accounts_->refresh(first.refresh_token, caller_).error().code, "refresh_raced");
  EXPECT_EQ(code_of(second.access_token), "");
}

TEST_F(AccountsTest, ALogoutEndsTheSessionAndNoOther) {
  const Issued one = logged_in();
  const Issued two = logged_in();
  const Issued three = logged_in();
  const auth::Principal principal =
      accounts_->authenticator().authenticate(one.access_token).value();
  ASSERT_TRUE(accounts_->log_out(principal, caller_));
  EXPECT_EQ(code_of(one.access_token), "session_ended");
  ASSERT_TRUE(accounts_->log_out(std::string_view(two.refresh_token), caller_));
  EXPECT_EQ(code_of(two.access_token), "session_ended");
  EXPECT_TRUE(accounts_->log_out(std::string_view("slr_none"), caller_));
  EXPECT_EQ(code_of(three.access_token), "");
  clock_.advance_us(31 * day_us);
  EXPECT_EQ(accounts_->refresh(three.refresh_token, caller_).error().code, "refresh_invalid");
}

TEST_F(AccountsTest, APasswordIsChangedByWhoKnowsIt) {
  const Issued here = logged_in();
  const Issued elsewhere = logged_in();
  const auth::Principal principal =
      accounts_->authenticator().authenticate(here.access_token).value();
  const auto change = [&](const auth::Principal& who, const char* old, const char* next) {
    const auto changed = accounts_->change_password(who, old, next, caller_);
    return changed ? std::string() : changed.error().code.text();
  };
  EXPECT_EQ(change(principal, "wrong", "another long one"), "login_failed");
  EXPECT_EQ(change(principal, password, "short"), "bad_password");
  const auth::Principal token = accounts_->authenticator().authenticate(new_token()).value();
  EXPECT_EQ(change(token, password, "another long one"), "session_needed");
  EXPECT_EQ(change(principal, password, "another long one"), "");
  EXPECT_EQ(code_of(here.access_token), "");
  EXPECT_EQ(code_of(elsewhere.access_token), "session_ended");
  EXPECT_EQ(code_of_login("ann", password), "login_failed");
  EXPECT_EQ(code_of_login("ann", "another long one"), "");
}

TEST_F(AccountsTest, PeopleComeByInvitation) {
  const std::string invitation = auth::make_invitation();
  ASSERT_TRUE(store_->add_invitation({.tenant = acme_,
                                      .sha256 = sha256_hex(invitation),
                                      .role = auth::Role::editor,
                                      .expires_at_us = clock_.now_us() + day_us}));
  const auto comes = [&](const std::string& with, const std::string& login) {
    return accounts_->register_person({.invitation = with, .login = login, .password = password},
                                      caller_);
  };
  EXPECT_EQ(comes("", "bob").error().code, "registration_closed");
  EXPECT_EQ(comes("sli_none", "bob").error().code, "invitation_invalid");
  EXPECT_EQ(comes(auth::make_invitation(), "bob").error().code, "invitation_invalid");
  EXPECT_EQ(comes(invitation, "").error().code, "bad_login");
  EXPECT_EQ(accounts_
                ->register_person({.invitation = invitation, .login = "bob", .password = "short"},
                                  caller_)
                .error()
                .code,
            "bad_password");
  const Registered bob = comes(invitation, "Bob").value();
  EXPECT_EQ(bob.login, "bob");
  EXPECT_EQ(bob.role, auth::Role::editor);
  EXPECT_EQ(logged_in("bob").role, auth::Role::editor);
  EXPECT_EQ(comes(invitation, "eve").error().code, "invitation_invalid");
}

TEST_F(AccountsTest, WhoIsKnownComesWithTheirPassword) {
  ASSERT_TRUE(store_->ensure_tenant({"other"}, "Other"));
  const std::string invitation = auth::make_invitation();
  ASSERT_TRUE(store_->add_invitation({.tenant = {"other"},
                                      .sha256 = sha256_hex(invitation),
                                      .expires_at_us = clock_.now_us() + day_us}));
  Registration again{.invitation = invitation, .login = "ann", .password = "not ann's at all"};
  EXPECT_EQ(accounts_->register_person(again, caller_).error().code, "login_failed");
  again.password = password;
  EXPECT_EQ(accounts_->register_person(again, caller_)->person_id, ann_);
  EXPECT_EQ(store_->memberships_of(ann_)->size(), 2U);
}

TEST_F(AccountsTest, RegistrationCanBeOpen) {
  accounts_ = another(*store_, {.open_registration = true});
  const Registration open{.login = "cat", .password = password, .tenant_name = "Cat's"};
  const Registered cat = accounts_->register_person(open, caller_).value();
  EXPECT_EQ(cat.role, auth::Role::owner);
  EXPECT_NE(cat.tenant, acme_);
  EXPECT_EQ(logged_in("cat").tenant, cat.tenant);
  EXPECT_EQ(accounts_->register_person(open, caller_).error().code, "login_taken");
}

TEST_F(AccountsTest, ATokenIsTakenUntilItEnds) {
  const std::string token = new_token(clock_.now_us() + 5 * second_us);
  const auth::Principal principal = accounts_->authenticator().authenticate(token).value();
  EXPECT_EQ(principal.name, "laptop");
  EXPECT_EQ(accounts_->authenticator().tenant_hint(token), "acme");
  clock_.advance_us(5 * second_us);
  EXPECT_EQ(code_of(token), "token_expired");
  EXPECT_EQ(accounts_->authenticator().tenant_hint(token), "");
  for (const std::string& none : {std::string(), std::string("x"), auth::make_token(),
                                  std::string("eyJ.e.x"), std::string("the-shared-key")}) {
    const std::string code = code_of(none);
    EXPECT_TRUE(code == "token_invalid" || code == "access_token_invalid") << none << ": " << code;
  }
  ASSERT_TRUE(accounts_->authenticator().write_uses());
  EXPECT_EQ(store_->list_tokens(acme_)->at(0).last_used_at_us, clock_.now_us() - 5 * second_us);
}

TEST_F(AccountsTest, ARevocationIsSeenByEveryProcess) {
  const std::unique_ptr<metadata::Store> other_store = another_store();
  const std::unique_ptr<Accounts> other = another(*other_store);
  const std::string token = new_token();
  const Issued issued = logged_in();
  EXPECT_TRUE(other->authenticator().authenticate(token));
  EXPECT_TRUE(other->authenticator().authenticate(issued.access_token));
  ASSERT_TRUE(store_->revoke_token(acme_, token_id_));
  ASSERT_TRUE(store_->revoke_session(issued.session_id));
  // Its own thread looks; time stands still, so that nothing ends by itself.
  EXPECT_TRUE(soon([&] { return !other->authenticator().authenticate(token); }));
  EXPECT_EQ(other->authenticator().authenticate(token).error().code, "token_revoked");
  EXPECT_EQ(other->authenticator().authenticate(issued.access_token).error().code, "session_ended");
}

TEST_F(AccountsTest, AChangeOfRoleCountsAtOnce) {
  store_->add_person("bob", hash(), acme_, auth::Role::owner).value();
  const Issued issued = logged_in();
  ASSERT_TRUE(store_->set_membership(ann_, acme_, auth::Role::viewer));
  ASSERT_TRUE(accounts_->authenticator().look_for_changes());
  EXPECT_EQ(accounts_->authenticator().authenticate(issued.access_token)->permissions,
            auth::Permissions::reading());
}

TEST_F(AccountsTest, KeysRotateAndWhatTheySignedStaysGood) {
  SigningKeys keys(*store_, clock_, auth::KeySealer::create(secret_key).value());
  ASSERT_TRUE(keys.tend());
  const std::string first = keys.current()->id;
  clock_.advance_us(31 * day_us);
  ASSERT_TRUE(keys.tend());
  EXPECT_EQ(keys.current()->id, first) << "the next one is known a day before it signs";
  EXPECT_EQ(store_->list_signing_keys()->size(), 2U);
  clock_.advance_us(day_us);
  EXPECT_NE(keys.current()->id, first);
  EXPECT_TRUE(keys.public_key(first));
  clock_.advance_us(7'200 * second_us);
  ASSERT_TRUE(keys.tend());
  EXPECT_FALSE(keys.public_key(first));
  EXPECT_EQ(store_->list_signing_keys()->size(), 1U);
}

TEST_F(AccountsTest, AKeyOfAnotherProcessIsAskedFor) {
  SigningKeys early(*store_, clock_, auth::KeySealer::create(secret_key).value());
  ASSERT_TRUE(early.tend());
  const auth::SigningKey key = auth::make_signing_key();
  ASSERT_TRUE(store_
                  ->add_signing_key({key.id, "", auth::KeySealer::create(secret_key)->seal(key),
                                     clock_.now_us(), clock_.now_us()},
                                    clock_.now_us() + 1)
                  .value());
  EXPECT_FALSE(early.public_key(key.id)) << "asked a moment ago";
  clock_.advance_us(second_us);
  EXPECT_EQ(early.public_key(key.id), key.public_key);
}

TEST_F(AccountsTest, AnotherSecretMakesKeysOfItsOwn) {
  const Issued issued = logged_in();
  Result<auth::KeySealer> sealer = auth::KeySealer::create(std::string(40, 't'));
  SigningKeys other(*store_, clock_, std::move(*sealer));
  ASSERT_TRUE(other.tend());
  EXPECT_TRUE(other.current());
  Authenticator elsewhere(*store_, other, clock_);
  EXPECT_EQ(elsewhere.authenticate(issued.access_token).error().code, "access_token_invalid");
  EXPECT_EQ(code_of(issued.access_token), "");
  EXPECT_EQ(Accounts::open(*store_, clock_, {.secret_key = "short"}).error().code,
            "secret_key_short");
}

}  // namespace
}  // namespace sluice::accounts
