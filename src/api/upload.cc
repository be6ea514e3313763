#include "api/upload.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "api/limits.h"
#include "base/files.h"
#include "http/multipart.h"

namespace sluice::api {
namespace {

Result<FileDescriptor> create_file(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", path.string()));
  return fd;
}

tl::unexpected<Error> too_large() {
  return fail(Errc::too_large, "upload_too_large",
              "The file is larger than upload_bytes_max, " + std::to_string(upload_bytes_max >> 20) +
                  " MiB.",
              "Split it, or compress it into several uploads.");
}

/// The parts of an upload form as they arrive.
class FormSink final : public http::PartSink {
 public:
  explicit FormSink(storage::TemporaryFile target) : file(std::move(target)) {}

  Result<void> begin(const http::Part& part) override {
    field_ = nullptr;
    in_file_ = part.name == "file";
    if (in_file_) {
      if (fd_) return fail(Errc::invalid_argument, "file_twice", "The form has two parts `file`.");
      TRY_ASSIGN(fd_, create_file(file.path()));
      file_name = part.filename.value_or("");
    } else if (part.name == "name") {
      field_ = &name;
    } else if (part.name == "description") {
      field_ = &description;
    } else {
      return fail(Errc::invalid_argument, "field_unknown",
                  "The form has a part `" + part.name + "` that is not known.",
                  "Send file, name and description.");
    }
    return {};
  }

  Result<void> data(std::string_view bytes) override {
    if (in_file_) {
      bytes_ += bytes.size();
      if (bytes_ > upload_bytes_max) return too_large();
      return write_all(fd_.get(), bytes, file.path().string());
    }
    if (field_->size() + bytes.size() > form_field_bytes_max) {
      return fail(Errc::too_large, "form_field_too_large",
                  "A field is longer than form_field_bytes_max, " +
                      std::to_string(form_field_bytes_max) + " bytes.");
    }
    field_->append(bytes);
    return {};
  }

  Result<void> end() override { return {}; }
  bool has_file() const { return static_cast<bool>(fd_); }

  storage::TemporaryFile file;
  std::string file_name;
  std::string name;
  std::string description;

 private:
  FileDescriptor fd_;
  std::uint64_t bytes_ = 0;
  bool in_file_ = false;
  std::string* field_ = nullptr;
};

}  // namespace

Result<Slot> upload_slot(Context& context) {
  if (std::optional<Slot> slot = Slot::take(context.upload_slots)) return std::move(*slot);
  return fail(Errc::resource_exhausted, "uploads_busy",
              "Other uploads are being received (uploads_max, " + std::to_string(uploads_max) + ").",
              "Try again in a moment.");
}

Result<Upload> receive_upload(Context& context, http::Request& request) {
  TRY_ASSIGN(storage::TemporaryFile temporary, context.files.make_temporary(".upload"));
  FormSink sink(std::move(temporary));
  TRY(http::read_multipart(request, sink));
  if (!sink.has_file()) {
    return fail(Errc::invalid_argument, "file_missing", "The form has no part `file`.",
                "For example: curl -F file=@data.csv …/api/v1/datasets/upload");
  }
  return Upload{std::move(sink.file), std::move(sink.file_name), std::move(sink.name),
                std::move(sink.description)};
}

Result<storage::TemporaryFile> receive_body(Context& context, http::Request& request) {
  TRY_ASSIGN(storage::TemporaryFile temporary, context.files.make_temporary(".upload"));
  TRY_ASSIGN(const FileDescriptor fd, create_file(temporary.path()));
  std::vector<char> buffer(256 << 10);
  std::uint64_t total = 0;
  for (;;) {
    TRY_ASSIGN(const std::size_t got, request.body().read(buffer));
    if (got == 0) return temporary;
    total += got;
    if (total > upload_bytes_max) return too_large();
    TRY(write_all(fd.get(), {buffer.data(), got}, temporary.path().string()));
  }
}

}  // namespace sluice::api
