// The statements of every write, in their order: a write that reads locks first, in a statement of
// its own, so that it is right on a database with many writers too (rows/locks.h).
#include <soci/soci.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

using Statements = std::vector<std::string>;

constexpr std::string_view tenant_lock = "SELECT 1 FROM tenants WHERE tenant_id";
constexpr std::string_view dataset_lock = "SELECT 1 FROM datasets WHERE dataset_id";

class WriteOrderTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    dataset_ = created("there");
    StoreOptions options;
    options.on_statement = [this](std::string_view sql) { log_.emplace_back(sql); };
    store_ = another(options);
    log_.clear();
  }

  /// What one call sends between its BEGIN and its end.
  Statements statements_of(const std::function<void()>& call) {
    log_.clear();
    call();
    const auto begin = std::find_if(log_.begin(), log_.end(),
                                    [](const auto& sql) { return sql.starts_with("BEGIN"); });
    if (begin == log_.end()) return {};
    const auto end = std::find_if(
        begin, log_.end(), [](const auto& sql) { return sql == "COMMIT" || sql == "ROLLBACK"; });
    return {begin + 1, end};
  }

  UploadRecord upload() const {
    UploadRecord upload;
    upload.id = new_uuid_v7();
    upload.tenant = tenant_;
    upload.state = UploadState::waiting;
    return upload;
  }

  using Writes = std::map<std::string, std::function<void()>>;

  /// Every call that writes; each does what it is for, on a dataset that is there.
  Writes writes() {
    Writes all;
    add_writes_of_datasets(all);
    add_writes_of_syncs(all);
    add_writes_of_uploads(all);
    add_writes_of_people(all);
    add_writes_of_credentials(all);
    return all;
  }

  void add_writes_of_datasets(Writes& all) {
    const std::string& id = dataset_.id;
    all["ensure_tenant"] = [&] { ASSERT_TRUE(store_->ensure_tenant(tenant_, "x")); };
    all["create_dataset"] = [&] { ASSERT_TRUE(create(*store_, tenant_, "there")); };
    all["add_version"] = [&] {
      ASSERT_TRUE(store_->add_version(tenant_, id, version_of("v2"), Want{}));
    };
    all["delete_dataset"] = [&] {
      const Dataset gone = created("gone");
      log_.clear();
      ASSERT_TRUE(store_->delete_dataset(tenant_, gone.id, Want{.kind = WantKind::drop}));
    };
    all["go_on_without_profiles"] = [&] {
      DatasetVersion unprofiled = version_of("unprofiled.parquet");
      unprofiled.profiled_at_us = 0;
      ASSERT_TRUE(store_->create_dataset({new_uuid_v7(), tenant_, "unprofiled", "", true},
                                         unprofiled, Want{}, SyncState{}));
      log_.clear();
      ASSERT_GT(store_->go_on_without_profiles(clock_.now_us()).value(), 0);
    };
    all["profiling_began"] = [&] { ASSERT_TRUE(store_->profiling_began(id, 1, 5)); };
    all["profiling_stopped"] = [&] { ASSERT_TRUE(store_->profiling_stopped(id, 1)); };
    all["save_profile"] = [&] { ASSERT_TRUE(store_->save_profile(id, 1, "{}")); };
    all["record_digest"] = [&] {
      ASSERT_TRUE(store_->record_digest(FileKind::source, "f", "sha"));
    };
    all["version_verified"] = [&] { ASSERT_TRUE(store_->version_verified(id, 1)); };
    all["table_verified"] = [&] { ASSERT_TRUE(store_->table_verified(LakehouseTable{})); };
    all["note_damage"] = [&] {
      ASSERT_TRUE(store_->note_damage(store_->list_files(0)->front().name));
    };
    all["clear_damage"] = [&] {
      const std::string file = created("damaged").current.file_name;
      ASSERT_TRUE(store_->note_damage(file)->has_value());
      log_.clear();
      ASSERT_TRUE(store_->clear_damage(file).value());
    };
  }

  void add_writes_of_syncs(Writes& all) {
    const std::string& id = dataset_.id;
    all["request_sync"] = [&] { ASSERT_TRUE(store_->request_sync(tenant_, id, WantKind::resync)); };
    all["mark_syncing"] = [&] { ASSERT_TRUE(store_->mark_syncing(id, {9, 99})); };
    all["mark_waiting"] = [&] {
      ASSERT_TRUE(store_->mark_waiting(id, {9, 99}, {"retry", 1, "e", 1}));
    };
    all["mark_synced"] = [&] { ASSERT_TRUE(store_->mark_synced(id, result_of(9), 99)); };
    all["mark_failed"] = [&] { ASSERT_TRUE(store_->mark_failed(id, {9, 100}, "why", "bug")); };
    all["mark_not_synced"] = [&] { ASSERT_TRUE(store_->mark_not_synced(id, 101)); };
    all["outbox_done"] = [&] { ASSERT_TRUE(store_->outbox_done(1)); };
    all["outbox_postponed"] = [&] { ASSERT_TRUE(store_->outbox_postponed(1, "e", 5)); };
    all["settle_wants"] = [&] { ASSERT_TRUE(store_->settle_wants(id, 1)); };
    all["send_again"] = [&] { ASSERT_TRUE(store_->send_again(1)); };
    all["record_sync_run"] = [&] {
      SyncRun run{"r", id, tenant_, 1, 100, 200, "synced", "", 0, {}};
      run.report_id = "1";
      ASSERT_TRUE(store_->record_sync_run(run));
    };
    all["supersede_sync_run"] = [&] { ASSERT_TRUE(store_->supersede_sync_run(id, "r")); };
    all["upsert_lakehouse_table"] = [&] {
      LakehouseTable table;
      table.tenant = tenant_;
      ASSERT_TRUE(store_->upsert_lakehouse_table(table));
      table.dataset_id = dataset_.id;
      log_.clear();
      ASSERT_TRUE(store_->upsert_lakehouse_table(table, 1));
    };
    all["delete_lakehouse_table"] = [&] {
      ASSERT_TRUE(store_->delete_lakehouse_table(tenant_, "bronze", "t"));
    };
  }

  void add_writes_of_uploads(Writes& all) {
    const auto begun = [this] {
      const UploadRecord made = store_->create_upload(upload(), 100).value();
      log_.clear();
      return made.id;
    };
    all["create_upload"] = [this] { ASSERT_TRUE(store_->create_upload(upload(), 100)); };
    all["upload_continues"] = [this, begun] {
      EXPECT_EQ(store_->upload_continues(begun(), 5, {}).error().code, "upload_not_found");
    };
    all["upload_received"] = [this, begun] { ASSERT_TRUE(store_->upload_received(begun())); };
    all["upload_ingesting"] = [this, begun] { ASSERT_TRUE(store_->upload_ingesting(begun(), 5)); };
    all["upload_postponed"] = [this, begun] {
      ASSERT_TRUE(store_->upload_postponed(begun(), true));
    };
    all["upload_failed"] = [this, begun] { ASSERT_TRUE(store_->upload_failed(begun(), "{}")); };
    all["delete_upload"] = [this, begun] { ASSERT_TRUE(store_->delete_upload(begun())); };
  }

  std::string person(auth::Role role = auth::Role::owner) {
    const std::string id = store_->add_person(random_hex(4), "hash", tenant_, role).value();
    log_.clear();
    return id;
  }
  std::string token() {
    const std::string id = store_->add_token({.tenant = tenant_, .sha256 = random_hex(4)}).value();
    log_.clear();
    return id;
  }

  void add_writes_of_people(Writes& all) {
    all["add_person"] = [this] {
      ASSERT_TRUE(store_->add_person(random_hex(4), "hash", tenant_, auth::Role::editor));
    };
    all["set_membership"] = [this] {
      ASSERT_TRUE(store_->set_membership(person(), tenant_, auth::Role::owner));
    };
    all["remove_membership"] = [this] {
      ASSERT_TRUE(store_->remove_membership(person(auth::Role::viewer), tenant_));
    };
    all["set_password"] = [this] { ASSERT_TRUE(store_->set_password(person(), "other", "")); };
    all["rehash_password"] = [this] {
      ASSERT_TRUE(store_->rehash_password(person(), "hash", "other"));
    };
    all["add_invitation"] = [this] { ASSERT_TRUE(store_->add_invitation(invitation())); };
    all["revoke_invitation"] = [this] {
      const std::string id = store_->add_invitation(invitation()).value();
      log_.clear();
      ASSERT_TRUE(store_->revoke_invitation(tenant_, id));
    };
    all["accept_invitation"] = [this] {
      const NewInvitation made = invitation();
      ASSERT_TRUE(store_->add_invitation(made));
      log_.clear();
      ASSERT_TRUE(store_->accept_invitation(made.sha256, random_hex(4), "hash"));
    };
  }
  NewInvitation invitation() const {
    return {
        .tenant = tenant_, .sha256 = random_hex(4), .expires_at_us = clock_.now_us() + 1'000'000};
  }

  void add_writes_of_credentials(Writes& all) {
    all["add_token"] = [this] {
      ASSERT_TRUE(store_->add_token({.tenant = tenant_, .sha256 = random_hex(4)}));
    };
    all["revoke_token"] = [this] { ASSERT_TRUE(store_->revoke_token(tenant_, token())); };
    all["note_token_uses"] = [this] { ASSERT_TRUE(store_->note_token_uses({{token(), 5}})); };
    const auto session = [this] {
      return NewSession{.person_id = person(),
                        .tenant = tenant_,
                        .family_sha256 = random_hex(4),
                        .refresh_sha256 = "1",
                        .expires_at_us = clock_.now_us() + 1};
    };
    all["create_session"] = [this, session] { ASSERT_TRUE(store_->create_session(session())); };
    all["rotate_session"] = [this, session] {
      const NewSession made = session();
      ASSERT_TRUE(store_->create_session(made));
      log_.clear();
      const Micros end_us = clock_.now_us() + 1;
      EXPECT_EQ(store_->rotate_session(made.family_sha256, "1", "2", end_us)->rotation,
                Rotation::rotated);
    };
    all["revoke_session"] = [this] { ASSERT_TRUE(store_->revoke_session("none")); };
    all["add_signing_key"] = [this] {
      ASSERT_TRUE(store_->add_signing_key({random_hex(4), "", "", 0, 0}, 1).value());
    };
    all["remove_signing_key"] = [this] { ASSERT_TRUE(store_->remove_signing_key("none")); };
    all["append_audit"] = [this] {
      ASSERT_TRUE(store_->append_audit({.tenant = tenant_, .operation = "x", .result = "ok"}));
    };
    all["purge_people"] = [this] { ASSERT_TRUE(store_->purge_people(1, 1)); };
  }

  Statements log_;
  Dataset dataset_;
};

