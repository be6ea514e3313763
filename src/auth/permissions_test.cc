// The table of who may what, held against the words of docs/people.md; pure.
#include "auth/permissions.h"

#include <gtest/gtest.h>

namespace sluice::auth {
namespace {

TEST(Permissions, EachRoleMayWhatTheOneBeforeItMayAndMore) {
  EXPECT_EQ(to_scopes(Permissions::of(Role::viewer)), "read query");
  EXPECT_EQ(to_scopes(Permissions::of(Role::editor)), "read query write");
  EXPECT_EQ(to_scopes(Permissions::of(Role::owner)), "read query write admin");
  EXPECT_EQ(Permissions::all(), Permissions::of(Role::owner));
  EXPECT_EQ(Permissions::reading(), Permissions::of(Role::viewer));
}

TEST(Permissions, AreASet) {
  const Permissions none;
  EXPECT_TRUE(none.is_empty());
  EXPECT_FALSE(none.has(Permission::read));
  const Permissions writing = none.with(Permission::write);
  EXPECT_TRUE(writing.has(Permission::write));
  EXPECT_FALSE(writing.has(Permission::read)) << "a scope brings no other";
  EXPECT_EQ(writing.within(Permissions::of(Role::viewer)), none)
      << "a token of somebody who became a viewer writes no more";
  EXPECT_EQ(Permissions::all().within(writing), writing);
}

TEST(Permissions, WordsGoThereAndBack) {
  for (const char* words : {"", "read", "query write", "read query write admin"}) {
    EXPECT_EQ(to_scopes(parse_scopes(words)), words);
  }
  EXPECT_EQ(parse_scopes("write read"), parse_scopes("read write"));
  EXPECT_EQ(to_scopes(parse_scopes("read  fly admin ")), "read admin");
  EXPECT_EQ(to_scopes(parse_scopes("READ")), "");
  EXPECT_EQ(parse_permission("root"), std::nullopt);
  for (const Role role : {Role::viewer, Role::editor, Role::owner}) {
    EXPECT_EQ(parse_role(name_of(role)), role);
  }
  EXPECT_EQ(parse_role("Owner"), std::nullopt);
}

}  // namespace
}  // namespace sluice::auth
