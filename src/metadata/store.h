#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metadata/people_records.h"
#include "metadata/records.h"
#include "metadata/upload_record.h"

namespace sluice::metadata {

class Sessions;

struct StoreOptions {
  /// Sessions kept by one process; SQLite writes one at a time anyway, readers are short.
  std::size_t sessions_max = 8;
  /// How long a call waits for a free session before `resource_exhausted`
  /// (`metadata_pool_exhausted`).
  std::int64_t lease_wait_ms = 5'000;
  /// Disk space kept beside the database for what makes room on a full disk: delete_dataset and
  /// request_sync, and opening (reserve.h). 0: none.
  std::uint64_t reserve_bytes = 0;
  /// Where not empty, a database without our schema is refused (`metadata_empty`), and this says
  /// why and what to do: it cannot be the one that belongs here.
  std::string refuse_new = {};
  /// Called with the text of every statement before it runs, from any thread: for tests that look
  /// at their order.
  std::function<void(std::string_view sql)> on_statement = {};
};

/// The metadata store: tenants, people, tokens, datasets and versions, sync states, outbox, sync
/// runs, and the local lakehouse's catalogue. SQLite in WAL mode with synchronous=FULL: what
/// returned is on disk.
///
/// Several processes open the same file at once; opening migrates, safely when all start together.
/// Threads: every method may be called from any thread and blocks (at most ~15 s): never on an `io`
/// thread. Errors: `not_found` as `dataset_not_found` and the like; `unavailable`
/// (`metadata_locked`, `metadata_disk`) may succeed later; `internal` (`metadata_failed`) is a
/// defect. Nothing throws.
///
/// A write has a third end, `unavailable` with `commit_unknown`: the answer to its commit was
/// lost, so it is there, whole, or not at all. The caller looks (get_dataset, get_version,
/// find_by_file_name, get_upload), and keeps its files until it knows. Marks, outbox_done,
/// settle_wants, save_profile, record_sync_run and upsert_lakehouse_table can simply be repeated:
/// told twice, they change nothing the second time. A deleted dataset is `not_found` everywhere
/// except that its table name stays taken.
class Store {
 public:
  /// `sqlite:///absolute/path` (or `sqlite://relative`). The clock must outlive the store.
  static Result<std::unique_ptr<Store>> open(std::string_view url, const Clock& clock,
                                             const StoreOptions& options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// A trip to the database, for /health.
  Result<void> ping() const;
  /// Fills the reserve again after it was given up, where there is room; to be called every now and
  /// then.
  Result<void> restock_reserve();

  // Tenants (tenants.cc)
  /// Creates the tenant, or leaves it as it is.
  Result<void> ensure_tenant(const TenantId& tenant, std::string_view name);

  // Tokens (tokens.cc)
  /// Gives the token's id. `conflict` where the hash is there already, or the tenant has too many
  /// (`too_many_tokens`).
  Result<std::string> add_token(const NewToken& token);
  Result<std::optional<KnownToken>> find_token(std::string_view token_sha256) const;
  /// Newest first, revoked and expired ones too until they are purged.
  Result<std::vector<TokenRecord>> list_tokens(const TenantId& tenant) const;
  /// `token_not_found`, also for another tenant's. One that was revoked keeps its time.
  Result<void> revoke_token(const TenantId& tenant, std::string_view token_id);
  Result<void> note_token_uses(const std::vector<TokenUse>& uses);
  /// Grows with each change that makes a credential worth less than before: of tokens, sessions,
  /// passwords, memberships.
  Result<std::int64_t> credentials_revision() const;

  // People (people.cc)
  /// Somebody new, who is a member. `conflict` (`login_taken`). Gives their id.
  Result<std::string> add_person(std::string_view login, std::string_view password_hash,
                                 const TenantId& tenant, auth::Role role);
  Result<std::optional<PersonRecord>> find_person(std::string_view login) const;
  Result<std::optional<PersonRecord>> get_person(std::string_view person_id) const;
  /// Of one tenant, or of all where it is empty; each person once per tenant, the first one first.
  Result<std::vector<MemberRecord>> list_members(const TenantId& tenant) const;
  /// The oldest first.
  Result<std::vector<Membership>> memberships_of(std::string_view person_id) const;
  /// Makes them a member, or one of another role.
  Result<void> set_membership(std::string_view person_id, const TenantId& tenant, auth::Role role);
  /// `person_not_found`; `conflict` (`last_owner`) where nobody could administer the tenant any
  /// more. Their sessions in it end.
  Result<void> remove_membership(std::string_view person_id, const TenantId& tenant);
  /// All their sessions end but that one (empty: all).
  Result<void> set_password(std::string_view person_id, std::string_view password_hash,
                            std::string_view kept_session_id);
  /// The same password in another form. Changes nothing where `old_hash` is not the present one.
  Result<void> rehash_password(std::string_view person_id, std::string_view old_hash,
                               std::string_view new_hash);

  // Sessions (sessions.cc)
  /// Also notes that the person was there. Gives the session's id.
  Result<std::string> create_session(const NewSession& session);
  Result<std::optional<SessionRecord>> get_session(std::string_view session_id) const;
  /// One transaction: judges the refresh token, and puts the next one in its place, or ends the
  /// session.
  Result<RotationResult> rotate_session(std::string_view family_sha256,
                                        std::string_view refresh_sha256,
                                        std::string_view next_sha256, Micros expires_at_us);
  /// Absent is success.
  Result<void> revoke_session(std::string_view session_id);

  // Invitations (invitations.cc)
  /// Gives its id. `conflict` (`too_many_invitations`).
  Result<std::string> add_invitation(const NewInvitation& invitation);
  /// Newest first.
  Result<std::vector<InvitationRecord>> list_invitations(const TenantId& tenant) const;
  /// One that can still be used; else nothing.
  Result<std::optional<InvitationRecord>> find_invitation(std::string_view sha256) const;
  /// `invitation_not_found`, also for another tenant's and one that was used.
  Result<void> revoke_invitation(const TenantId& tenant, std::string_view invitation_id);
  /// One transaction: somebody new with that hash (`login_taken`), or who is known by their id
  /// where the hash is empty, becomes a member by it. `invitation_invalid` where it cannot be used
  /// (any more). Gives the person's id.
  Result<std::string> accept_invitation(std::string_view sha256, std::string_view login,
                                        std::string_view password_hash,
                                        std::string_view known_person_id = {});

  // Signing keys (signing_keys.cc)
  /// Newest first.
  Result<std::vector<SigningKeyRecord>> list_signing_keys() const;
  /// False, and nothing is added, where one was made since then.
  Result<bool> add_signing_key(const SigningKeyRecord& key, Micros unless_made_since_us);
  Result<void> remove_signing_key(std::string_view key_id);

  // The audit log (audit.cc): rows are added, never changed
  Result<void> append_audit(AuditEntry entry);
  /// Newest first; `limit` 1 to 1000.
  Result<AuditPage> list_audit(const TenantId& tenant, std::int64_t limit,
                               const std::optional<AuditCursor>& after = {}) const;
  /// Audit rows from before `audit_before_us` (0: none), and what ended before `ended_before_us`:
  /// sessions, tokens, invitations. Gives how many rows went.
  Result<std::int64_t> purge_people(Micros audit_before_us, Micros ended_before_us);

  // Datasets (datasets.cc, dataset_list.cc)
  /// One transaction: dataset, first version (its number becomes 1), sync state and, where wanted,
  /// the outbox row. With a want the state starts as `pending`, waiting for `dispatcher`, whatever
  /// `initial` says of it. The table name is chosen here and never given to another dataset of the
  /// tenant, not even after deletion: a name `t` takes `t`, `t_clean` and `t_quarantine` together,
  /// and is free only while all three are, so that no dataset's tables can be another's. Otherwise
  /// `t_2`, `t_3`, …
  /// Where `upload_id` is not empty, that upload becomes `done` in the same transaction, here and
  /// in add_version; `conflict` (`upload_gone`) where it is not being ingested any more.
  Result<Dataset> create_dataset(const NewDataset& dataset, DatasetVersion version,
                                 const std::optional<Want>& want, const SyncState& initial,
                                 std::string_view upload_id = {});
  /// One transaction: version with the next number, the dataset's new current, state, outbox row.
  /// Without a want a `synced` or `failed` dataset becomes `not_synced`: its tables do not hold
  /// what is current. With `follows` the current version must still be that one, else `conflict`
  /// (`version_replaced`).
  Result<Dataset> add_version(const TenantId& tenant, std::string_view dataset_id,
                              DatasetVersion version, const std::optional<Want>& want,
                              std::string_view upload_id = {},
                              std::optional<std::int64_t> follows = std::nullopt);
  Result<DatasetRecord> get_dataset(const TenantId& tenant, std::string_view dataset_id) const;
  /// For the worker, which was given its dataset by the workflow and serves all tenants.
  Result<DatasetRecord> get_dataset_of_any_tenant(std::string_view dataset_id) const;
  /// Newest first; `limit` 1 to 1000.
  Result<DatasetPage> list_datasets(const TenantId& tenant, std::int64_t limit,
                                    const std::optional<DatasetCursor>& after = {},
                                    const std::optional<SyncStatus>& status = {}) const;
  /// Those of the tenant whose table name, or that of one of their tables (`t_clean`), is among
  /// these. Each once, ordered by id; a name that nobody has is left out. One SELECT.
  Result<std::vector<DatasetRecord>> find_by_table_names(
      const TenantId& tenant, const std::vector<std::string>& names) const;
  Result<DatasetVersion> get_version(std::string_view dataset_id, std::int64_t version) const;
  /// Oldest first.
  Result<std::vector<DatasetVersion>> list_versions(std::string_view dataset_id) const;
  /// Marks it deleted and gives the names of its files, which the caller removes afterwards (a
  /// crash between the two leaves orphans, which a sweep finds by list_files). `drop` goes into
  /// the outbox; wants that lie there stay, and their workflow meets `dataset_not_found`.
  Result<std::vector<std::string>> delete_dataset(const TenantId& tenant,
                                                  std::string_view dataset_id,
                                                  const std::optional<Want>& drop);
  Result<FileOwner> find_by_file_name(std::string_view file_name) const;
  /// All there ever were, by name. Needed are the current version's, the wanted one's, and those of
  /// versions replaced since then, which somebody may still be reading; of deleted datasets none.
  Result<std::vector<StoredFile>> list_files(Micros replaced_since_us) const;

  // Profiles (profiles.cc): made of a version behind the answer to its upload; its sync waits a
  // while for it
  /// Of each tenant the smallest that is due, of the versions that are current or wanted. Of
  /// deleted datasets none.
  Result<std::vector<UnprofiledVersion>> due_profiles(Micros now_us) const;
  /// Syncs that have waited for a profile since then, or for longer, wait for the dispatcher now.
  /// Gives how many.
  Result<std::int64_t> go_on_without_profiles(Micros waiting_since_us);
  /// Counts an attempt, and has the next one wait until then should this one never come back.
  Result<void> profiling_began(std::string_view dataset_id, std::int64_t version,
                               Micros next_at_us);
  /// Broken off by our own end: it does not count, and is due at once.
  Result<void> profiling_stopped(std::string_view dataset_id, std::int64_t version);
  /// One transaction: the profile (empty where none could be made), and a sync that waited for it
  /// waits for the dispatcher. False where that was done already, or the dataset is gone.
  Result<bool> save_profile(std::string_view dataset_id, std::int64_t version,
                            std::string_view profile_json);
  /// Empty where the version has none.
  Result<std::string> get_profile(std::string_view dataset_id, std::int64_t version) const;

  // Digests and damage (digests.cc): what every stored file has to be, and which are not
  /// Where none was known. `file` is a flat name; of a lakehouse table the path of its data file.
  Result<void> record_digest(FileKind kind, std::string_view file, std::string_view sha256);
  /// Versions that were not verified since then, longest ago first. Of deleted datasets none.
  Result<std::vector<UnverifiedVersion>> unverified_versions(Micros since_us,
                                                             std::int64_t limit) const;
  Result<std::vector<LakehouseTable>> unverified_tables(Micros since_us, std::int64_t limit) const;
  Result<void> version_verified(std::string_view dataset_id, std::int64_t version);
  Result<void> table_verified(const LakehouseTable& table);
  /// Whose file it is, where that was not noted before and something names the file still.
  Result<std::optional<Damage>> note_damage(std::string_view file);
  /// True where it was noted.
  Result<bool> clear_damage(std::string_view file);
  /// Of files that a current version or a lakehouse table names; of one dataset where an id is
  /// given.
  Result<std::vector<Damage>> list_damage(const TenantId& tenant,
                                          std::string_view dataset_id = {}) const;
  Result<std::int64_t> count_damage() const;

  // Sync state (sync_states.cc). What each mark makes of each status is the table in transitions.h;
  // every mark is fenced by the version and the order of its run.
  Result<SyncRecord> get_sync_state(std::string_view dataset_id) const;
  /// By hand, one transaction: state and outbox row. Gives the state after.
  Result<SyncRecord> request_sync(const TenantId& tenant, std::string_view dataset_id,
                                  WantKind kind);
  /// A `recorded` run, here and below, is written in the same transaction, so that the dataset and
  /// its runs never disagree: it is `running` from here on, and ends as it says where the mark was
  /// applied, else as `superseded`. What has ended keeps its end. Where the dataset is gone nothing
  /// is written.
  Result<TransitionResult> mark_syncing(std::string_view dataset_id, const RunOf& run,
                                        const std::optional<SyncRun>& recorded = std::nullopt);
  /// `run` as for the other marks: what a run says of itself after something newer is wanted, or
  /// after it has ended, is superseded.
  Result<TransitionResult> mark_waiting(std::string_view dataset_id, const RunOf& run,
                                        const Waiting& waiting);
  /// `order` is that of RunOf.
  Result<TransitionResult> mark_synced(std::string_view dataset_id, const SyncedResult& result,
                                       std::int64_t order,
                                       const std::optional<SyncRun>& recorded = std::nullopt);
  Result<TransitionResult> mark_failed(std::string_view dataset_id, const RunOf& run,
                                       std::string_view error, std::string_view error_class,
                                       const std::optional<SyncRun>& recorded = std::nullopt);
  /// `order` is that of RunOf. Unless it is refused, the dataset's tables leave the local
  /// lakehouse's catalogue in the same transaction.
  Result<TransitionResult> mark_not_synced(std::string_view dataset_id, std::int64_t order,
                                           const std::optional<SyncRun>& recorded = std::nullopt);
  /// Oldest waiting_since of all that are pending: `datasets_pending_age_seconds`.
  Result<std::optional<Micros>> oldest_pending_since() const;

  // Outbox (outbox.cc). A row goes only by outbox_done; handing it over twice is the workflow's to
  // settle.
  /// Rows whose next try is not after `now_us`, oldest first; a dataset's later want waits for its
  /// earlier one, and one of the wanted version as long as its state says that it waits for the
  /// profile.
  Result<std::vector<OutboxRow>> due_outbox(std::int64_t limit, Micros now_us) const;
  /// Absent is success.
  Result<void> outbox_done(std::int64_t row_id);
  Result<void> outbox_postponed(std::int64_t row_id, std::string_view error, Micros next_try_at_us);
  Result<OutboxDepth> outbox_depth_and_oldest() const;

  // Wants (wants.cc): those asked for stay known, by their order, until a run has ended them
  /// Whether this want was asked for. Whoever reaches Temporal can send one, so no activity obeys
  /// one that is not `genuine`.
  Result<ProvenWant> prove_want(const Want& want, std::int64_t order) const;
  /// Those of the dataset up to this order have ended. mark_synced, mark_failed and mark_not_synced
  /// say so themselves; of a deleted dataset it has to be said.
  Result<void> settle_wants(std::string_view dataset_id, std::int64_t order);

  /// Those that Temporal took, and whose end is not known: in order, after that one. Of a dataset
  /// its newest; of deleted ones the drops.
  Result<std::vector<SentWant>> sent_wants(std::int64_t after_order, std::int64_t limit) const;
  /// The same of datasets whose wants are from before they were recorded.
  Result<std::vector<SentWant>> sent_wants_unrecorded(std::int64_t limit) const;
  /// Puts it into the outbox again, under the order that it has: taken twice, it changes nothing.
  /// False where it has ended meanwhile, or lies there.
  Result<bool> send_again(std::int64_t order);

  // Sync runs (sync_runs.cc)
  /// Inserts the run, or brings it up to date: the cost is added to what was recorded under its id,
  /// once for each report_id; started_at_us stays, and so does an end: whatever is told after it
  /// changes nothing but the cost.
  Result<void> record_sync_run(const SyncRun& run);
  /// Ends the dataset's run as `superseded`, now, where it is recorded and has not ended.
  Result<void> supersede_sync_run(std::string_view dataset_id, std::string_view run_id);
  /// Newest first.
  Result<std::vector<SyncRun>> list_sync_runs(std::string_view dataset_id,
                                              std::int64_t limit) const;
  /// Of runs that started in [since, until), of deleted datasets too.
  Result<Usage> sum_usage(const TenantId& tenant, Micros since_us, Micros until_us) const;

  // The local lakehouse's catalogue (lakehouse_tables.cc)
  /// An activity may wake up late: a row of a newer version of the same dataset stays, and nothing
  /// is written where the run of the want with this `order`, or of a later one, has ended (0: no
  /// want's).
  Result<void> upsert_lakehouse_table(const LakehouseTable& table, std::int64_t order = 0);
  Result<std::optional<LakehouseTable>> get_lakehouse_table(const TenantId& tenant,
                                                            std::string_view schema_name,
                                                            std::string_view table_name) const;
  /// Ordered by schema and table.
  Result<std::vector<LakehouseTable>> list_lakehouse_tables(const TenantId& tenant) const;
  /// Those of any schema whose table name is among these; in the same order. One SELECT.
  Result<std::vector<LakehouseTable>> find_lakehouse_tables(
      const TenantId& tenant, const std::vector<std::string>& table_names) const;
  /// Absent is success.
  Result<void> delete_lakehouse_table(const TenantId& tenant, std::string_view schema_name,
                                      std::string_view table_name);

  // Resumable uploads (uploads.cc). Expired ones are found as long as they are there.
  /// `resource_exhausted` (`too_many_uploads`) where the tenant has `open_max` unfinished ones.
  Result<UploadRecord> create_upload(UploadRecord upload, std::int64_t open_max);
  /// `upload_not_found`, also for another tenant's.
  Result<UploadRecord> get_upload(const TenantId& tenant, std::string_view id) const;
  /// For the sweep, which serves all tenants.
  Result<std::optional<UploadRecord>> find_upload(std::string_view id) const;
  /// Newest first.
  Result<std::vector<UploadRecord>> list_uploads(const TenantId& tenant, std::int64_t limit) const;
  /// Receiving, waiting and ingesting ones of all tenants, oldest first.
  Result<std::vector<UploadRecord>> unfinished_uploads() const;
  /// Those that wait for nobody but their client.
  Result<std::vector<UploadRecord>> expired_uploads(Micros now_us) const;
  /// Still receiving. `upload_not_found` where it no longer is.
  Result<void> upload_continues(std::string_view id, Micros expires_at_us,
                                const std::optional<std::int64_t>& unchecked_from);
  /// receiving → waiting; from elsewhere it changes nothing.
  Result<void> upload_received(std::string_view id);
  /// waiting or ingesting → ingesting, with one attempt more; else `conflict` (`upload_settled`).
  Result<UploadRecord> upload_ingesting(std::string_view id, Micros expires_at_us);
  /// ingesting → waiting. `counts`: the attempt is one of the few that an upload has.
  Result<void> upload_postponed(std::string_view id, bool counts);
  Result<void> upload_failed(std::string_view id, std::string_view error_json);
  /// Absent is success.
  Result<void> delete_upload(std::string_view id);

 private:
  friend class StoreTest;
  struct Impl;
  static Result<std::unique_ptr<Store>> open_over(std::unique_ptr<Sessions> sessions,
                                                  const Clock& clock, const StoreOptions& options);
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::metadata
