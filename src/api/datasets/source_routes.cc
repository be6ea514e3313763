// The original of a dataset, and the rows of it that did not fit.

#include <chrono>

#include "api/answered.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/request_limits.h"
#include "http/percent_encoding.h"
#include "intake/damage.h"
#include "storage/packed_source.h"

namespace sluice::api {

namespace {

constexpr std::chrono::seconds download_turn_wait{10};

Result<http::Response> send_source(Context& context, const Dataset& dataset,
                                   const std::stop_token& stop, FairSlots::Place place) {
  const DatasetVersion& current = dataset.current;
  // What is damaged or cannot be opened should be an answer, not an answer broken off.
  TRY_ASSIGN(const std::filesystem::path path, context.intake.files.path_of(current.source_file));
  TRY_ASSIGN(FileDescriptor opened, intake::open_source(context.intake, dataset, path, stop));
  http::Response response;
  response.headers.set("Content-Type", "application/octet-stream");
  const std::string label = current.source_name.empty() ? "source" : current.source_name;
  // RFC 6266 with RFC 8187's encoding: the label is the client's and may hold anything.
  response.headers.set("Content-Disposition",
                       "attachment; filename*=UTF-8''" + http::percent_encode(label));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.body =
      [file = std::make_shared<FileDescriptor>(std::move(opened)), name = current.source_file,
       bytes = current.source_bytes,
       held = std::make_shared<FairSlots::Place>(std::move(place))](http::BodyWriter& writer) {
        return storage::read_source(
            *file, name, bytes, [&writer](std::string_view piece) { return writer.write(piece); });
      };
  return response;
}

}  // namespace

Result<http::Response> get_source(Context& context, http::Request& request,
                                  const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const DatasetVersion& current = record.dataset.current;
  if (current.source_file.empty()) {
    return fail(Errc::not_found, Code::source_not_kept,
                "The original of this dataset was not kept.",
                "KEEP_SOURCE=true keeps those of later uploads.");
  }
  return later(context.download_slots, download_turn_wait,
               busy(Code::downloads_busy, "Other originals are being sent", "downloads_max",
                    download_places),
               [&context, dataset = record.dataset](http::Request& now, FairSlots::Place place) {
                 return send_source(context, dataset, now.stop_token, std::move(place));
               });
}

Result<http::Response> get_rejects(Context& context, http::Request& request,
                                   const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t limit, limit_of(request, preview_rows_max, preview_rows_max));
  return run_dataset_query(
      context, request, principal,
      "SELECT line, reason, detail, raw FROM dataset_rejects ORDER BY line LIMIT " +
          std::to_string(limit));
}

}  // namespace sluice::api
