// Session: reads the body of a request. Runs on the connection's strand; nothing in here may
// block.
#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "http/error_codes.h"
#include "http/session_io.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::uint64_t body_rate_min_bytes_per_s =
    1024;  // slower than any modem: a drip-feed attack
constexpr std::size_t whole_body_piece_bytes = 64U << 10;

Error body_too_slow() {
  return {
      Errc::deadline_exceeded, Code::body_too_slow, "The request body did not arrive in time.", {}};
}

Error bad_body(const error_code& error) {
  return {Errc::invalid_argument,
          Code::bad_body,
          "The request body is not valid: " + error.message() + ".",
          {}};
}

/// Of the parser, and not of the connection.
bool is_malformed(const error_code& error) {
  return error.category() == error_code(beast::http::error::bad_chunk).category() &&
         error != beast::http::error::partial_message && error != beast::http::error::end_of_stream;
}

/// A small body that was received, and the place that its memory takes until it is read.
class WholeBody final : public BodyReader {
 public:
  WholeBody(std::string bytes, FairSlots::Place place)
      : length_(bytes.size()), body_(std::move(bytes)), place_(std::move(place)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    TRY_ASSIGN(const std::size_t got, body_->read(buffer));
    if ((left_ -= got) == 0) {
      body_.emplace(std::string());
      place_.give_back();
    }
    return got;
  }
  std::optional<std::uint64_t> length() const override { return length_; }

 private:
  const std::size_t length_;
  std::size_t left_ = length_;
  std::optional<StringBody> body_;
  FairSlots::Place place_;
};

}  // namespace

Error Session::body_too_large() const {
  const std::uint64_t most = whole_body_bytes_max_ > 0 ? whole_body_bytes_max_ : body_bytes_max_;
  return {Errc::too_large,
          Code::body_too_large,
          "The request body is larger than " + std::to_string(most) + " bytes.",
          {}};
}

asio::awaitable<void> Session::send_continue() {
  if (!std::exchange(expects_continue_, false)) co_return;
  std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  co_await send(std::move(go_on));
}

bool Session::body_is_read() const {
  return parser_->chunked() ? parser_->is_done() : body_left_ == 0;
}

/// Some bytes of the body into `room`; how many. A chunked one goes through the parser. Of another
/// the length is known: what was read behind the head, then the socket, without a copy between.
asio::awaitable<std::size_t> Session::read_body(std::span<char> room, error_code& error) {
  if (parser_->chunked()) {
    auto& body = parser_->get().body();
    body.data = room.data();
    body.size = room.size();
    body.more = true;
    co_await beast::http::async_read_some(stream_, buffer_, *parser_,
                                          asio::redirect_error(asio::use_awaitable, error));
    if (error == beast::http::error::need_buffer) error = {};
    co_return room.size() - body.size;
  }
  std::size_t got = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), body_left_));
  if (buffer_.size() > 0) {
    got = asio::buffer_copy(asio::buffer(room.data(), got), buffer_.data());
    buffer_.consume(got);
  } else {
    got = co_await stream_.async_read_some(asio::buffer(room.data(), got),
                                           asio::redirect_error(asio::use_awaitable, error));
  }
  body_left_ -= got;
  co_return got;
}

/// Moves one piece from the socket into the exchange.
asio::awaitable<void> Session::pump_body(std::span<char> room) {
  if (exchange_->length().value_or(0) > body_bytes_max_) {
    exchange_->body_failed(body_too_large());
    co_return;
  }
  if (body_is_read()) {
    exchange_->body_ended();
    co_return;
  }
  co_await send_continue();
  error_code error;
  stream_.expires_after(core_->options.read_deadline);
  const auto before = std::chrono::steady_clock::now();
  reading_body_ = true;
  const std::size_t got = co_await read_body(room, error);
  reading_body_ = false;
  body_wait_ += std::chrono::steady_clock::now() - before;
  stream_.expires_never();
  bytes_in_ += got;
  if (bytes_in_ > body_bytes_max_) {
    exchange_->body_failed(body_too_large());
    co_return;
  }
  exchange_->body_arrived(got);
  const auto patience = core_->options.read_deadline +
                        std::chrono::milliseconds(bytes_in_ * 1000 / body_rate_min_bytes_per_s);
  if (error == beast::error::timeout || body_wait_ > patience) {
    exchange_->body_failed(body_too_slow());
  } else if (error && error != asio::error::operation_aborted) {
    if (is_malformed(error)) {
      exchange_->body_failed(bad_body(error));
    } else {
      exchange_->abort();
    }
  } else if (!error && body_is_read()) {
    exchange_->body_ended();
  }
}

/// False where the request has its answer now, for no handler will see it.
asio::awaitable<bool> Session::read_whole_body() {
  Request& request = exchange_->request;
  if (request.body_is_whole) co_return true;
  const Deadline deadline = std::chrono::steady_clock::now() + core_->options.whole_body_deadline;
  std::optional<Error> failed;
  std::string bytes;
  FairSlots::Place place;
  const bool is_here = !parser_->chunked() && body_left_ <= buffer_.size();
  if (exchange_->length().value_or(0) > whole_body_bytes_max_) {
    failed = body_too_large();
  } else if (!is_here) {
    NoTurn why = NoTurn::full;
    place = co_await await_place(core_->whole_bodies, deadline, why);
    if (!place && why == NoTurn::full) {
      failed = Error{Errc::resource_exhausted, Code::server_busy,
                     "Too many requests are being received.", "Try again in a second."};
    } else if (!place) {
      failed = body_too_slow();
    }
  }
  if (!failed) failed = co_await read_whole(bytes, deadline);
  if (!failed) {
    request.set_body(std::make_shared<WholeBody>(std::move(bytes), std::move(place)));
    request.body_is_whole = true;
    co_return true;
  }
  const int status = failed->code == Code::body_too_slow ? 408 : status_for(failed->kind);
  Response response = core_->error_response(request, status, *failed);
  FileDescriptor none;
  exchange_->answer(std::move(response), std::move(none));
  co_return false;
}

asio::awaitable<std::optional<Error>> Session::read_whole(std::string& bytes, Deadline deadline) {
  co_await send_continue();
  // Not the stream's own deadline, which closes the socket: a 408 is still to be sent.
  body_timer_.expires_at(deadline);
  body_timer_.async_wait([self = shared_from_this()](const error_code& ended) {
    if (!ended && self->reading_body_) self->stream_.cancel();
  });
  stream_.expires_never();
  std::optional<Error> failed;
  error_code error;
  while (!failed && !body_is_read()) {
    const std::size_t before = bytes.size();
    const std::uint64_t wanted = parser_->chunked() ? whole_body_piece_bytes : body_left_;
    bytes.resize(before +
                 static_cast<std::size_t>(std::min<std::uint64_t>(wanted, whole_body_piece_bytes)));
    const std::span<char> room(bytes.data() + before, bytes.size() - before);
    reading_body_ = true;
    const std::size_t got = co_await read_body(room, error);
    reading_body_ = false;
    bytes.resize(before + got);
    bytes_in_ += got;
    if (bytes.size() > whole_body_bytes_max_) {
      failed = body_too_large();
    } else if (error == asio::error::operation_aborted ||
               (!body_is_read() && std::chrono::steady_clock::now() >= deadline)) {
      failed = body_too_slow();
    } else if (error) {
      if (!is_malformed(error)) exchange_->abort();
      failed = bad_body(error);
    }
  }
  body_timer_.cancel();
  co_return failed;
}

}  // namespace sluice::http
