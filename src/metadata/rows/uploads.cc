// Resumable uploads: what is known of each until its dataset is there.
#include "metadata/error_codes.h"
#include "metadata/rows/locks.h"
#include "metadata/rows/store_impl.h"
#include "metadata/rows/upload_rows.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

constexpr std::pair<UploadState, std::string_view> state_names[] = {
    {UploadState::receiving, "receiving"},
    {UploadState::waiting, "waiting"},
    {UploadState::ingesting, "ingesting"},
    {UploadState::done, "done"},
    {UploadState::failed, "failed"}};

tl::unexpected<Error> no_such_upload() {
  return fail(Errc::not_found, Code::upload_not_found, "There is no such upload.",
              "It may have expired or been removed: begin a new one.");
}

/// The columns of a row, in the order of the SELECT below.
class Row {
 public:
  static std::string select() {
    return "SELECT upload_id, tenant_id, state, bytes_total, unchecked_from, metadata, dataset_id, "
           "is_version, file_name, attempts, error_json, created_at_us, expires_at_us FROM uploads";
  }
  void out_of(SqlStatement& statement) {
    statement.out(record_.id)
        .out(record_.tenant.value)
        .out(state_)
        .out(record_.bytes_total)
        .out(record_.unchecked_from)
        .out(record_.metadata)
        .out(record_.dataset_id)
        .out(is_version_)
        .out(record_.file_name)
        .out(record_.attempts)
        .out(record_.error_json)
        .out(record_.created_at_us)
        .out(record_.expires_at_us);
  }
  Result<UploadRecord> value() const {
    const std::optional<UploadState> state = parse_upload_state(state_);
    if (!state) {
      return fail(Errc::data_loss, Code::metadata_state_damaged,
                  "A stored upload is in a state that this Sluice does not know.");
    }
    UploadRecord record = record_;
    record.state = *state;
    record.is_version = is_version_ != 0;
    return record;
  }

 private:
  UploadRecord record_;
  std::string state_;
  std::int64_t is_version_ = 0;
};

Result<std::vector<UploadRecord>> all_of(SqlStatement& select) {
  Row row;
  row.out_of(select);
  std::vector<UploadRecord> records;
  while (select.next()) {
    TRY_ASSIGN(UploadRecord record, row.value());
    records.push_back(std::move(record));
  }
  return records;
}

Result<UploadRecord> load(soci::session& session, std::string_view id) {
  SqlStatement select(session, Row::select() + " WHERE upload_id = :id");
  select.bind(id);
  TRY_ASSIGN(std::vector<UploadRecord> records, all_of(select));
  if (records.empty()) return no_such_upload();
  return std::move(records.front());
}

}  // namespace

std::string_view name_of(UploadState state) {
  for (const auto& [value, name] : state_names) {
    if (value == state) return name;
  }
  return "";
}

