#include "lakehouse/databricks/multipart.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <boost/json.hpp>

#include "base/background_loop.h"
#include "base/error_codes.h"
#include "base/log.h"
#include "base/retry_policy.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/databricks/resumable_upload.h"
#include "lakehouse/databricks/upload_address.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// Parts are as small as gives at most a hundred: the official clients' rule.
constexpr std::uint64_t part_bytes_min = std::uint64_t{10} << 20U;
constexpr std::uint64_t parts_aimed = 100;
constexpr int senders = 4;
constexpr RetryPolicy part_retries{.first_interval = std::chrono::milliseconds(1'000),
                                   .max_interval = std::chrono::milliseconds(8'000),
                                   .attempts = 5};

struct Part {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  bool has_arrived = false;
  std::string etag;  ///< Azure's storage gives none.
};

/// One upload in progress; the senders share it.
class PartedUpload {
 public:
  PartedUpload(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes, std::string session)
      : rest_(rest), upload_(upload), session_(std::move(session)), total_(bytes) {
    std::uint64_t size = part_bytes_min;
    while (size * parts_aimed < bytes) size *= 2;
    for (std::uint64_t offset = 0; offset < bytes; offset += size) {
      parts_.push_back({offset, std::min(size, bytes - offset), false, {}});
    }
  }

  Result<void> send_all(CallCount& calls) {
    {
      std::vector<std::jthread> threads;
      const int count = std::min<int>(senders, static_cast<int>(parts_.size()));
      for (int i = 0; i < count; ++i) threads.emplace_back([this] { send_parts(); });
    }
    add_to(calls);
    if (failed_) return fail(*failed_);
    return {};
  }
  /// True where not one part arrived: a firewall before the storage, perhaps.
  bool nothing_arrived() const {
    return std::none_of(parts_.begin(), parts_.end(),
                        [](const Part& part) { return part.has_arrived; });
  }

  Result<void> complete(CallCount& calls) {
    json::array list;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      list.push_back(json::object{{"part_number", i + 1}, {"etag", parts_[i].etag}});
    }
    RestCall call;
    call.method = "POST";
    call.path = "/api/2.0/fs/files" + encoded_path(upload_.path) +
                "?action=complete-upload&upload_type=multipart&session_token=" +
                http::percent_encode(session_);
    call.body = json::object{{"parts", std::move(list)}};
    call.doing = "Uploading to " + upload_.path;
    call.stop = upload_.stop;
    TRY(rest_.send(call, calls));
    return {};
  }

  void abort(CallCount& calls) {
    RestCall call;
    call.method = "POST";
    call.path = "/api/2.0/fs/create-abort-upload-url";
    call.body = json::object{
        {"path", upload_.path}, {"session_token", session_}, {"expire_time", presigned_expiry()}};
    call.doing = "Aborting the upload to " + upload_.path;
    const Result<json::value> answer = rest_.call(call, calls);
    if (!answer) return;  // The cloud's own rules remove parts that nobody completed.
    std::optional<http::ClientRequest> request = presigned_request(*answer, "abort_upload_url");
    if (!request) return;
    request->method = "DELETE";
    static_cast<void>(rest_.send_presigned(*request, calls));
  }

 private:
  void send_parts() {
    while (true) {
      const std::size_t index = next_++;
      if (index >= parts_.size() || has_failed()) return;
      CallCount calls;
      Result<void> sent;
      try {
        sent = send_part(index, calls);
      } catch (const std::exception& broken) {  // It would end the process, with every sync in it.
        sent = fail(Errc::internal, BaseCode::internal_error, broken.what());
      }
      const std::lock_guard lock(mutex_);
      calls_.rest_calls += calls.rest_calls;
      calls_.bytes_sent += calls.bytes_sent;
      if (!sent && !failed_) failed_ = sent.error();
    }
  }

  Result<void> send_part(std::size_t index, CallCount& calls) {
    for (int failures = 1;; ++failures) {
      // A new address for each try: the old one may have been what was wrong.
      TRY_ASSIGN(http::ClientRequest request, address_of(index, calls));
      request.method = "PUT";
      request.upload = http::FileRange{upload_.file, parts_[index].offset, parts_[index].bytes};
      request.stop_token = upload_.stop;
      const Result<http::ClientResponse> response = rest_.send_presigned(request, calls);
      if (response && response->status >= 200 && response->status <= 299) {
        const std::lock_guard lock(mutex_);
        parts_[index].has_arrived = true;
        parts_[index].etag = std::string(response->headers.get("ETag"));
        sent_ += parts_[index].bytes;
        if (upload_.on_sent) upload_.on_sent(sent_, total_);
        return {};
      }
      if (!response && response.error().kind == Errc::cancelled) return fail(response.error());
      const auto wait = part_retries.next(failures, {});
      if (!wait) {
        const Error last = response
                               ? to_error(api_error_of(*response), "Uploading to " + upload_.path)
                               : response.error();
        return fail(Errc::unavailable, Code::databricks_unavailable, last.detail,
                    "It is tried again by itself.");
      }
      if (!pause_for(*wait, upload_.stop)) return fail(work_stopped());
    }
  }

  Result<http::ClientRequest> address_of(std::size_t index, CallCount& calls) {
    RestCall call;
    call.method = "POST";
    call.path = "/api/2.0/fs/create-upload-part-urls";
    call.body = json::object{{"path", upload_.path},
                             {"session_token", session_},
                             {"start_part_number", index + 1},
                             {"count", 1},
                             {"expire_time", presigned_expiry()}};
    call.doing = "Uploading to " + upload_.path;
    call.stop = upload_.stop;
    TRY_ASSIGN(const json::value answer, rest_.call(call, calls));
    if (auto request = presigned_request(answer, "upload_part_urls")) return std::move(*request);
    return fail(Errc::internal, Code::databricks_bug, call.doing + ": the answer has no address.");
  }

  bool has_failed() {
    const std::lock_guard lock(mutex_);
    return failed_.has_value();
  }
  void add_to(CallCount& calls) const {
    calls.rest_calls += calls_.rest_calls;
    calls.bytes_sent += calls_.bytes_sent;
  }

  Rest& rest_;
  const VolumeUpload& upload_;
  const std::string session_;
  const std::uint64_t total_;
  std::vector<Part> parts_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::uint64_t sent_ = 0;
  CallCount calls_;
  std::optional<Error> failed_;
};

/// Whether one PUT to the path would fail likewise: no such volume, no right to it, a token that is
/// refused, the end of the work. Not where the workspace has no such call (404 of its own kind).
bool is_of_the_path(const Error& error) {
  if (error.code == Code::databricks_host) return false;
  return error.kind == Errc::unauthenticated || error.kind == Errc::permission_denied ||
         error.kind == Errc::not_found || error.kind == Errc::cancelled;
}

}  // namespace

