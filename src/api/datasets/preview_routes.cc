// What a file would become, of which nothing is kept: form → temporary file → worker → JSON.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/answered.h"
#include "api/dataset_json.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/public_error_text.h"
#include "api/request_limits.h"
#include "api/uploads/upload_form.h"
#include "http/multipart.h"
#include "ingest/ingest_job.h"
#include "ingest/structure/structure_decision_forms.h"
#include "intake/error_codes.h"
#include "intake/labels.h"
#include "wire/json.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds preview_turn_wait{10};

/// What the client asks for besides the file.
struct Wanted {
  std::int64_t rows_max = 0;
  std::int64_t text_bytes_max = 0;
  std::int64_t source_bytes = 0;  ///< Of the whole file, where it sends a beginning; else 0.
};

Result<Wanted> wanted_of(const http::Request& request) {
  Wanted wanted;
  TRY_ASSIGN(wanted.rows_max, limit_of(request, preview_rows_default, file_preview_rows_max));
  TRY_ASSIGN(wanted.text_bytes_max,
             number_parameter(request, "bytes", Code::bad_bytes, preview_text_bytes_default,
                              preview_text_bytes_max));
  TRY_ASSIGN(wanted.source_bytes,
             number_parameter(request, "source_bytes", Code::bad_bytes, 0, INT64_MAX));
  return wanted;
}

Error preview_too_large() {
  return {Errc::too_large, Code::preview_too_large,
          "The file is larger than preview_file_bytes_max, " +
              std::to_string(preview_file_bytes_max) + " bytes.",
          "Of a text send only the beginning, with source_bytes; upload a workbook or a Parquet "
          "file of this size."};
}

/// The parts of the form as they arrive: the file goes to the disk, `options` stays in memory.
class PreviewSink final : public http::PartSink {
 public:
  PreviewSink(const Context& context, storage::TemporaryFile target)
      : file(std::move(target)), context_(context) {}

  Result<void> begin(const http::Part& part) override {
    in_file_ = part.name == "file";
    if (in_file_) return begin_file(part);
    if (part.name != "options") {
      return fail(Errc::invalid_argument, Code::field_unknown,
                  "The form has a part `" + part.name + "` that is not known.",
                  "Send file and options.");
    }
    if (std::exchange(has_options_, true)) {
      return fail(Errc::invalid_argument, Code::field_twice, "The form has two parts `options`.");
    }
    return {};
  }

  Result<void> data(std::string_view bytes) override {
    if (in_file_) {
      if (stream_->bytes() + bytes.size() > preview_file_bytes_max) {
        return fail(preview_too_large());
      }
      return stream_->write(bytes);
    }
    if (options.size() + bytes.size() > options_body_bytes_max) {
      return fail(Errc::too_large, Code::form_field_too_large,
                  "A field is longer than options_body_bytes_max, " +
                      std::to_string(options_body_bytes_max) + " bytes.");
    }
    options.append(bytes);
    return {};
  }

  Result<void> end() override { return {}; }
  bool has_file() const { return stream_.has_value(); }
  std::uint64_t file_bytes() const { return stream_ ? stream_->bytes() : 0; }

  storage::TemporaryFile file;
  std::string file_name;
  std::string options;

 private:
  Result<void> begin_file(const http::Part& part) {
    if (stream_) {
      return fail(Errc::invalid_argument, Code::file_twice, "The form has two parts `file`.");
    }
    file_name = part.filename.value_or("");
    if (!intake::is_text(file_name)) {
      return fail(Errc::invalid_argument, intake::Code::name_not_text,
                  "The file's name is not UTF-8 text without control characters.",
                  "Send it as UTF-8.");
    }
    TRY_ASSIGN(stream_, stream_to(context_, file.path()));
    return {};
  }

  const Context& context_;
  std::optional<storage::StreamedFile> stream_;
  bool in_file_ = false;
  bool has_options_ = false;
};

/// A form that is received, in one of the places for uploads until it is answered.
struct Received {
  FairSlots::Place place;
  storage::TemporaryFile file;
  std::string file_name;
  std::int64_t file_bytes = 0;
  ingest::IngestOptions options;
};

