#include "cli/resumable_upload.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <thread>

#include <boost/json/object.hpp>

#include "base/base64.h"
#include "cli/answer_text.h"
#include "cli/error_codes.h"

namespace sluice::cli {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds poll_first{100};
constexpr milliseconds poll_most{1'000};

std::string metadata_of(const UploadOptions& options) {
  std::string metadata =
      "filename " + base64_encode(std::filesystem::path(options.path).filename().string());
  const auto add = [&metadata](const char* key, const std::string& value) {
    if (!value.empty()) metadata += std::string(",") + key + " " + base64_encode(value);
  };
  add("name", options.name);
  add("description", options.description);
  add("options", options.options);
  add("dataset_id", options.dataset_id);
  return metadata;
}

/// One upload from its beginning to its last byte.
class Sender {
 public:
  Sender(ApiClient& api, const UploadOptions& options, const Watcher& watcher,
         const RetryPolicy& patience)
      : api_(api),
        options_(options),
        watcher_(watcher),
        patience_(patience),
        total_(std::filesystem::file_size(options.path)) {}

  /// Gives the upload's path.
  Result<std::string> send() {
    // Not patiently: a server that is not there at the beginning is a mistake, most times.
    TRY(begin());
    TRY(append_patiently());
    return path_;
  }

  std::uint64_t total() const { return total_; }

 private:
  http::ClientRequest request(const char* method, const std::string& path) const {
    http::ClientRequest out;
    out.method = method;
    out.url = api_.url_of(path);
    out.headers.set("Tus-Resumable", "1.0.0");
    return out;
  }

  Result<void> begin() {
    http::ClientRequest create = request("POST", "/api/v1/uploads");
    create.headers.set("Upload-Length", std::to_string(total_));
    create.headers.set("Upload-Metadata", metadata_of(options_));
    TRY_ASSIGN(const http::ClientResponse made, api_.send(std::move(create)));
    // A path, or a whole URL where a proxy rewrites it: only its path is ours to use.
    path_ = std::string(made.headers.get("Location"));
    if (const std::size_t at = path_.find("/api/v1/uploads/"); at != std::string::npos) {
      path_.erase(0, at);
      return {};
    }
    return fail(Errc::internal, Code::bad_answer, "The server did not say where the upload is.");
  }

  Result<void> append_rest() {
    TRY_ASSIGN(const http::ClientResponse there, api_.send(request("HEAD", path_)));
    const std::string_view text = there.headers.get("Upload-Offset");
    std::uint64_t offset = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (text.empty() || code != std::errc() || end != text.data() + text.size() ||
        offset > total_) {
      return fail(Errc::internal, Code::bad_answer, "The server did not say how much it has.");
    }
    if (offset > reached_) {  // It went on: as patient as at the beginning.
      reached_ = offset;
      failures_ = 0;
      waited_ = {};
    }
    if (offset == total_) return {};
    http::ClientRequest append = request("PATCH", path_);
    append.headers.set("Content-Type", "application/offset+octet-stream");
    append.headers.set("Upload-Offset", std::to_string(offset));
    append.upload = http::FileRange{options_.path, offset, total_ - offset};
    append.deadline = milliseconds(0);  // a large file takes as long as it takes
    append.on_sent = [this, offset](std::uint64_t sent, std::uint64_t) {
      watcher_.on_progress("sent", offset + sent, total_);
    };
    TRY(api_.send(std::move(append)));
    return {};
  }

  /// Again and again while it may pass, with pauses that grow.
  Result<void> append_patiently() {
    for (;;) {
      Result<void> done = append_rest();
      // A conflict is an answer that was lost: the next HEAD tells what the server has.
      const bool may_pass =
          !done && (is_retryable(done.error().kind) || done.error().kind == Errc::conflict);
      if (done || !may_pass) return done;
      const auto pause = patience_.next(++failures_, waited_);
      if (!pause) return done;
      waited_ += *pause;
      watcher_.on_lost(done.error(), *pause);
      std::this_thread::sleep_for(*pause);
    }
  }

  ApiClient& api_;
  const UploadOptions& options_;
  const Watcher& watcher_;
  const RetryPolicy patience_;
  const std::uint64_t total_;
  std::string path_;
  std::uint64_t reached_ = 0;
  int failures_ = 0;        ///< In a row, without a byte more on the server.
  milliseconds waited_{0};  ///< After them.
};

std::string text_at(const boost::json::object& object, const char* name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

Error error_of(const boost::json::object& upload) {
  Error error{Errc::unprocessable, Code::upload_failed, "The file could not be ingested.", {}};
  const boost::json::value* problem = upload.if_contains("error");
  if (problem == nullptr || !problem->is_object()) return error;
  error.code = ErrorCode::from_outside(text_at(problem->as_object(), "code"));
  error.detail = text_at(problem->as_object(), "detail") + " (" + error.code.text() + ", upload " +
                 text_at(upload, "id") + ")";
  error.remedy = text_at(problem->as_object(), "hint");
  error.choices = choices_of(problem->as_object());
  return error;
}

/// Polls until it is ingested; a server that is away comes back, and goes on with it.
Result<std::string> ingested_dataset(ApiClient& api, const std::string& path, std::uint64_t total,
                                     const Watcher& watcher, const RetryPolicy& patience) {
  milliseconds pause = poll_first;
  Time::time_point answered = Time::now();
  for (;;) {
    const Result<Answer> answer = api.call("GET", path);
    if (!answer && (!is_retryable(answer.error().kind) ||
                    (patience.deadline && Time::now() - answered > *patience.deadline))) {
      return fail(answer.error());
    }
    if (answer) {
      answered = Time::now();
      const boost::json::object* upload = answer->value.if_object();
      if (upload == nullptr) return fail(Errc::internal, Code::bad_answer, "That is no upload.");
      const std::string state = text_at(*upload, "state");
      if (state == "done") return text_at(*upload, "dataset_id");
      if (state == "failed") return fail(error_of(*upload));
      const boost::json::value* done = upload->if_contains("bytes_ingested");
      if (state == "ingesting" && done != nullptr && done->is_int64()) {
        watcher.on_progress("ingested", static_cast<std::uint64_t>(done->as_int64()), total);
      }
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, poll_most);
  }
}

}  // namespace

Result<Answer> upload_resumable(ApiClient& api, const UploadOptions& options,
                                const Watcher& watcher, const RetryPolicy& patience) {
  Sender sender(api, options, watcher, patience);
  TRY_ASSIGN(const std::string path, sender.send());
  TRY_ASSIGN(const std::string id, ingested_dataset(api, path, sender.total(), watcher, patience));
  return api.call("GET", "/api/v1/datasets/" + id);
}

}  // namespace sluice::cli
