// People, their sessions and invitations in a real store. Run on PostgreSQL too.
#include <gtest/gtest.h>

#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

using auth::Role;

constexpr Micros second_us = 1'000'000;
constexpr Micros day_us = 86'400 * second_us;

class PeopleTest : public StoreTest {
 protected:
  std::string person(const std::string& login = "ann", Role role = Role::owner) {
    return store_->add_person(login, "hash of " + login, tenant_, role).value();
  }
  NewSession session(const std::string& person_id, const std::string& family = "family") {
    return {.person_id = person_id,
            .tenant = tenant_,
            .family_sha256 = family,
            .refresh_sha256 = family + "-1",
            .csrf_sha256 = "csrf",
            .expires_at_us = clock_.now_us() + day_us};
  }
  Rotation rotated(const std::string& family, int from, int to) {
    return store_
        ->rotate_session(family, family + "-" + std::to_string(from),
                         family + "-" + std::to_string(to), clock_.now_us() + day_us)
        ->rotation;
  }
  bool is_over(const std::string& id) {
    return store_->get_session(id)->value().revoked_at_us.has_value();
  }
  NewInvitation invitation(const std::string& sha256, const std::string& login = "") const {
    return {.tenant = tenant_,
            .sha256 = sha256,
            .role = Role::editor,
            .login = login,
            .invited_by = "ann",
            .expires_at_us = clock_.now_us() + day_us};
  }
};

TEST_F(PeopleTest, AreMembersOfTenants) {
  const std::string id = person();
  EXPECT_EQ(store_->add_person("ann", "x", other_, Role::viewer).error().code, "login_taken");
  EXPECT_EQ(store_->find_person("bob").value(), std::nullopt);
  const PersonRecord found = store_->find_person("ann")->value();
  EXPECT_EQ(found.id, id);
  EXPECT_EQ(found.password_hash, "hash of ann");
  EXPECT_EQ(store_->get_person(id)->value().login, "ann");
  clock_.advance_us(1);
  ASSERT_TRUE(store_->set_membership(id, other_, Role::viewer));
  const std::vector<Membership> memberships = store_->memberships_of(id).value();
  ASSERT_EQ(memberships.size(), 2U);
  EXPECT_EQ(memberships[0].tenant, tenant_);
  EXPECT_EQ(memberships[0].tenant_name, "Acme");
  EXPECT_EQ(memberships[0].role, Role::owner);
  EXPECT_EQ(memberships[1].role, Role::viewer);
  const std::vector<MemberRecord> others = store_->list_members(other_).value();
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].person.login, "ann");
  EXPECT_EQ(others[0].person.password_hash, "");
  EXPECT_EQ(store_->list_members({""})->size(), 2U);
}

TEST_F(PeopleTest, ATenantKeepsAnOwner) {
  const std::string ann = person();
  const std::string bob = person("bob", Role::editor);
  EXPECT_EQ(store_->set_membership(ann, tenant_, Role::viewer).error().code, "last_owner");
  EXPECT_EQ(store_->remove_membership(ann, tenant_).error().code, "last_owner");
  ASSERT_TRUE(store_->set_membership(bob, tenant_, Role::owner));
  EXPECT_TRUE(store_->set_membership(ann, tenant_, Role::viewer));
  EXPECT_TRUE(store_->remove_membership(ann, tenant_));
  EXPECT_EQ(store_->remove_membership(ann, tenant_).error().code, "person_not_found");
  EXPECT_EQ(store_->list_members(tenant_)->size(), 1U);
}

TEST_F(PeopleTest, ANewPasswordEndsAllOtherSessions) {
  const std::string id = person();
  const std::string kept = store_->create_session(session(id, "a")).value();
  const std::string ended = store_->create_session(session(id, "b")).value();
  const std::int64_t before = store_->credentials_revision().value();
  ASSERT_TRUE(store_->set_password(id, "new", kept));
  EXPECT_FALSE(is_over(kept));
  EXPECT_TRUE(is_over(ended));
  EXPECT_GT(store_->credentials_revision().value(), before);
  ASSERT_TRUE(store_->rehash_password(id, "not the present one", "x"));
  EXPECT_EQ(store_->get_person(id)->value().password_hash, "new");
  ASSERT_TRUE(store_->rehash_password(id, "new", "newer"));
  EXPECT_EQ(store_->get_person(id)->value().password_hash, "newer");
  EXPECT_EQ(store_->set_password("nobody", "x", "").error().code, "person_not_found");
}

