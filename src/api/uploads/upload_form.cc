#include "api/uploads/upload_form.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "api/error_codes.h"
#include "api/request_limits.h"
#include "base/files.h"
#include "http/error_codes.h"
#include "http/multipart.h"
#include "intake/error_codes.h"
#include "intake/labels.h"
#include "storage/streamed_file.h"

namespace sluice::api {
namespace {

/// A client that waits has sent nothing yet; longer, and it thinks that we are gone.
constexpr std::chrono::seconds upload_turn_wait{10};

Result<FileDescriptor> create_file(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", path.string()));
  return fd;
}

Error upload_too_large(std::uint64_t bytes_max) {
  return named_limit({Errc::too_large, http::Code::body_too_large, {}, {}}, "UPLOAD_BYTES_MAX",
                     bytes_max);
}

/// The parts of an upload form as they arrive.
class FormSink final : public http::PartSink {
 public:
  FormSink(Context& context, intake::RunningUpload& running, storage::TemporaryFile target,
           std::uint64_t announced)
      : file(std::move(target)), context_(context), running_(running), announced_(announced) {}

  Result<void> begin(const http::Part& part) override {
    field_ = nullptr;
    in_file_ = part.name == "file";
    if (!in_file_ && !seen_.insert(part.name).second) {
      return fail(Errc::invalid_argument, Code::field_twice,
                  "The form has two parts `" + part.name + "`.");
    }
    if (in_file_) {
      if (stream_)
        return fail(Errc::invalid_argument, Code::file_twice, "The form has two parts `file`.");
      TRY_ASSIGN(stream_, stream_to(context_, file.path()));
      file_name = part.filename.value_or("");
      if (!intake::is_text(file_name)) {
        return fail(Errc::invalid_argument, intake::Code::name_not_text,
                    "The file's name is not UTF-8 text without control characters.",
                    "Send it as UTF-8.");
      }
      return begin_conversion();
    } else if (part.name == "name") {
      field_ = &name;
    } else if (part.name == "description") {
      field_ = &description;
    } else if (part.name == "options") {
      field_ = &options;
      if (eager) eager->abandon();
    } else {
      return fail(Errc::invalid_argument, Code::field_unknown,
                  "The form has a part `" + part.name + "` that is not known.",
                  "Send file, name, description and options.");
    }
    return {};
  }

  Result<void> data(std::string_view bytes) override {
    if (in_file_) {
      if (stream_->bytes() + bytes.size() > context_.options.upload_bytes_max) {
        return fail(upload_too_large(context_.options.upload_bytes_max));
      }
      TRY(stream_->write(bytes));
      running_.bytes_received = static_cast<std::int64_t>(stream_->bytes());
      if (eager) eager->reached(stream_->bytes());
      return {};
    }
    const bool is_options = field_ == &options;
    const std::size_t bytes_max = is_options ? options_body_bytes_max : form_field_bytes_max;
    if (field_->size() + bytes.size() > bytes_max) {
      return fail(Errc::too_large, Code::form_field_too_large,
                  "A field is longer than " +
                      std::string(is_options ? "options_body_bytes_max" : "form_field_bytes_max") +
                      ", " + std::to_string(bytes_max) + " bytes.");
    }
    field_->append(bytes);
    return {};
  }

  Result<void> end() override { return {}; }
  bool has_file() const { return stream_.has_value(); }

  storage::TemporaryFile file;
  std::string file_name;
  std::string name;
  std::string description;
  std::string options;
  std::unique_ptr<intake::EagerConversion> eager;

 private:
  Result<void> begin_conversion() {
    TRY_ASSIGN(const ingest::IngestOptions parsed, ingest::options_from_json(options));
    intake::Source source;
    source.request.source = file.path();
    source.request.options = parsed;
    source.request.progress = running_.progress;
    source.label = file_name;
    eager = intake::EagerConversion::begin(context_.intake, std::move(source), running_.tenant,
                                           announced_);
    return {};
  }

  Context& context_;
  intake::RunningUpload& running_;
  std::uint64_t announced_;
  std::optional<storage::StreamedFile> stream_;
  bool in_file_ = false;
  std::string* field_ = nullptr;
  std::set<std::string> seen_;
};

}  // namespace

Error named_limit(Error error, const std::string& limit, std::uint64_t bytes_max) {
  if (error.code != http::Code::body_too_large) return error;
  error.detail = "It is larger than " + limit + ", " + std::to_string(bytes_max) + " bytes.";
  error.remedy = "Split it, or raise the limit.";
  return error;
}

Result<storage::StreamedFile> stream_to(const Context& context, const std::filesystem::path& path) {
  TRY_ASSIGN(FileDescriptor fd, create_file(path));
  return storage::StreamedFile(std::move(fd), path.string(), 0, disk_budget_of(context));
}

http::Response as_upload(Context& context, PlacedHandler receive) {
  return later(
      context.upload_slots, upload_turn_wait,
      busy(Code::uploads_busy, "Other uploads are being received", "uploads_max", upload_places),
      std::move(receive));
}

storage::DiskBudget disk_budget_of(const Context& context) {
  return {[&context] { return context.intake.files.free_bytes(); },
          context.intake.options.disk_free_bytes_min};
}

Result<UploadForm> receive_upload_form(Context& context, http::Request& request,
                                       intake::RunningUpload& running) {
  const std::uint64_t bytes_max = context.options.upload_bytes_max;
  const std::uint64_t announced = request.body().length().value_or(0);
  if (announced > bytes_max + form_overhead_bytes_max) return fail(upload_too_large(bytes_max));
  TRY(disk_budget_of(context).check(announced));
  if (announced > 0) running.bytes_total = static_cast<std::int64_t>(announced);
  TRY_ASSIGN(storage::TemporaryFile temporary, context.intake.files.make_temporary(".upload"));
  FormSink sink(context, running, std::move(temporary), announced);
  if (Result<void> read = http::read_multipart(request, sink); !read) {
    return fail(named_limit(std::move(read).error(), "UPLOAD_BYTES_MAX", bytes_max));
  }
  running.bytes_total = running.bytes_received.load();  // Without the form around it.
  if (!sink.has_file()) {
    return fail(Errc::invalid_argument, Code::file_missing, "The form has no part `file`.",
                "For example: curl -F file=@data.csv …/api/v1/datasets/upload");
  }
  TRY_ASSIGN(ingest::IngestOptions options, ingest::options_from_json(sink.options));
  return UploadForm{std::move(sink.file),        std::move(sink.file_name), std::move(sink.name),
                    std::move(sink.description), std::move(options),        std::move(sink.eager)};
}

Result<storage::TemporaryFile> receive_body(Context& context, http::Request& request) {
  TRY_ASSIGN(storage::TemporaryFile temporary, context.intake.files.make_temporary(".upload"));
  TRY(disk_budget_of(context).check(request.body().length().value_or(0)));
  TRY_ASSIGN(storage::StreamedFile stream, stream_to(context, temporary.path()));
  std::vector<char> buffer(256 << 10);
  for (;;) {
    Result<std::size_t> got = request.body().read(buffer);
    if (!got) {
      return fail(
          named_limit(std::move(got).error(), "records_body_bytes_max", records_body_bytes_max));
    }
    if (*got == 0) return temporary;
    TRY(stream.write({buffer.data(), *got}));
  }
}

}  // namespace sluice::api