bool begins_with(const std::string& sql, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&sql](std::string_view word) { return sql.starts_with(word); });
}

bool has(const std::string& sql, std::string_view part) {
  return sql.find(part) != std::string::npos;
}

TEST_F(WriteOrderTest, WhatReadsLocksFirstInAStatementOfItsOwn) {
  const auto all = writes();
  for (const auto& [name, call] : all) {
    const Statements sent = statements_of(call);
    ASSERT_FALSE(sent.empty()) << name;
    EXPECT_TRUE(begins_with(sent[0], {tenant_lock, dataset_lock, "UPDATE ", "INSERT ", "DELETE "}))
        << name << " reads before it locks: " << sent[0];
    bool tenant_locked = false;
    bool dataset_locked = false;
    for (const std::string& sql : sent) {
      EXPECT_FALSE(sql.starts_with(tenant_lock) && dataset_locked)
          << name << ": tenant, then dataset";
      tenant_locked = tenant_locked || sql.starts_with(tenant_lock);
      dataset_locked = dataset_locked || sql.starts_with(dataset_lock);
      if (!sql.starts_with("SELECT")) continue;
      EXPECT_TRUE(dataset_locked || !has(sql, "JOIN sync_states")) << name << ": " << sql;
      EXPECT_TRUE(tenant_locked || !has(sql, "FROM table_names")) << name << ": " << sql;
      EXPECT_TRUE(tenant_locked || !has(sql, "count(*) FROM uploads")) << name << ": " << sql;
    }
  }
}

