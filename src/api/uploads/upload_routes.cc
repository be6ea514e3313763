// How far uploads are, as JSON: resumable ones from the store, ordinary ones while they run in this
// process.

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/request_limits.h"
#include "api/uploads/tus_chunk.h"
#include "intake/upload_metadata.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using metadata::UploadRecord;
using metadata::UploadState;

json::value rows_or_null(std::int64_t rows) { return rows > 0 ? json::value(rows) : nullptr; }

json::object running_json(const intake::RunningUpload& upload) {
  const std::int64_t total = upload.bytes_total;
  return {{"id", upload.id},
          {"resumable", false},
          {"state", upload.ingesting ? "ingesting" : "receiving"},
          {"bytes_received", upload.bytes_received.load()},
          {"bytes_total", total < 0 ? json::value(nullptr) : json::value(total)},
          {"bytes_ingested", upload.progress->bytes_read.load()},
          {"rows_read", rows_or_null(upload.progress->rows_read)},
          {"dataset_id", nullptr},
          {"error", nullptr},
          {"created_at", to_rfc3339(upload.created_at_us)},
          {"expires_at", nullptr}};
}

Result<json::object> upload_json(const Context& context, const UploadRecord& upload) {
  TRY_ASSIGN(const std::uint64_t offset, offset_of(context, upload));
  std::int64_t ingested = upload.state == UploadState::done ? upload.bytes_total : 0;
  std::int64_t rows = 0;
  if (upload.state == UploadState::ingesting) {
    const auto running = context.intake.running.find(upload.tenant, upload.id);
    if (running && running->resumable) {
      ingested = running->progress->bytes_read;
      rows = running->progress->rows_read;
    }
  }
  json::value error = nullptr;
  if (!upload.error_json.empty()) {
    boost::system::error_code code;
    error = json::parse(upload.error_json, code);
  }
  // The dataset of a new one answers 404 until it is there.
  const bool named = upload.is_version || upload.state == UploadState::done;
  return json::object{{"id", upload.id},
                      {"resumable", true},
                      {"state", metadata::name_of(upload.state)},
                      {"bytes_received", offset},
                      {"bytes_total", upload.bytes_total},
                      {"bytes_ingested", ingested},
                      {"rows_read", rows_or_null(rows)},
                      {"dataset_id", named ? json::value(upload.dataset_id) : nullptr},
                      {"error", std::move(error)},
                      {"created_at", to_rfc3339(upload.created_at_us)},
                      {"expires_at", to_rfc3339(upload.expires_at_us)}};
}

}  // namespace

Result<http::Response> list_uploads(Context& context, http::Request& request,
                                    const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t limit, limit_of(request, list_limit_default, list_limit_max));
  json::array uploads;
  for (const auto& upload : context.intake.running.list(principal.tenant)) {
    if (!upload->resumable) uploads.push_back(running_json(*upload));
  }
  TRY_ASSIGN(const std::vector<UploadRecord> kept,
             context.intake.store.list_uploads(principal.tenant, limit));
  for (const UploadRecord& upload : kept) {
    TRY_ASSIGN(json::object shown, upload_json(context, upload));
    uploads.push_back(std::move(shown));
  }
  return json_response(200, json::serialize(json::object{{"uploads", std::move(uploads)}}));
}

Result<http::Response> get_upload(Context& context, http::Request& request,
                                  const auth::Principal& principal) {
  const std::string_view id = request.parameter("id");
  const Result<UploadRecord> upload = context.intake.store.get_upload(principal.tenant, id);
  if (!upload && upload.error().kind == Errc::not_found) {
    const auto running = context.intake.running.find(principal.tenant, id);
    if (running && !running->resumable) {
      return json_response(200, json::serialize(running_json(*running)));
    }
  }
  if (!upload) return fail(upload.error());
  TRY_ASSIGN(const json::object shown, upload_json(context, *upload));
  return json_response(200, json::serialize(shown));
}

}  // namespace sluice::api