TEST_F(PeopleTest, ASessionIsWhatItsPersonIsNow) {
  const std::string id = person();
  const std::string made = store_->create_session(session(id)).value();
  const SessionRecord record = store_->get_session(made)->value();
  EXPECT_EQ(record.login, "ann");
  EXPECT_EQ(record.session.tenant, tenant_);
  EXPECT_EQ(record.session.csrf_sha256, "csrf");
  EXPECT_EQ(record.permissions, auth::Permissions::all());
  EXPECT_EQ(store_->get_person(id)->value().last_login_at_us, clock_.now_us());
  person("bob");
  ASSERT_TRUE(store_->set_membership(id, tenant_, Role::viewer));
  EXPECT_EQ(store_->get_session(made)->value().permissions, auth::Permissions::reading());
  ASSERT_TRUE(store_->remove_membership(id, tenant_));
  EXPECT_TRUE(store_->get_session(made)->value().permissions.is_empty());
  EXPECT_TRUE(is_over(made));
  EXPECT_EQ(store_->get_session("none").value(), std::nullopt);
}

TEST_F(PeopleTest, ARefreshTokenIsGoodOnceAndItsReuseEndsTheSession) {
  const std::string made = store_->create_session(session(person())).value();
  EXPECT_EQ(rotated("family", 1, 2), Rotation::rotated);
  EXPECT_EQ(rotated("family", 2, 3), Rotation::rotated);
  EXPECT_EQ(rotated("nobody's", 1, 2), Rotation::unknown);
  EXPECT_FALSE(is_over(made));
  const std::int64_t before = store_->credentials_revision().value();
  EXPECT_EQ(rotated("family", 2, 4), Rotation::reused) << "the moment before, too";
  EXPECT_TRUE(is_over(made));
  EXPECT_GT(store_->credentials_revision().value(), before);
  EXPECT_EQ(rotated("family", 3, 4), Rotation::ended) << "the thief's and the owner's alike";
}

TEST_F(PeopleTest, TabsOfABrowserMayRace) {
  NewSession browser = session(person());
  browser.is_browser = true;
  const std::string made = store_->create_session(browser).value();
  EXPECT_EQ(rotated("family", 1, 2), Rotation::rotated);
  EXPECT_EQ(rotated("family", 1, 3), Rotation::raced);
  EXPECT_FALSE(is_over(made));
  clock_.advance_us(10 * second_us);
  EXPECT_EQ(rotated("family", 1, 3), Rotation::reused);
  EXPECT_TRUE(is_over(made));
}

TEST_F(PeopleTest, ASessionEnds) {
  const std::string id = person();
  store_->create_session(session(id, "late")).value();
  const std::string left = store_->create_session(session(id, "left")).value();
  ASSERT_TRUE(store_->revoke_session(left));
  EXPECT_EQ(rotated("left", 1, 2), Rotation::ended);
  clock_.advance_us(day_us);
  EXPECT_EQ(rotated("late", 1, 2), Rotation::ended);
  EXPECT_EQ(store_->purge_people(0, clock_.now_us()), 1) << "the one that was revoked before";
  EXPECT_EQ(store_->get_session(left).value(), std::nullopt);
}

TEST_F(PeopleTest, AnInvitationIsGoodOnce) {
  const std::string id = store_->add_invitation(invitation("sha")).value();
  EXPECT_EQ(store_->find_invitation("sha")->value().invitation.role, Role::editor);
  EXPECT_EQ(store_->accept_invitation("other", "bob", "h").error().code, "invitation_invalid");
  person("eve");
  EXPECT_EQ(store_->accept_invitation("sha", "eve", "h").error().code, "login_taken");
  const std::string bob = store_->accept_invitation("sha", "bob", "h").value();
  EXPECT_EQ(store_->memberships_of(bob)->at(0).role, Role::editor);
  EXPECT_EQ(store_->accept_invitation("sha", "cat", "h").error().code, "invitation_invalid");
  EXPECT_EQ(store_->find_person("cat").value(), std::nullopt);
  EXPECT_EQ(store_->find_invitation("sha").value(), std::nullopt);
  const InvitationRecord used = store_->list_invitations(tenant_)->at(0);
  EXPECT_EQ(used.id, id);
  EXPECT_EQ(used.used_by, "bob");
  EXPECT_EQ(used.used_at_us, clock_.now_us());
  EXPECT_EQ(store_->revoke_invitation(tenant_, id).error().code, "invitation_not_found");
}