Result<bool> upload_in_parts(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes,
                             CallCount& calls) {
  RestCall begin;
  begin.method = "POST";
  begin.path =
      "/api/2.0/fs/files" + encoded_path(upload.path) + "?action=initiate-upload&overwrite=true";
  begin.doing = "Uploading to " + upload.path;
  begin.stop = upload.stop;
  const Result<json::value> begun = rest.call(begin, calls);
  if (!begun) {
    // Off in this workspace, or unknown to it, says nothing against one PUT.
    if (is_of_the_path(begun.error())) return fail(begun.error());
    log::info("Uploads in parts are refused: one PUT is tried",
              {{"path", upload.path}, {"error", begun.error().detail}});
    return false;
  }
  const std::string resumable = text_at(*begun, "/resumable_upload/session_token");
  if (!resumable.empty()) return upload_resumably(rest, upload, bytes, resumable, calls);
  const std::string session = text_at(*begun, "/multipart_upload/session_token");
  if (session.empty()) return false;

  PartedUpload parted(rest, upload, bytes, session);
  Result<void> sent = parted.send_all(calls);
  if (sent) sent = parted.complete(calls);
  if (sent) return true;
  parted.abort(calls);
  if (sent.error().kind == Errc::cancelled || !parted.nothing_arrived()) return fail(sent.error());
  return false;
}

}  // namespace sluice::lakehouse::databricks
