// Resumable uploads by tus 1.0.0: core, creation, creation-with-upload, termination, expiration,
// checksum.
#include "api/uploads/tus_routes.h"

#include <charconv>

#include "api/error_codes.h"
#include "api/handlers.h"
#include "api/problem_json.h"
#include "api/request_limits.h"
#include "api/uploads/tus_chunk.h"
#include "api/uploads/upload_form.h"
#include "base/ids.h"
#include "base/log.h"
#include "intake/intake_commit.h"
#include "intake/labels.h"
#include "intake/upload_metadata.h"
#include "storage/error_codes.h"

namespace sluice::api {
namespace {

using metadata::UploadRecord;
using metadata::UploadState;

constexpr std::string_view chunk_type = "application/offset+octet-stream";

Result<std::uint64_t> number_of(const http::Request& request, const char* header) {
  const std::string_view text = request.headers.get(header);
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) {
    return fail(Errc::invalid_argument, Code::bad_tus_header,
                std::string(header) + " is missing, or is not a number of bytes.");
  }
  return number;
}

Result<std::uint64_t> length_of(const Context& context, const http::Request& request) {
  if (request.headers.find("Upload-Defer-Length") != nullptr) {
    return fail(Errc::invalid_argument, Code::upload_defer_length,
                "Uploads of a length that is not yet known are not taken.", "Send Upload-Length.");
  }
  TRY_ASSIGN(const std::uint64_t length, number_of(request, "Upload-Length"));
  if (length > context.options.upload_bytes_max) {
    return fail(Errc::too_large, Code::upload_too_large,
                "The file is larger than UPLOAD_BYTES_MAX, " +
                    std::to_string(context.options.upload_bytes_max) + " bytes.",
                "Split it, or raise the limit.");
  }
  return length;
}

Result<Chunk> chunk_of(const http::Request& request, std::uint64_t offset) {
  if (request.headers.get("Content-Type") != chunk_type) {
    return fail(Errc::invalid_argument, Code::unsupported_media_type,
                "The body is not " + std::string(chunk_type) + ".");
  }
  Chunk chunk;
  chunk.offset = offset;
  if (const std::string* checksum = request.headers.find("Upload-Checksum")) {
    TRY_ASSIGN(chunk.checksum, TusChecksum::parse(*checksum));
  }
  return chunk;
}

/// The tenant's upload behind `{id}`, as long as it lives.
Result<UploadRecord> upload_of(Context& context, const http::Request& request,
                               const auth::Principal& principal) {
  TRY_ASSIGN(UploadRecord upload,
             context.intake.store.get_upload(principal.tenant, request.parameter("id")));
  if (upload.state == UploadState::receiving &&
      upload.expires_at_us <= context.intake.clock.now_us()) {
    return fail(Errc::not_found, Code::upload_expired,
                "Nothing came for this upload for too long (UPLOAD_IDLE_S).",
                "Begin a new upload.");
  }
  return upload;
}

/// What is to be made is chosen here and kept, so that making it twice converges.
Result<UploadRecord> planned(Context& context, const http::Request& request,
                             const auth::Principal& principal) {
  UploadRecord upload;
  TRY_ASSIGN(const std::uint64_t length, length_of(context, request));
  upload.metadata = std::string(request.headers.get("Upload-Metadata"));
  TRY_ASSIGN(const intake::UploadMetadata metadata, intake::parse_upload_metadata(upload.metadata));
  TRY(ingest::options_from_json(metadata.options));  // Not only after the last byte.
  upload.id = new_uuid_v7();
  upload.tenant = principal.tenant;
  upload.bytes_total = static_cast<std::int64_t>(length);
  upload.is_version = !metadata.dataset_id.empty();
  upload.expires_at_us = expiry_of(context);
  if (upload.is_version) {
    TRY(context.intake.store.get_dataset(principal.tenant, metadata.dataset_id));
    upload.dataset_id = metadata.dataset_id;
    upload.file_name = intake::version_file_name(upload.dataset_id);
  } else {
    TRY(intake::check_labels(metadata.dataset_name(), metadata.description));
    upload.dataset_id = new_uuid_v7();
    upload.file_name = upload.dataset_id + ".parquet";
  }
  TRY(disk_budget_of(context).check(length));
  return upload;
}

http::Response continued(int status, std::uint64_t offset, Micros expires_at_us) {
  http::Response response = http::Response::empty(status);
  response.headers.set("Upload-Offset", std::to_string(offset));
  response.headers.set("Upload-Expires", http::http_date(expires_at_us / 1'000'000));
  return response;
}

}  // namespace

http::Handler with_tus(http::Handler handler) {
  return [handler = std::move(handler)](http::Request& request) {
    http::Response response;
    if (request.headers.get("Tus-Resumable") == tus_protocol_version) {
      response = handler(request);
    } else {
      const Error error{Errc::invalid_argument, Code::tus_version,
                        "Tus-Resumable does not name a version that is spoken here.",
                        "Send Tus-Resumable: " + std::string(tus_protocol_version) + "."};
      response = problem_response(error, http_status(error), request.request_id);
      response.headers.set("Tus-Version", tus_protocol_version);
    }
    return http::with_change(std::move(response), [](http::Response answer) {
      answer.headers.set("Tus-Resumable", tus_protocol_version);
      return answer;
    });
  };
}

