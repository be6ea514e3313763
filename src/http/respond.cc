// Session, third part: writes the answer. Runs on the connection's strand; nothing in here may
// block.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "http/session_io.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t piece_bytes = Exchange::buffer_bytes_max;
constexpr std::chrono::milliseconds stream_poll{200};
constexpr std::chrono::seconds linger_time{2};
constexpr std::uint64_t linger_bytes_max = 64U << 20;

/// A control character in a header value would let data forge a second header.
void append_header(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) head += c;
  }
  head += "\r\n";
}

/// What the reader of a file piece leaves for the socket's side.
struct FilePiece {
  std::mutex mutex;
  std::string bytes;
  bool ready = false;

  bool is_ready() {
    const std::lock_guard<std::mutex> lock(mutex);
    return ready;
  }
};

void read_piece(int fd, std::uint64_t offset, std::size_t size, FilePiece& piece) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  const std::lock_guard<std::mutex> lock(piece.mutex);
  piece.bytes = std::move(bytes);
  piece.ready = true;
}

}  // namespace

std::string Session::head_of(const Response& response, std::optional<std::uint64_t> length) {
  std::string head = http_1_0_ ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status) + " " + std::string(reason_for(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    // Framing is ours alone: a handler's own Content-Length could contradict what we send.
    if (equals_ignore_case(name, "Content-Length") ||
        equals_ignore_case(name, "Transfer-Encoding") || equals_ignore_case(name, "Connection") ||
        equals_ignore_case(name, "X-Request-Id")) {
      continue;
    }
    append_header(head, name, value);
  }
  append_header(head, "Date", http_date(std::time(nullptr)));
  append_header(head, "X-Request-Id", exchange_->request.request_id);
  const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  if (!bodiless && length) append_header(head, "Content-Length", std::to_string(*length));
  chunked_ = !bodiless && !length && !http_1_0_;
  if (chunked_) append_header(head, "Transfer-Encoding", "chunked");
  if (!bodiless && !length && http_1_0_)
    keep_alive_ = false;  // the end is the end of the connection
  append_header(head, "Connection", keep_alive_ ? "keep-alive" : "close");
  return head + "\r\n";
}

asio::awaitable<bool> Session::respond(Response response, FileDescriptor file) {
  const bool head_only =
      exchange_->request.method == "HEAD" || response.status == 204 || response.status == 304;
  std::optional<std::uint64_t> length;
  if (const auto* text = std::get_if<std::string>(&response.body)) length = text->size();
  if (const auto* range = std::get_if<FileRange>(&response.body)) length = range->length;
  std::string head = head_of(response, length);
  bool sent = false;
  if (head_only) {
    chunked_ = false;
    sent = co_await send(std::move(head));
    // A stream that nobody reads must still end before its request does.
    if (std::holds_alternative<StreamBody>(response.body)) exchange_->abort();
  } else if (auto* text = std::get_if<std::string>(&response.body)) {
    head += *text;
    sent = co_await send(std::move(head));
  } else {
    sent = co_await send(std::move(head));
    if (!sent) exchange_->abort();
    if (auto* range = std::get_if<FileRange>(&response.body)) {
      auto shared = std::make_shared<FileDescriptor>(std::move(file));
      if (sent) sent = co_await send_file(std::move(shared), std::move(*range));
    } else if (auto* polled = std::get_if<PolledBody>(&response.body)) {
      if (sent) sent = co_await send_polled(std::move(*polled));
    } else {
      const bool complete = co_await send_stream();
      sent = sent && complete;
    }
    if (sent && chunked_) {
      std::string last = "0\r\n\r\n";
      sent = co_await send(std::move(last));
    }
  }
  report(sent || bytes_out_ > 0 ? response.status : 0);
  if (sent && !keep_alive_) co_await linger();
  co_return sent;
}

asio::awaitable<bool> Session::send(std::string bytes) {
  error_code error;
  const auto data = asio::buffer(bytes);
  stream_.expires_after(core_->options.write_deadline);
  const std::size_t written =
      co_await asio::async_write(stream_, data, asio::redirect_error(asio::use_awaitable, error));
  stream_.expires_never();
  bytes_out_ += written;
  co_return !error;
}

asio::awaitable<bool> Session::send_piece(std::string bytes) {
  if (bytes.empty()) co_return true;
  if (chunked_) {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    bytes.insert(0, size);
    bytes += "\r\n";
  }
  const bool sent = co_await send(std::move(bytes));
  co_return sent;
}

/// The disk is read by threads for it, a piece at a time and in turn: neither an io thread nor
/// another waits for a slow client.
asio::awaitable<bool> Session::send_file(std::shared_ptr<FileDescriptor> file, FileRange range) {
  while (range.length > 0) {
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, range.length));
    const auto piece = std::make_shared<FilePiece>();
    NoTurn why = NoTurn::full;
    const Deadline deadline = std::chrono::steady_clock::now() + core_->options.turn_deadline;
    auto place = std::make_shared<FairSlots::Place>();
    *place = co_await await_place(core_->file_pieces, deadline, why);
    if (!*place) co_return false;
    const std::function<void()> job = [self = shared_from_this(), file, piece, place,
                                       offset = range.offset, size] {
      read_piece(file->get(), offset, size, *piece);
      place->give_back();
      self->wake();
    };
    if (!core_->threads.post(job)) co_return false;
    while (!piece->is_ready()) co_await wait(stream_poll);
    if (piece->bytes.size() != size) co_return false;  // shrunk under us: cut, never pad
    const bool sent = co_await send_piece(std::move(piece->bytes));
    if (!sent) co_return false;
    range.offset += size;
    range.length -= size;
  }
  co_return true;
}

/// Always waits for the handler's end, also when the client has gone.
asio::awaitable<bool> Session::send_stream() {
  bool alive = true;
  for (;;) {
    Exchange::Piece piece = exchange_->take_piece();
    if (alive && !piece.bytes.empty()) {
      alive = co_await send_piece(std::move(piece.bytes));
      if (!alive) exchange_->abort();
      if (!piece.end) continue;
    }
    if (piece.end) co_return alive&& piece.complete;
    co_await wait(stream_poll);
    check_disconnect();
  }
}

asio::awaitable<bool> Session::send_polled(PolledBody body) {
  for (;;) {
    std::optional<std::string> next = body.next();
    if (!next || core_->draining) co_return true;
    const bool sent = co_await send_piece(std::move(*next));
    if (!sent) co_return false;
    co_await wait(body.interval);
    check_disconnect();
    if (exchange_->request.disconnected()) co_return false;
  }
}

/// Closing with unread bytes would reset the connection and take the answer with it (RFC
/// 9112, 9.6).
asio::awaitable<void> Session::linger() {
  error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::string waste(64U << 10, '\0');
  const auto room = asio::buffer(waste);
  std::uint64_t seen = 0;
  stream_.expires_after(linger_time);
  while (!error && seen < linger_bytes_max) {
    seen +=
        co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
  }
}

void Session::report(int status) {
  if (!core_->options.on_access) return;
  const Request& request = exchange_->request;
  Access access;
  access.method = request.method;
  access.path = request.path;
  access.route = request.route;
  access.status = status;
  access.bytes_in = bytes_in_;
  access.bytes_out = bytes_out_;
  access.duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started_);
  access.request_id = request.request_id;
  access.remote_address = request.remote_address;
  core_->options.on_access(access);
}

}  // namespace sluice::http
