// API tokens in a real store: what each is good for, and that it ends. Run on PostgreSQL too.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

using auth::Permission;
using auth::Permissions;
using auth::Role;

class TokensTest : public StoreTest {
 protected:
  NewToken token(const std::string& secret, Permissions permissions = Permissions::all()) const {
    return {.tenant = tenant_,
            .sha256 = sha256_hex(secret),
            .prefix = "slc_0123abcd",
            .name = "laptop",
            .permissions = permissions};
  }
  KnownToken known(const std::string& secret) {
    return store_->find_token(sha256_hex(secret)).value().value();
  }
};

TEST_F(TokensTest, IsFoundByItsHashAlone) {
  EXPECT_EQ(store_->find_token(sha256_hex("x")).value(), std::nullopt);
  const std::string id = store_->add_token(token("x", Permissions::reading())).value();
  const auth::Principal expected{
      tenant_, id, Permissions::reading(), auth::CredentialKind::token, "", "laptop"};
  EXPECT_EQ(known("x").principal, expected);
  EXPECT_EQ(store_->find_token("' OR 1=1 --").value(), std::nullopt);
  NewToken again = token("x");
  again.tenant = other_;
  const auto twice = store_->add_token(again);
  EXPECT_EQ(twice.error().code, "metadata_conflict");
  EXPECT_EQ(to_line(twice.error()).find(again.sha256), std::string::npos);
  again.tenant = {"nobody"};
  again.sha256 = "h";
  EXPECT_EQ(store_->add_token(again).error().kind, Errc::conflict);
}

TEST_F(TokensTest, IsListedAndRevokedByItsTenantAlone) {
  NewToken ends = token("x");
  ends.expires_at_us = clock_.now_us() + 60;
  const std::string id = store_->add_token(ends).value();
  clock_.advance_us(1);
  const std::string second = store_->add_token(token("y", Permissions::reading())).value();
  const std::vector<TokenRecord> listed = store_->list_tokens(tenant_).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].id, second);
  EXPECT_EQ(listed[0].token.permissions, Permissions::reading());
  EXPECT_EQ(listed[0].token.expires_at_us, std::nullopt);
  EXPECT_EQ(listed[1].token.prefix, "slc_0123abcd");
  EXPECT_EQ(listed[1].token.name, "laptop");
  EXPECT_EQ(listed[1].token.expires_at_us, ends.expires_at_us);
  EXPECT_EQ(listed[1].token.sha256, "") << "not even the hash is shown";
  EXPECT_TRUE(store_->list_tokens(other_)->empty());

  const std::int64_t before = store_->credentials_revision().value();
  EXPECT_EQ(store_->revoke_token(other_, id).error().code, "token_not_found");
  EXPECT_EQ(store_->credentials_revision().value(), before);
  ASSERT_TRUE(store_->revoke_token(tenant_, id));
  EXPECT_GT(store_->credentials_revision().value(), before) << "who keeps answers must hear of it";
  const std::optional<Micros> revoked = known("x").revoked_at_us;
  EXPECT_EQ(revoked, clock_.now_us());
  clock_.advance_us(1);
  ASSERT_TRUE(store_->revoke_token(tenant_, id));
  EXPECT_EQ(known("x").revoked_at_us, revoked) << "it was revoked then, and stays so";
}

TEST_F(TokensTest, KnowsWhenItWasUsedLast) {
  const std::string id = store_->add_token(token("x")).value();
  EXPECT_EQ(store_->list_tokens(tenant_)->at(0).last_used_at_us, std::nullopt);
  ASSERT_TRUE(store_->note_token_uses({{id, 50}, {"gone", 60}}));
  ASSERT_TRUE(store_->note_token_uses({{id, 40}}));
  EXPECT_EQ(store_->list_tokens(tenant_)->at(0).last_used_at_us, 50) << "another process was later";
}

TEST_F(TokensTest, IsWorthNoMoreThanWhoMadeIt) {
  const std::string person = store_->add_person("ann", "hash", tenant_, Role::owner).value();
  store_->add_person("bob", "hash", tenant_, Role::owner).value();
  NewToken made = token("x");
  made.person_id = person;
  store_->add_token(made).value();
  EXPECT_EQ(known("x").principal.permissions, Permissions::all());
  ASSERT_TRUE(store_->set_membership(person, tenant_, Role::viewer));
  EXPECT_EQ(known("x").principal.permissions, Permissions::reading());
  ASSERT_TRUE(store_->remove_membership(person, tenant_));
  EXPECT_TRUE(known("x").principal.permissions.is_empty());
}

TEST_F(TokensTest, AreBoundedInNumber) {
  {
    const std::unique_ptr<soci::session> session = raw_session();
    soci::transaction all(*session);
    for (int i = 0; i < 1'000; ++i) {
      *session << "INSERT INTO tokens (token_id, tenant_id, sha256, label, scope, created_at_us) "
                  "VALUES (:id, 'acme', :sha, '', '', 1)",
          soci::use("t" + std::to_string(i)), soci::use("s" + std::to_string(i));
    }
    all.commit();
  }
  EXPECT_EQ(store_->add_token(token("x")).error().code, "too_many_tokens");
  NewToken other = token("x");
  other.tenant = other_;
  EXPECT_TRUE(store_->add_token(other));
}

}  // namespace
}  // namespace sluice::metadata