http::Response tus_options(const Context& context) {
  http::Response response = http::Response::empty(204);
  response.headers.set("Tus-Resumable", tus_protocol_version);
  response.headers.set("Tus-Version", tus_protocol_version);
  response.headers.set("Tus-Extension",
                       "creation,creation-with-upload,termination,expiration,checksum");
  response.headers.set("Tus-Max-Size", std::to_string(context.options.upload_bytes_max));
  response.headers.set("Tus-Checksum-Algorithm", checksum_algorithms);
  return response;
}

namespace {

/// With its first bytes in `chunk`, if it has some.
Result<http::Response> begin_upload(Context& context, http::Request& request,
                                    const auth::Principal& principal, std::optional<Chunk> chunk) {
  TRY_ASSIGN(UploadRecord upload, planned(context, request, principal));
  TRY_ASSIGN(upload, context.intake.store.create_upload(std::move(upload), open_uploads_max));
  http::Response response = continued(201, 0, upload.expires_at_us);
  if (chunk) {
    const Result<std::uint64_t> offset = receive_chunk(context, request, upload, std::move(*chunk));
    if (!offset) {  // Nobody was told where it is: nobody can go on with it.
      TRY(context.intake.store.delete_upload(upload.id));
      TRY_ASSIGN(storage::PartialFile file, context.intake.partial_files.lock(upload.id));
      TRY(file.remove());
      return fail(offset.error());
    }
    response = continued(201, *offset, expiry_of(context));
  } else if (upload.bytes_total == 0) {
    TRY(mark_received(context, upload));
  }
  context.intake.wakes.upload_ingester.notify();
  response.headers.set("Location", "/api/v1/uploads/" + upload.id);
  return response;
}

}  // namespace

Result<http::Response> create_upload(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  if (request.body().length() == std::optional<std::uint64_t>(0)) {
    if (const std::string* checksum = request.headers.find("Upload-Checksum")) {
      TRY(TusChecksum::parse(*checksum));  // Of nothing, and yet one of ours or a mistake.
    }
    return begin_upload(context, request, principal, std::nullopt);
  }
  TRY(chunk_of(request, 0));
  return as_upload(
      context,
      [&context, principal](http::Request& receiving, FairSlots::Place) -> Result<http::Response> {
        TRY_ASSIGN(Chunk chunk, chunk_of(receiving, 0));
        return begin_upload(context, receiving, principal, std::move(chunk));
      });
}

Result<http::Response> append_to_upload(Context& context, http::Request& request,
                                        const auth::Principal& principal) {
  TRY_ASSIGN(const std::uint64_t offset, number_of(request, "Upload-Offset"));
  TRY(chunk_of(request, offset));
  TRY(upload_of(context, request, principal));
  return as_upload(context,
                   [&context, principal, offset](http::Request& receiving,
                                                 FairSlots::Place) -> Result<http::Response> {
                     TRY_ASSIGN(Chunk chunk, chunk_of(receiving, offset));
                     // It may have ended while this waited.
                     TRY_ASSIGN(const UploadRecord upload,
                                upload_of(context, receiving, principal));
                     TRY_ASSIGN(const std::uint64_t now,
                                receive_chunk(context, receiving, upload, std::move(chunk)));
                     context.intake.wakes.upload_ingester.notify();
                     return continued(204, now, expiry_of(context));
                   });
}

Result<http::Response> get_upload_offset(Context& context, http::Request& request,
                                         const auth::Principal& principal) {
  TRY_ASSIGN(const UploadRecord upload, upload_of(context, request, principal));
  TRY_ASSIGN(const std::uint64_t offset, offset_of(context, upload));
  http::Response response = continued(200, offset, upload.expires_at_us);
  response.headers.set("Upload-Length", std::to_string(upload.bytes_total));
  if (!upload.metadata.empty()) response.headers.set("Upload-Metadata", upload.metadata);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Result<http::Response> delete_upload(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  TRY_ASSIGN(const UploadRecord upload,
             context.intake.store.get_upload(principal.tenant, request.parameter("id")));
  Result<storage::PartialFile> file = context.intake.partial_files.lock(upload.id);
  if (!file && (upload.state == UploadState::receiving ||
                file.error().code != storage::Code::upload_locked)) {
    return fail(file.error());
  }
  // First the row, then the file: a crash between the two leaves a file that the sweep knows nobody
  // wants. Where the ingester holds it, it stops, finds no row to settle, and takes the file away
  // itself.
  TRY(context.intake.store.delete_upload(upload.id));
  const auto running = context.intake.running.find(upload.tenant, upload.id);
  if (running && running->resumable) {
    running->stop.request_stop();
  }
  if (file) TRY(file->remove());
  return http::Response::empty(204);
}

/// tus 1.0.0: for clients that cannot send the real method.
Result<http::Response> override_upload_method(Context& context, http::Request& request,
                                              const auth::Principal& principal) {
  const std::string_view method = request.headers.get("X-HTTP-Method-Override");
  if (method == "PATCH") return append_to_upload(context, request, principal);
  if (method == "DELETE") return delete_upload(context, request, principal);
  return fail(Errc::invalid_argument, Code::method_override,
              "POST takes X-HTTP-Method-Override: PATCH or DELETE here.");
}

}  // namespace sluice::api
