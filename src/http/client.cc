#include "http/client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/files.h"
#include "http/curl_error.h"
#include "http/error_codes.h"

namespace sluice::http {
namespace {

constexpr std::size_t error_body_bytes_max = 64U << 10;  // enough for any problem document
constexpr std::size_t header_bytes_max = 256U << 10;
constexpr std::size_t idle_handles_max = 16;

/// An easy handle with a multi handle of its own: the multi owns the kept connections and can be
/// woken.
struct Handle {
  CURL* easy = curl_easy_init();
  CURLM* multi = curl_multi_init();
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
};

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

/// One call in progress; libcurl's callbacks get a pointer to it.
struct Call {
  CURL* easy = nullptr;
  ClientResponse response;
  std::optional<Error> error;  ///< What a callback decided; wins over libcurl's own code.
  std::function<Result<void>(const ClientResponse&)> on_head;
  std::function<Result<void>(std::string_view)> on_chunk;
  std::size_t header_bytes = 0;
  bool head_given = false;
  FileDescriptor upload;
  std::uint64_t upload_offset = 0;
  std::uint64_t upload_left = 0;
  std::string_view prefix_left;
  std::string_view suffix_left;
  std::uint64_t upload_total = 0;
  std::uint64_t upload_sent = 0;
  std::function<void(std::uint64_t, std::uint64_t)> on_sent;

  bool keep(Result<void> outcome) {
    if (outcome) return true;
    error = std::move(outcome).error();
    return false;
  }

  bool give_head() {
    if (head_given) return true;
    head_given = true;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    return !on_head || keep(on_head(response));
  }
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  Call& call = *static_cast<Call*>(user);
  const std::string_view bytes(data, size * count);
  call.response.body_bytes += bytes.size();
  if (!call.give_head() || !call.keep(call.on_chunk(bytes))) return 0;
  return bytes.size();
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  Call& call = *static_cast<Call*>(user);
  std::string_view line(data, size * count);
  const std::size_t whole = line.size();
  call.header_bytes += whole;
  if (call.header_bytes > header_bytes_max) {
    call.error =
        Error{Errc::too_large, Code::response_too_large, "The answer's headers are too large.", {}};
    return 0;
  }
  if (line.starts_with("HTTP/")) call.response.headers = {};  // after a 100 comes the real head
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return whole;
  const std::string_view name = line.substr(0, colon);
  line.remove_prefix(colon + 1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
  call.response.headers.add(name, line);
  return whole;
}

std::size_t give_text(std::string_view& left, char* data, std::size_t room) {
  const std::size_t given = left.copy(data, room);
  left.remove_prefix(given);
  return given;
}

/// Bytes of the file; CURL_READFUNC_ABORT where it became shorter.
std::size_t give_file(Call& call, char* data, std::size_t room) {
  const std::size_t want =
      static_cast<std::size_t>(std::min<std::uint64_t>(room, call.upload_left));
  const ssize_t got =
      ::pread(call.upload.get(), data, want, static_cast<off_t>(call.upload_offset));
  if (got <= 0) {
    call.error =
        Error{Errc::data_loss, Code::upload_file_short, "The file to send became shorter.", {}};
    return CURL_READFUNC_ABORT;
  }
  call.upload_offset += static_cast<std::uint64_t>(got);
  call.upload_left -= static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

std::size_t give_upload(char* data, std::size_t size, std::size_t count, void* user) {
  Call& call = *static_cast<Call*>(user);
  const std::size_t room = size * count;
  std::size_t given = 0;
  if (!call.prefix_left.empty()) {
    given = give_text(call.prefix_left, data, room);
  } else if (call.upload_left > 0) {
    given = give_file(call, data, room);
    if (given == CURL_READFUNC_ABORT) return given;
  } else {
    given = give_text(call.suffix_left, data, room);
  }
  call.upload_sent += given;
  if (call.on_sent) call.on_sent(call.upload_sent, call.upload_total);
  return given;
}

template <typename T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);
}

void set_options(CURL* easy, const ClientRequest& request, const std::string& user_agent,
                 Call& call) {
  curl_easy_reset(easy);  // keeps connections, drops every option of the last call
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_USERAGENT, user_agent.c_str());
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.deadline.count()));
  set(easy, CURLOPT_WRITEFUNCTION, &take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&call));
  set(easy, CURLOPT_HEADERFUNCTION, &take_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&call));
  if (!request.ca_file.empty()) set(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.may_reuse_connection) set(easy, CURLOPT_FRESH_CONNECT, 1L);
  if (request.method == "HEAD") set(easy, CURLOPT_NOBODY, 1L);
  if (request.upload) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_READFUNCTION, &give_upload);
    set(easy, CURLOPT_READDATA, static_cast<void*>(&call));
    set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(call.upload_total));
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
             request.method == "PATCH") {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method != "HEAD") set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

struct Client::Impl {
  explicit Impl(std::string agent) : user_agent(std::move(agent)) {
    static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(once);
  }

  std::unique_ptr<Handle> borrow() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (idle.empty()) return std::make_unique<Handle>();
    std::unique_ptr<Handle> handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }
  void give_back(std::unique_ptr<Handle> handle) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (idle.size() < idle_handles_max) idle.push_back(std::move(handle));
  }

  Result<void> drive(Handle& handle, const ClientRequest& request, Call& call,
                     const std::function<Result<void>()>& on_tick);
  Result<ClientResponse> run(const ClientRequest& request, Call& call,
                             const std::function<Result<void>()>& on_tick);

  const std::string user_agent;
  std::mutex mutex;
  std::vector<std::unique_ptr<Handle>> idle;
};