/// The calls of store.h that change something are those of writes(); one that is new is missed
/// here.
TEST_F(WriteOrderTest, NoWriteIsForgotten) {
  std::ifstream header(METADATA_SOURCE "/store.h");
  std::set<std::string> declared;
  std::string text((std::istreambuf_iterator<char>(header)), {});
  text =
      text.substr(text.find("class Store {"), text.find(" private:") - text.find("class Store {"));
  for (std::size_t at = text.find("\n  Result<"); at != std::string::npos;
       at = text.find("\n  Result<", at + 1)) {
    const std::size_t end = text.find(";", at);
    const std::string declaration = text.substr(at, end - at);
    const std::size_t open = declaration.find('(');
    const std::size_t name_at = declaration.find_last_of(" \n", open) + 1;
    if (!declaration.ends_with(" const"))
      declared.insert(declaration.substr(name_at, open - name_at));
  }
  declared.erase("restock_reserve");  // A file, not the database.
  std::set<std::string> tried;
  const auto all = writes();
  for (const auto& [name, call] : all) tried.insert(name);
  EXPECT_EQ(tried, declared);
}

TEST_F(WriteOrderTest, RowsThatOthersWaitForAreUpdatedAndNotReplaced) {
  if (!is_on_sqlite()) GTEST_SKIP() << "triggers are written for SQLite";
  {
    const std::unique_ptr<soci::session> session = raw_session();
    for (const char* table : {"sync_states", "lakehouse_tables", "sync_runs", "counters"}) {
      *session << "CREATE TRIGGER keep_" + std::string(table) + " BEFORE DELETE ON " + table +
                      " BEGIN SELECT RAISE(ABORT, 'a row was replaced'); END";
    }
  }
  auto all = writes();
  LakehouseTable table;
  table.tenant = tenant_;
  ASSERT_TRUE(store_->upsert_lakehouse_table(table));
  for (const auto& [name, call] : all) call();
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_)->size(), 1U);
}

}  // namespace
}  // namespace sluice::metadata
