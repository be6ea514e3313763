// Uploads: body → temporary file → Parquet → durable → one transaction → 201.

#include <chrono>
#include <filesystem>

#include <boost/json/serialize.hpp>

#include "api/answered.h"
#include "api/dataset_json.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/request_limits.h"
#include "api/uploads/upload_form.h"
#include "base/ids.h"
#include "base/log.h"
#include "ingest/options.h"
#include "intake/conversion.h"
#include "intake/damage.h"
#include "intake/intake_commit.h"
#include "intake/labels.h"

namespace sluice::api {
namespace {

using intake::Converted;
using intake::ingest_places;
using intake::RunningUploads;
using intake::Source;

/// An upload whose turn to be converted does not come waits this long before it is told to come
/// back.
constexpr std::chrono::seconds ingest_turn_wait{30};

/// What is made of a conversion.
using Commit = std::function<Result<http::Response>(http::Request&, Converted)>;

/// Converts when it is its turn, for a client that waits, and commits; `held` is what must not go
/// before that.
http::Response convert_in_turn(Context& context, Source source, std::shared_ptr<const void> held,
                               Commit commit) {
  return later(
      context.intake.ingest_slots, ingest_turn_wait,
      busy(Code::ingest_busy, "Other uploads are being converted", "ingests_max", ingest_places),
      [&context, source = std::move(source), held = std::move(held), commit = std::move(commit)](
          http::Request& request, FairSlots::Place place) -> Result<http::Response> {
        TRY_ASSIGN(Converted converted, intake::convert(context.intake, source));
        place.give_back();
        return commit(request, std::move(converted));
      });
}

/// A form that is received and converted: listed among the running uploads, and in one of the
/// places for uploads, until it is answered.
struct ReceivedForm {
  FairSlots::Place place;
  RunningUploads::Entry running;
  UploadForm upload;
};

using CommitForm =
    std::function<Result<http::Response>(http::Request&, const UploadForm&, Converted)>;

Result<http::Response> convert_form(Context& context, http::Request& request,
                                    const std::shared_ptr<ReceivedForm>& form,
                                    const CommitForm& commit) {
  const UploadForm& upload = form->upload;
  form->running->ingesting = true;
  if (upload.eager) {
    const std::stop_callback stop(request.stop_token, [&upload] { upload.eager->stop(); });
    if (std::optional<Result<Converted>> made = upload.eager->finish()) {
      TRY_ASSIGN(Converted converted, std::move(*made));
      return commit(request, upload, std::move(converted));
    }
  }
  Source source;
  source.request.source = upload.file.path();
  source.request.options = upload.options;
  source.request.progress = form->running->progress;
  source.request.stop = request.stop_token;
  source.label = upload.file_name;
  return convert_in_turn(context, std::move(source), form,
                         [form, commit](http::Request& now, Converted made) {
                           return commit(now, form->upload, std::move(made));
                         });
}

Result<http::Response> created(Context& context, const http::Request& request,
                               const Dataset& dataset) {
  // What is committed answers 201 in any case: a client that is told to try again would make a
  // second dataset.
  const Result<metadata::SyncRecord> read = context.intake.store.get_sync_state(dataset.id);
  metadata::SyncRecord sync;
  if (read) {
    sync = *read;
  } else {
    const bool wanted = sync_enabled(context, dataset) && context.intake.options.auto_sync;
    sync.state.status = wanted ? SyncStatus::pending : SyncStatus::not_synced;
    sync.state.lakehouse = context.intake.options.lakehouse;
  }
  log::info("Databricks sync requested", {{"request_id", request.request_id},
                                          {"tenant", dataset.tenant.value},
                                          {"dataset_id", dataset.id},
                                          {"version", std::to_string(dataset.current.version)},
                                          {"sync_status", name_of(sync.state.status)}});
  http::Response response =
      json_response(201, boost::json::serialize(dataset_json(dataset, sync.state,
                                                             sync_enabled(context, dataset), {})));
  response.headers.set("Location", "/api/v1/datasets/" + dataset.id);
  return response;
}

Result<http::Response> create(Context& context, const http::Request& request,
                              const auth::Principal& principal, Converted converted,
                              std::string name, std::string description) {
  TRY(intake::check_labels(name, description));
  metadata::NewDataset dataset;
  dataset.id = new_uuid_v7();
  dataset.tenant = principal.tenant;
  dataset.name = std::move(name);
  dataset.description = std::move(description);
  intake::name_files(converted, dataset.id + ".parquet");
  TRY_ASSIGN(const Dataset stored, intake::commit_new(context.intake, converted, dataset));
  return created(context, request, stored);
}

/// Receives the form in one of the places for uploads.
http::Response receive_form(Context& context, const auth::Principal& principal,
                            std::function<Result<void>(UploadForm&)> check, CommitForm commit) {
  return as_upload(context,
                   [&context, principal, check = std::move(check), commit = std::move(commit)](
                       http::Request& request, FairSlots::Place place) -> Result<http::Response> {
                     RunningUploads::Entry running =
                         context.intake.running.add(request.request_id, principal.tenant, false,
                                                    context.intake.clock.now_us());
                     TRY_ASSIGN(UploadForm upload, receive_upload_form(context, request, *running));
                     TRY(check(upload));
                     auto form = std::make_shared<ReceivedForm>(
                         ReceivedForm{std::move(place), std::move(running), std::move(upload)});
                     return convert_form(context, request, form, commit);
                   });
}

/// With the options of its body, from the original that is kept.
Result<http::Response> reingest(Context& context, http::Request& request, const Dataset& dataset,
                                FairSlots::Place place) {
  const DatasetVersion& current = dataset.current;
  Source source;
  TRY_ASSIGN(const std::string body, request.body().read_all(options_body_bytes_max));
  TRY_ASSIGN(source.request.options, ingest::options_from_json(body));
  if (current.source_file.empty()) {
    return fail(Errc::conflict, Code::source_not_kept, "The original of this dataset was not kept.",
                "Upload the file again: POST /api/v1/datasets/{id}/versions.");
  }
  TRY_ASSIGN(const std::filesystem::path path, context.intake.files.path_of(current.source_file));
  struct Held {
    FairSlots::Place place;
    storage::TemporaryFile original;
  };
  // A name of our own for what lies there now: it may be packed while we read.
  TRY_ASSIGN(storage::TemporaryFile original, context.intake.files.adopt(path));
  const auto held = std::make_shared<Held>(Held{std::move(place), std::move(original)});
  const std::filesystem::path& file = held->original.path();
  TRY(intake::open_source(context.intake, dataset, file, request.stop_token));
  source.request.source = file;
  source.request.stop = request.stop_token;
  source.label = current.source_name;
  source.records = current.source_format == "records";
  if (static_cast<std::int64_t>(std::filesystem::file_size(file)) != current.source_bytes) {
    source.request.packed_from = static_cast<std::uint64_t>(current.source_bytes);
  }
  const bool is_packed = source.request.packed_from.has_value();
  return convert_in_turn(
      context, std::move(source), held,
      [&context, dataset, is_packed](http::Request& now,
                                     Converted converted) -> Result<http::Response> {
        // It is the same file, which may have been packed since the record was read.
        TRY_ASSIGN(const DatasetVersion as_read,
                   context.intake.store.get_version(dataset.id, dataset.current.version));
        converted.version.source_sha256 = as_read.source_sha256;
        converted.version.packed_sha256 = is_packed ? as_read.packed_sha256 : "";
        intake::name_files(converted, intake::version_file_name(dataset.id));
        // A file that was uploaded meanwhile must not give way to the one before it.
        TRY_ASSIGN(const Dataset stored, intake::commit_version(context.intake, converted, dataset,
                                                                {}, dataset.current.version));
        return created(context, now, stored);
      });
}

}  // namespace

Result<http::Response> ingest_records(Context& context, http::Request& request,
                                      const auth::Principal& principal) {
  const std::string_view type = request.headers.get("Content-Type");
  if (type.substr(0, 16) != "application/json") {
    return fail(Errc::invalid_argument, Code::unsupported_media_type,
                "The body is not application/json.",
                "Set Content-Type: application/json; files go to /api/v1/datasets/upload.");
  }
  return as_upload(
      context,
      [&context, principal](http::Request& receiving,
                            FairSlots::Place place) -> Result<http::Response> {
        TRY_ASSIGN(storage::TemporaryFile received, receive_body(context, receiving));
        struct Held {
          FairSlots::Place place;
          storage::TemporaryFile body;
        };
        const auto held = std::make_shared<Held>(Held{std::move(place), std::move(received)});
        Source source;
        source.request.source = held->body.path();
        source.request.stop = receiving.stop_token;
        source.records = true;
        return convert_in_turn(context, std::move(source), held,
                               [&context, principal](http::Request& now, Converted converted) {
                                 std::string name = converted.name;
                                 std::string description = converted.description;
                                 return create(context, now, principal, std::move(converted),
                                               std::move(name), std::move(description));
                               });
      });
}

Result<http::Response> upload_dataset(Context& context, http::Request&,
                                      const auth::Principal& principal) {
  const auto check = [](UploadForm& upload) {
    if (upload.name.empty()) {
      upload.name = std::filesystem::path(upload.file_name).stem().string();
    }
    return intake::check_labels(upload.name, upload.description);
  };
  return receive_form(
      context, principal, check,
      [&context, principal](http::Request& request, const UploadForm& upload, Converted converted) {
        return create(context, request, principal, std::move(converted), upload.name,
                      upload.description);
      });
}

Result<http::Response> upload_version(Context& context, http::Request& request,
                                      const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  return receive_form(
      context, principal, [](UploadForm&) { return Result<void>(); },
      [&context, dataset = record.dataset](http::Request& now, const UploadForm&,
                                           Converted converted) -> Result<http::Response> {
        intake::name_files(converted, intake::version_file_name(dataset.id));
        TRY_ASSIGN(const Dataset stored,
                   intake::commit_version(context.intake, converted, dataset));
        return created(context, now, stored);
      });
}

Result<http::Response> reingest_dataset(Context& context, http::Request&,
                                        const auth::Principal& principal) {
  return as_upload(context,
                   [&context, principal](http::Request& request,
                                         FairSlots::Place place) -> Result<http::Response> {
                     TRY_ASSIGN(const metadata::DatasetRecord record,
                                dataset_of(context, request, principal));
                     return reingest(context, request, record.dataset, std::move(place));
                   });
}

}  // namespace sluice::api