/// Runs the transfer until it ends, is stopped or stalls.
Result<void> Client::Impl::drive(Handle& handle, const ClientRequest& request, Call& call,
                                 const std::function<Result<void>()>& on_tick) {
  using Time = std::chrono::steady_clock;
  const std::stop_callback waker(request.stop_token,
                                 [&handle] { curl_multi_wakeup(handle.multi); });
  const std::string place = place_of(request.url);
  Time::time_point tick = Time::now();
  Time::time_point slow_since = tick;
  std::uint64_t slow_bytes = 0;
  int running = 1;
  while (true) {
    const CURLMcode code = curl_multi_perform(handle.multi, &running);
    if (request.stop_token.stop_requested()) {
      return fail(Errc::cancelled, Code::http_cancelled, "The call was cancelled.");
    }
    if (code != CURLM_OK)
      return fail(Errc::internal, Code::http_client_broken, curl_multi_strerror(code));
    if (running == 0) break;
    const Time::time_point now = Time::now();
    if (now - tick >= std::chrono::milliseconds(200)) {
      tick = now;
      if (on_tick) TRY(on_tick());
    }
    // Our own low-speed clock: libcurl's reports as a timeout like any other. It counts both
    // directions.
    curl_off_t sent = 0;
    curl_easy_getinfo(handle.easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    const std::uint64_t moved =
        call.response.body_bytes + static_cast<std::uint64_t>(sent) + call.header_bytes;
    const auto window = std::chrono::seconds(request.low_speed_time);
    if (window.count() > 0 && now - slow_since >= window) {
      if (moved - slow_bytes <
          request.low_speed_bytes_per_s * static_cast<std::uint64_t>(window.count())) {
        return fail(Errc::unavailable, Code::stalled, place + " stopped sending.");
      }
      slow_since = now;
      slow_bytes = moved;
    }
    curl_multi_poll(handle.multi, nullptr, 0, 100, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(handle.multi, &left);
  const CURLcode code = message == nullptr ? CURLE_RECV_ERROR : message->data.result;
  if (call.error) return fail(*call.error);
  if (code != CURLE_OK) return fail(error_of(code, handle.easy, place));
  call.give_head();
  if (call.error) return fail(*call.error);
  return {};
}

Result<ClientResponse> Client::Impl::run(const ClientRequest& request, Call& call,
                                         const std::function<Result<void>()>& on_tick) {
  HeaderList headers;
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(Errc::invalid_argument, Code::bad_header, "A header holds a line end.");
    }
    headers.add(name + (value.empty() ? ";" : ": " + value));
  }
  // libcurl would wait a second for a 100 that few servers send, and add form data's type to any
  // POST.
  if (request.headers.find("Expect") == nullptr) headers.add("Expect:");
  if (request.headers.find("Content-Type") == nullptr) headers.add("Content-Type:");
  if (request.upload) {
    call.upload = FileDescriptor(::open(request.upload->path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!call.upload) return fail(error_from_errno(errno, "open", request.upload->path.string()));
    const off_t size = ::lseek(call.upload.get(), 0, SEEK_END);
    call.upload_offset = request.upload->offset;
    const std::uint64_t rest = static_cast<std::uint64_t>(size) -
                               std::min(static_cast<std::uint64_t>(size), call.upload_offset);
    call.upload_left = request.upload->length == 0 ? rest : request.upload->length;
    call.prefix_left = request.upload_prefix;
    call.suffix_left = request.upload_suffix;
    call.upload_total = call.prefix_left.size() + call.upload_left + call.suffix_left.size();
    call.on_sent = request.on_sent;
  }
  std::unique_ptr<Handle> handle = borrow();
  call.easy = handle->easy;
  set_options(handle->easy, request, user_agent, call);
  set(handle->easy, CURLOPT_HTTPHEADER, headers.list);
  curl_multi_add_handle(handle->multi, handle->easy);
  const Result<void> outcome = drive(*handle, request, call, on_tick);
  curl_multi_remove_handle(handle->multi, handle->easy);
  curl_easy_reset(handle->easy);  // no pointers into this frame may stay behind
  if (!outcome) return fail(outcome.error());
  give_back(std::move(handle));
  return std::move(call.response);
}

Client::Client(std::string user_agent) : impl_(std::make_unique<Impl>(std::move(user_agent))) {}
Client::~Client() = default;

Result<ClientResponse> Client::send(const ClientRequest& request) {
  Call call;
  call.on_chunk = [&](std::string_view bytes) -> Result<void> {
    if (call.response.body_bytes > request.response_bytes_max) {
      return fail(
          Errc::too_large, Code::response_too_large,
          "The answer is larger than " + std::to_string(request.response_bytes_max) + " bytes.");
    }
    call.response.body.append(bytes);
    return {};
  };
  return impl_->run(request, call, {});
}

Result<ClientResponse> Client::send_to_file(const ClientRequest& request, int fd,
                                            const std::function<void(std::string_view)>& on_bytes) {
  Call call;
  call.on_chunk = [&](std::string_view bytes) -> Result<void> {
    if (call.response.status < 200 || call.response.status > 299) {
      std::string& body = call.response.body;
      body.append(
          bytes.substr(0, error_body_bytes_max - std::min(error_body_bytes_max, body.size())));
      return {};
    }
    TRY(write_all(fd, bytes, "download"));
    if (on_bytes) on_bytes(bytes);
    return {};
  };
  return impl_->run(request, call, {});
}

Result<ClientResponse> Client::stream(const ClientRequest& request, const ClientStream& stream) {
  Call call;
  call.on_head = stream.on_head;
  call.on_chunk = [&](std::string_view bytes) -> Result<void> {
    if (!stream.on_chunk) return {};
    return stream.on_chunk(bytes);
  };
  return impl_->run(request, call, stream.on_tick);
}

}  // namespace sluice::http