std::optional<UploadState> parse_upload_state(std::string_view text) {
  for (const auto& [value, name] : state_names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

Result<void> settle_upload(soci::session& session, std::string_view upload_id) {
  const std::int64_t changed =
      SqlStatement(
          session,
          "UPDATE uploads SET state = 'done' WHERE upload_id = :id AND state = 'ingesting'")
          .bind(upload_id)
          .run();
  if (changed == 1) return {};
  return fail(Errc::conflict, Code::upload_gone, "The upload was removed while it was ingested.");
}

Result<UploadRecord> Store::create_upload(UploadRecord upload, std::int64_t open_max) {
  return impl_->write([&](soci::session& session) -> Result<UploadRecord> {
    lock_tenant(impl_->engine(), session, upload.tenant);
    std::int64_t open = 0;
    SqlStatement count(session,
                       "SELECT count(*) FROM uploads WHERE tenant_id = :tenant "
                       "AND state IN ('receiving', 'waiting', 'ingesting')");
    count.bind(upload.tenant.value).out(open).next();
    if (open >= open_max) {
      return fail(
          Errc::resource_exhausted, Code::too_many_uploads,
          "There are " + std::to_string(open) + " unfinished uploads already (open_uploads_max).",
          "Finish or remove one: GET and DELETE /api/v1/uploads.");
    }
    upload.created_at_us = impl_->clock.now_us();
    SqlStatement(
        session,
        "INSERT INTO uploads (upload_id, tenant_id, state, bytes_total, metadata, "
        "dataset_id, is_version, file_name, attempts, error_json, created_at_us, "
        "expires_at_us) VALUES (:id, :tenant, :state, :total, :metadata, :dataset, :version, "
        ":file, 0, '', :created, :expires)")
        .bind(upload.id)
        .bind(upload.tenant.value)
        .bind(name_of(upload.state))
        .bind(upload.bytes_total)
        .bind(upload.metadata)
        .bind(upload.dataset_id)
        .bind(std::int64_t{upload.is_version ? 1 : 0})
        .bind(upload.file_name)
        .bind(upload.created_at_us)
        .bind(upload.expires_at_us)
        .run();
    return upload;
  });
}

Result<UploadRecord> Store::get_upload(const TenantId& tenant, std::string_view id) const {
  return impl_->read([&](soci::session& session) -> Result<UploadRecord> {
    TRY_ASSIGN(UploadRecord record, load(session, id));
    if (record.tenant != tenant) return no_such_upload();
    return record;
  });
}

Result<std::optional<UploadRecord>> Store::find_upload(std::string_view id) const {
  return impl_->read([&](soci::session& session) -> Result<std::optional<UploadRecord>> {
    Result<UploadRecord> record = load(session, id);
    if (record) return std::optional(std::move(*record));
    if (record.error().kind == Errc::not_found) return std::nullopt;
    return fail(std::move(record).error());
  });
}

Result<std::vector<UploadRecord>> Store::list_uploads(const TenantId& tenant,
                                                      std::int64_t limit) const {
  return impl_->read([&](soci::session& session) {
    SqlStatement select(session, Row::select() +
                                     " WHERE tenant_id = :tenant "
                                     "ORDER BY created_at_us DESC, upload_id DESC LIMIT :n");
    select.bind(tenant.value).bind(limit);
    return all_of(select);
  });
}

Result<std::vector<UploadRecord>> Store::unfinished_uploads() const {
  return impl_->read([&](soci::session& session) {
    SqlStatement select(session, Row::select() +
                                     " WHERE state IN ('receiving', 'waiting', 'ingesting') "
                                     "ORDER BY created_at_us, upload_id");
    return all_of(select);
  });
}

Result<std::vector<UploadRecord>> Store::expired_uploads(Micros now_us) const {
  return impl_->read([&](soci::session& session) {
    SqlStatement select(session, Row::select() +
                                     " WHERE state IN ('receiving', 'done', 'failed') "
                                     "AND expires_at_us <= :now "
                                     "ORDER BY created_at_us, upload_id");
    select.bind(now_us);
    return all_of(select);
  });
}

Result<void> Store::upload_continues(std::string_view id, Micros expires_at_us,
                                     const std::optional<std::int64_t>& unchecked_from) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    const std::int64_t changed =
        SqlStatement(session,
                     "UPDATE uploads SET expires_at_us = :at, unchecked_from = :from "
                     "WHERE upload_id = :id AND state = 'receiving'")
            .bind(expires_at_us)
            .bind(unchecked_from)
            .bind(id)
            .run();
    if (changed == 0) return no_such_upload();
    return {};
  });
}

Result<void> Store::upload_received(std::string_view id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE uploads SET state = 'waiting', unchecked_from = NULL "
                 "WHERE upload_id = :id AND state = 'receiving'")
        .bind(id)
        .run();
    return {};
  });
}

Result<UploadRecord> Store::upload_ingesting(std::string_view id, Micros expires_at_us) {
  return impl_->write([&](soci::session& session) -> Result<UploadRecord> {
    const std::int64_t changed =
        SqlStatement(session,
                     "UPDATE uploads SET state = 'ingesting', attempts = attempts + 1, "
                     "expires_at_us = :at WHERE upload_id = :id "
                     "AND state IN ('waiting', 'ingesting')")
            .bind(expires_at_us)
            .bind(id)
            .run();
    TRY_ASSIGN(UploadRecord record, load(session, id));
    if (changed == 0) {
      return fail(Errc::conflict, Code::upload_settled, "The upload is not one to ingest.");
    }
    return record;
  });
}

Result<void> Store::upload_postponed(std::string_view id, bool counts) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session, std::string("UPDATE uploads SET state = 'waiting'") +
                              (counts ? "" : ", attempts = attempts - 1") +
                              " WHERE upload_id = :id AND state = 'ingesting'")
        .bind(id)
        .run();
    return {};
  });
}

Result<void> Store::upload_failed(std::string_view id, std::string_view error_json) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE uploads SET state = 'failed', error_json = :error WHERE upload_id = :id")
        .bind(error_json)
        .bind(id)
        .run();
    return {};
  });
}

Result<void> Store::delete_upload(std::string_view id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session, "DELETE FROM uploads WHERE upload_id = :id").bind(id).run();
    return {};
  });
}

}  // namespace sluice::metadata