TEST_F(PeopleTest, AnInvitationIsForWhomItSays) {
  ASSERT_TRUE(store_->add_invitation(invitation("sha", "bob")));
  EXPECT_EQ(store_->accept_invitation("sha", "eve", "h").error().code, "invitation_invalid");
  const std::string bob = store_->add_person("bob", "h", other_, Role::viewer).value();
  EXPECT_EQ(store_->accept_invitation("sha", "bob", "", bob).value(), bob);
  EXPECT_EQ(store_->memberships_of(bob)->size(), 2U);
}

TEST_F(PeopleTest, AnInvitationEnds) {
  const std::string id = store_->add_invitation(invitation("revoked")).value();
  EXPECT_EQ(store_->revoke_invitation(other_, id).error().code, "invitation_not_found");
  ASSERT_TRUE(store_->revoke_invitation(tenant_, id));
  EXPECT_EQ(store_->accept_invitation("revoked", "bob", "h").error().code, "invitation_invalid");
  ASSERT_TRUE(store_->add_invitation(invitation("late")));
  clock_.advance_us(day_us);
  EXPECT_EQ(store_->accept_invitation("late", "bob", "h").error().code, "invitation_invalid");
  EXPECT_TRUE(store_->list_invitations(other_)->empty());
}

TEST_F(PeopleTest, OneOfSeveralProcessesMakesTheNextKey) {
  const SigningKeyRecord key{"k1", "public", "sealed", 100, 200};
  EXPECT_TRUE(store_->add_signing_key(key, 50).value());
  EXPECT_FALSE(store_->add_signing_key({"k2", "", "", 110, 200}, 50).value());
  EXPECT_TRUE(store_->add_signing_key({"k3", "", "", 300, 400}, 300).value());
  const std::vector<SigningKeyRecord> keys = store_->list_signing_keys().value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].id, "k3");
  EXPECT_EQ(keys[1].sealed_private_key, "sealed");
  EXPECT_EQ(keys[1].signs_from_us, 200);
  ASSERT_TRUE(store_->remove_signing_key("k1"));
  EXPECT_EQ(store_->list_signing_keys()->size(), 1U);
}

TEST_F(PeopleTest, TheAuditLogHasPagesAndAnEnd) {
  for (int i = 0; i < 5; ++i) {
    if (i % 2 == 0) clock_.advance_us(1);
    AuditEntry entry{.tenant = tenant_, .operation = "op" + std::to_string(i), .result = "ok"};
    entry.status = 201;
    entry.name = "ann";
    entry.address = "192.0.2.1";
    ASSERT_TRUE(store_->append_audit(entry));
  }
  ASSERT_TRUE(store_->append_audit({.tenant = other_, .operation = "theirs", .result = "ok"}));
  std::vector<std::string> seen;
  std::optional<AuditCursor> after;
  do {
    const AuditPage page = store_->list_audit(tenant_, 2, after).value();
    for (const AuditEntry& entry : page.entries) seen.push_back(entry.operation);
    EXPECT_EQ(page.entries[0].address, "192.0.2.1");
    EXPECT_EQ(page.entries[0].status, 201);
    after = page.next;
  } while (after);
  ASSERT_EQ(seen.size(), 5U) << "each once, at equal times too";
  EXPECT_EQ(seen[0], "op4");
  EXPECT_EQ(store_->list_audit(tenant_, 0).error().code, "page_limit");
  EXPECT_EQ(store_->purge_people(clock_.now_us(), 0), 4);
  EXPECT_EQ(store_->list_audit(tenant_, 9)->entries.size(), 1U);
}

}  // namespace
}  // namespace sluice::metadata