Result<std::shared_ptr<Received>> receive(Context& context, http::Request& request,
                                          FairSlots::Place place) {
  const std::uint64_t announced = request.body().length().value_or(0);
  if (announced > preview_file_bytes_max + form_overhead_bytes_max) {
    return fail(preview_too_large());
  }
  TRY(disk_budget_of(context).check(announced));
  TRY_ASSIGN(storage::TemporaryFile temporary, context.intake.files.make_temporary(".preview"));
  PreviewSink sink(context, std::move(temporary));
  if (Result<void> read = http::read_multipart(request, sink); !read) {
    return fail(
        named_limit(std::move(read).error(), "preview_file_bytes_max", preview_file_bytes_max));
  }
  if (!sink.has_file()) {
    return fail(Errc::invalid_argument, Code::file_missing, "The form has no part `file`.",
                "For example: curl -F file=@data.csv …/api/v1/datasets/preview");
  }
  TRY_ASSIGN(ingest::IngestOptions options, ingest::options_from_json(sink.options));
  return std::make_shared<Received>(
      Received{std::move(place), std::move(sink.file), std::move(sink.file_name),
               static_cast<std::int64_t>(sink.file_bytes()), std::move(options)});
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value refusal_json(const std::optional<Error>& refusal) {
  if (!refusal) return nullptr;
  return json::object{{"code", refusal->code.text()},
                      {"detail", public_text(refusal->detail)},
                      {"hint", public_text(refusal->remedy)}};
}

/// The rows stay as the worker wrote them, since a JSON library would turn 1.10 into a double.
std::string preview_json(const Received& form, const ingest::Preview& preview) {
  const ingest::Ingested& read = preview.ingested;
  std::string text =
      json::serialize(json::object{{"file_name", text_or_null(form.file_name)},
                                   {"file_bytes", form.file_bytes},
                                   {"source_format", read.source_format},
                                   {"encoding", text_or_null(read.encoding)},
                                   {"compression", read.compression},
                                   {"is_beginning", read.is_beginning},
                                   {"options", json::parse(ingest::to_json(form.options))},
                                   {"decision", wire::to_json(read.decision)},
                                   {"notes", json::array(read.notes.begin(), read.notes.end())},
                                   {"columns", columns_json(read.columns, read.plan)},
                                   {"row_count", read.row_count},
                                   {"rows_read", read.rows_read},
                                   {"rows_rejected", read.rows_rejected},
                                   {"refusal", refusal_json(preview.refusal)},
                                   {"truncated", preview.rows < read.row_count}});
  text.pop_back();
  return text + ",\"rows\":" + preview.rows_json + ",\"rejects\":" + preview.rejects_json + "}";
}

Result<http::Response> answer(const Context& context, const http::Request& request,
                              const Received& form, const Wanted& wanted) {
  ingest::PreviewRequest asked;
  asked.ingest.source = form.file.path();
  asked.ingest.options = form.options;
  asked.ingest.is_beginning = wanted.source_bytes > form.file_bytes;
  asked.ingest.text_bytes_max = static_cast<std::uint64_t>(wanted.text_bytes_max);
  asked.ingest.temp_folder = context.intake.files.temporary_folder();
  asked.ingest.stop = request.stop_token;
  asked.rows_max = wanted.rows_max;
  asked.rejects_max = file_preview_rejects_max;
  TRY_ASSIGN(const ingest::Preview preview,
             ingest::preview_in_worker(context.intake.file_workers, asked,
                                       context.intake.options.disk_free_bytes_min));
  return json_response(200, preview_json(form, preview));
}

}  // namespace

Result<http::Response> preview_file(Context& context, http::Request& request,
                                    const auth::Principal&) {
  TRY_ASSIGN(const Wanted wanted, wanted_of(request));
  return as_upload(
      context,
      [&context, wanted](http::Request& sending, FairSlots::Place place) -> Result<http::Response> {
        TRY_ASSIGN(const std::shared_ptr<Received> form,
                   receive(context, sending, std::move(place)));
        return later(context.preview_slots, preview_turn_wait,
                     busy(Code::previews_busy, "Other files are being previewed", "previews_max",
                          preview_places),
                     [&context, wanted, form](http::Request& now, FairSlots::Place) {
                       return answer(context, now, *form, wanted);
                     });
      });
}

}  // namespace sluice::api
