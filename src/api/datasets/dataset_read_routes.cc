// Listing, reading, previewing and deleting datasets. Reads the store and, for a preview, asks a
// query worker.
#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/dataset_json.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/request_limits.h"
#include "base/ids.h"
#include "base/log.h"
#include "metadata/error_codes.h"

namespace sluice::api {

namespace json = boost::json;

namespace {

/// `{created_at_us}.{id}`: what the list is ordered by; opaque to the client.
std::string cursor_text(const metadata::DatasetCursor& cursor) {
  return std::to_string(cursor.created_at_us) + "." + cursor.id;
}

Result<metadata::DatasetCursor> parse_cursor(const std::string& text) {
  metadata::DatasetCursor cursor;
  const std::size_t dot = text.find('.');
  const char* const end = text.data() + std::min(dot, text.size());
  const auto [stopped, code] = std::from_chars(text.data(), end, cursor.created_at_us);
  if (dot == std::string::npos || code != std::errc() || stopped != end ||
      !is_uuid(text.substr(dot + 1))) {
    return fail(Errc::invalid_argument, Code::bad_cursor, "The cursor is not one of ours.",
                "Use next_cursor of the page before, unchanged.");
  }
  cursor.id = text.substr(dot + 1);
  return cursor;
}

}  // namespace

Result<http::Response> list_datasets(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t limit, limit_of(request, list_limit_default, list_limit_max));
  std::optional<metadata::DatasetCursor> after;
  if (const std::string* cursor = request.query_parameter("cursor")) {
    TRY_ASSIGN(after, parse_cursor(*cursor));
  }
  std::optional<SyncStatus> status;
  if (const std::string* name = request.query_parameter("sync_status")) {
    status = parse_sync_status(*name);
    if (!status) {
      return fail(Errc::invalid_argument, Code::bad_sync_status,
                  "There is no sync_status " + *name + ".",
                  "One of not_synced, pending, syncing, synced, failed.");
    }
  }
  TRY_ASSIGN(const metadata::DatasetPage page,
             context.intake.store.list_datasets(principal.tenant, limit, after, status));
  TRY_ASSIGN(const std::vector<metadata::Damage> damage,
             context.intake.store.list_damage(principal.tenant));
  json::array datasets;
  for (const metadata::DatasetRecord& record : page.datasets) {
    datasets.push_back(dataset_json(record.dataset, record.sync.state,
                                    sync_enabled(context, record.dataset), damage));
  }
  const json::value next = page.next ? json::value(cursor_text(*page.next)) : json::value(nullptr);
  return json_response(
      200, json::serialize(json::object{{"datasets", std::move(datasets)}, {"next_cursor", next}}));
}

Result<http::Response> get_dataset(Context& context, http::Request& request,
                                   const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  TRY_ASSIGN(const std::vector<metadata::Damage> damage,
             context.intake.store.list_damage(principal.tenant, record.dataset.id));
  return json_response(
      200, json::serialize(dataset_json(record.dataset, record.sync.state,
                                        sync_enabled(context, record.dataset), damage)));
}

Result<http::Response> delete_dataset(Context& context, http::Request& request,
                                      const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  std::optional<metadata::Want> drop;
  if (const std::string* lakehouse = request.query_parameter("lakehouse")) {
    if (*lakehouse != "drop" && *lakehouse != "keep") {
      return fail(Errc::invalid_argument, Code::bad_lakehouse,
                  "lakehouse is neither keep nor drop.");
    }
    if (*lakehouse == "drop") {
      TRY(check_tables_droppable(context));
      drop.emplace().kind = metadata::WantKind::drop;
    }
  }
  TRY_ASSIGN(const std::vector<std::string> files,
             context.intake.store.delete_dataset(principal.tenant, record.dataset.id, drop));
  for (const std::string& file : files) {
    // The dataset is gone already; a file that stays is swept at a later start.
    if (const Result<void> removed = context.intake.files.remove(file); !removed) {
      log::warn("file of a deleted dataset stays until the next start",
                {{"file_name", file}, {"error", to_line(removed.error())}});
    }
  }
  context.intake.wakes.dispatcher.notify();
  return http::Response::empty(204);
}

Result<http::Response> get_schema(Context& context, http::Request& request,
                                  const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  TRY_ASSIGN(const lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(record.dataset.current.silver_plan_json));
  return json_response(200, json::serialize(schema_json(record.dataset, plan)));
}

Result<http::Response> preview_dataset(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t limit, limit_of(request, preview_rows_default, preview_rows_max));
  return run_dataset_query(context, request, principal,
                           "SELECT * FROM dataset LIMIT " + std::to_string(limit));
}

}  // namespace sluice::api
