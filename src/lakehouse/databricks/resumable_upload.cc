#include "lakehouse/databricks/resumable_upload.h"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "base/background_loop.h"
#include "lakehouse/databricks/upload_address.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// A multiple of 256 KiB, as the storage demands of all but the last.
constexpr std::uint64_t piece_bytes = std::uint64_t{32} << 20U;
constexpr int status_incomplete = 308;

class ResumableUpload {
 public:
  ResumableUpload(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes, CallCount& calls,
                  const RetryPolicy& retries)
      : rest_(rest), upload_(upload), total_(bytes), calls_(calls), retries_(retries) {}

  Result<void> open(const std::string& session) {
    RestCall call;
    call.method = "POST";
    call.path = "/api/2.0/fs/create-resumable-upload-url";
    call.body = json::object{{"path", upload_.path}, {"session_token", session}};
    call.doing = doing_;
    call.stop = upload_.stop;
    TRY_ASSIGN(const json::value answer, rest_.call(call, calls_));
    const auto address = presigned_request(answer, "resumable_upload_url");
    if (!address) {
      return fail(Errc::internal, Code::databricks_bug, doing_ + ": the answer has no address.");
    }
    address_ = *address;
    return {};
  }

  Result<void> send_all() {
    bool must_ask = false;  // A piece broke, or its answer said nothing.
    int failures = 0;       // Since the storage last got further.
    while (true) {
      const bool asked = must_ask;
      const Result<http::ClientResponse> response = asked ? ask() : send_piece();
      if (!response && response.error().kind == Errc::cancelled) return fail(response.error());
      must_ask = !(response && take(*response));
      const bool got_further = arrived_ > furthest_;
      furthest_ = std::max(furthest_, arrived_);
      if (got_further && upload_.on_sent) upload_.on_sent(arrived_, total_);
      if (is_done_) return {};
      if (got_further) failures = 0;
      if (got_further || (asked && !must_ask)) continue;
      const auto wait = retries_.next(++failures, {});
      if (!wait) return gave_up(response);
      if (!pause_for(*wait, upload_.stop)) return fail(work_stopped());
    }
  }

  /// Best effort: the storage forgets it by itself within a week.
  void abort() {
    http::ClientRequest request = address_;
    request.method = "DELETE";
    static_cast<void>(rest_.send_presigned(request, calls_));
  }

  bool nothing_arrived() const { return furthest_ == 0; }

 private:
  Result<http::ClientResponse> send_piece() {
    const std::uint64_t bytes = std::min(piece_bytes, total_ - arrived_);
    http::ClientRequest request = address_;
    request.method = "PUT";
    request.headers.set("Content-Range", "bytes " + std::to_string(arrived_) + "-" +
                                             std::to_string(arrived_ + bytes - 1) + "/" +
                                             std::to_string(total_));
    request.upload = http::FileRange{upload_.file, arrived_, bytes};
    request.stop_token = upload_.stop;
    return rest_.send_presigned(request, calls_);
  }

  Result<http::ClientResponse> ask() {
    http::ClientRequest request = address_;
    request.method = "PUT";
    request.headers.set("Content-Range", "bytes */" + std::to_string(total_));
    request.stop_token = upload_.stop;
    return rest_.send_presigned(request, calls_);
  }

  /// False where the answer says neither that it is whole nor how much is there.
  bool take(const http::ClientResponse& response) {
    if (response.status == 200 || response.status == 201) {
      arrived_ = total_;
      is_done_ = true;
      return true;
    }
    if (response.status != status_incomplete) return false;
    // `bytes=0-524287`; none where nothing is kept yet.
    const std::string_view range = response.headers.get("Range");
    std::uint64_t last = 0;
    const std::size_t dash = range.find('-');
    const std::string_view digits = dash == range.npos ? "" : range.substr(dash + 1);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), last);
    const bool is_known = !digits.empty() && bad == std::errc() && last < total_;
    if (!range.empty() && !is_known) return false;
    arrived_ = is_known ? last + 1 : 0;
    return true;
  }

  Result<void> gave_up(const Result<http::ClientResponse>& response) const {
    const Error last = response ? to_error(api_error_of(*response), doing_) : response.error();
    return fail(Errc::unavailable, Code::databricks_unavailable, last.detail,
                "It is tried again by itself.");
  }

  Rest& rest_;
  const VolumeUpload& upload_;
  const std::uint64_t total_;
  CallCount& calls_;
  const RetryPolicy& retries_;
  const std::string doing_ = "Uploading to " + upload_.path;
  http::ClientRequest address_;
  std::uint64_t arrived_ = 0;  ///< As the storage says.
  std::uint64_t furthest_ = 0;
  bool is_done_ = false;
};

}  // namespace

Result<bool> upload_resumably(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes,
                              const std::string& session, CallCount& calls,
                              const RetryPolicy& retries) {
  ResumableUpload resumable(rest, upload, bytes, calls, retries);
  TRY(resumable.open(session));
  const Result<void> sent = resumable.send_all();
  if (sent) return true;
  resumable.abort();
  if (sent.error().kind == Errc::cancelled || !resumable.nothing_arrived()) {
    return fail(sent.error());
  }
  return false;
}

}  // namespace sluice::lakehouse::databricks
