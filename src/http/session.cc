#include <poll.h>

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "base/ids.h"
#include "base/log.h"
#include "http/run_handler.h"
#include "http/session_io.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t read_bytes = 64U << 10;
constexpr std::uint64_t body_rate_min_bytes_per_s =
    1024;  // slower than any modem: a drip-feed attack
constexpr std::chrono::milliseconds disconnect_poll{200};
constexpr std::size_t request_id_length_max = 128;

bool is_good_request_id(std::string_view id) {
  return !id.empty() && id.size() <= request_id_length_max &&
         id.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+=-") ==
             std::string_view::npos;
}

/// `http://host/path` as proxies send it, to `/path` (RFC 9112, 3.2.2).
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

Error bad_request(std::string detail) {
  return Error{Errc::invalid_argument, "bad_request", std::move(detail), {}};
}

}  // namespace

Session::Session(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)),
      stream_(std::move(socket)),
      timer_(stream_.get_executor()),
      buffer_(core_->options.header_bytes_max + read_bytes) {
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = stream_.socket().remote_endpoint(ignored);
  if (!ignored) remote_address_ = peer.address().to_string();
  const std::lock_guard<std::mutex> lock(core_->mutex);
  core_->sessions.insert(this);
}

Session::~Session() {
  const std::lock_guard<std::mutex> lock(core_->mutex);
  core_->sessions.erase(this);
  core_->changed.notify_all();
}

asio::awaitable<void> Session::run() {
  while (!core_->draining) {
    const bool read = co_await read_head();
    if (!read) break;
    const bool more = co_await serve();
    exchange_.reset();
    if (!more) break;
  }
  error_code ignored;
  stream_.socket().close(ignored);
}

asio::awaitable<bool> Session::read_head() {
  parser_.emplace();
  parser_->header_limit(core_->options.header_bytes_max);
  parser_->body_limit(
      boost::none);  // we count ourselves, so that a handler may refuse the caller first
  error_code error;
  if (buffer_.size() == 0) {
    idle_ = true;
    stream_.expires_after(core_->options.idle_deadline);
    const auto room = buffer_.prepare(4096);
    const std::size_t got =
        co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
    idle_ = false;
    if (error) co_return false;
    buffer_.commit(got);
  }
  started_ = std::chrono::steady_clock::now();
  bytes_in_ = bytes_out_ = 0;
  keep_alive_ = false;
  http_1_0_ = false;
  chunked_ = false;
  stream_.expires_after(core_->options.header_deadline);
  co_await beast::http::async_read_header(stream_, buffer_, *parser_,
                                          asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return true;
  // No 408 for a slow head: on a timeout Beast has closed the socket already. Named before the
  // co_await: gcc 12 destroys an aggregate made inside the expression twice.
  int status = 0;
  Error refusal;
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
    status = 431;
    refusal = {
        Errc::too_large, "header_too_large", "The request line and headers are too large.", {}};
  } else if (error != beast::http::error::end_of_stream &&
             error != beast::http::error::partial_message &&
             error.category() == error_code(beast::http::error::bad_target).category()) {
    status = 400;
    refusal = bad_request("The request is not HTTP/1.1: " + error.message() + ".");
  }
  if (status != 0) co_await refuse_head(status, std::move(refusal));
  co_return false;
}

asio::awaitable<void> Session::refuse_head(int status, Error error) {
  exchange_ = std::make_shared<Exchange>(0, [] {});
  exchange_->request.request_id = new_uuid_v7();
  exchange_->request.remote_address = remote_address_;
  Response response = core_->error_response(exchange_->request, status, error);
  FileDescriptor none;
  co_await respond(std::move(response), std::move(none));
}

/// Fills the Request; a Response means that no handler runs.
std::optional<Response> Session::begin_request() {
  const auto& message = parser_->get();
  std::optional<std::uint64_t> length;
  if (parser_->content_length()) length = *parser_->content_length();
  if (!parser_->chunked() && !length) length = 0;
  body_left_ = length.value_or(0);
  exchange_ = std::make_shared<Exchange>(length, [weak = weak_from_this()] {
    if (const std::shared_ptr<Session> self = weak.lock()) self->wake();
  });
  Request& request = exchange_->request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.remote_address = remote_address_;
  request.stop_token = exchange_->stop_token();
  for (const auto& field : message) request.headers.add(field.name_string(), field.value());
  const std::string_view wanted_id = request.headers.get("X-Request-Id");
  request.request_id = is_good_request_id(wanted_id) ? std::string(wanted_id) : new_uuid_v7();
  keep_alive_ = parser_->keep_alive();
  http_1_0_ = message.version() < 11;
  expects_continue_ =
      !http_1_0_ && equals_ignore_case(request.headers.get("Expect"), "100-continue");
  body_wait_ = {};
  // RFC 9112, 6.3: where such a body ends nobody can tell, nor where the next request begins.
  if (!parser_->chunked() && request.headers.count("Transfer-Encoding") > 0) {
    keep_alive_ = false;
    return core_->error_response(
        request, 400, bad_request("The body's Transfer-Encoding does not end in chunked."));
  }

  const std::string_view target = origin_form(request.target);
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = std::string(target.substr(0, mark));
  if (!http_1_0_ && request.headers.count("Host") != 1) {
    return core_->error_response(request, 400,
                                 bad_request("There must be exactly one Host header."));
  }
  auto query = parse_query(mark == target.size() ? std::string_view() : target.substr(mark + 1));
  if (!query) {
    return core_->error_response(request, 400,
                                 bad_request("The query is not valid percent-encoding."));
  }
  request.query = std::move(*query);
  auto found = core_->router.find(request.method, request.path);
  if (const RouteMiss* miss = std::get_if<RouteMiss>(&found)) {
    Error error{Errc::not_found, "no_such_route", "There is nothing at this path.", {}};
    if (miss->status == 400) error = bad_request("The path is not valid.");
    if (miss->status == 405)
      error = {Errc::invalid_argument, "method_not_allowed",
               "This path does not take " + request.method + ".", "Allowed: " + miss->allow};
    Response response = core_->error_response(request, miss->status, error);
    if (!miss->allow.empty()) response.headers.set("Allow", miss->allow);
    return response;
  }
  RouteMatch& match = std::get<RouteMatch>(found);
  request.parameters = std::move(match.parameters);
  request.route = match.route->pattern;
  return dispatch(*match.route);
}

std::optional<Response> Session::dispatch(const Route& route) {
  Request& request = exchange_->request;
  body_bytes_max_ = route.options.body_bytes_max.value_or(core_->options.body_bytes_max);
  if (route.options.on_io) {
    run_handler(*core_, route.handler, *exchange_);
    return std::nullopt;
  }
  // The reader lives inside the exchange that holds the request: not owned, or it would keep itself
  // alive.
  request.set_body(std::shared_ptr<BodyReader>(std::shared_ptr<void>(), exchange_.get()));
  const bool taken = core_->pool.try_post([core = core_, &route, exchange = exchange_] {
    run_handler(*core, route.handler, *exchange);
  });
  if (taken) return std::nullopt;
  Response busy =
      core_->error_response(request, 503,
                            Error{Errc::resource_exhausted, "server_busy",
                                  "Too many requests are waiting.", "Try again in a second."});
  busy.headers.set("Retry-After", "1");
  return busy;
}

asio::awaitable<bool> Session::serve() {
  std::optional<Response> refused = begin_request();
  FileDescriptor file;
  if (refused) {
    // Whoever sends one bad request may have lost count of where the next begins.
    if (refused->status == 400) keep_alive_ = false;
  } else {
    co_await await_answer();
    refused = exchange_->take_answer(file);
  }
  if (!body_is_read() || core_->draining) keep_alive_ = false;
  const bool sent = co_await respond(std::move(*refused), std::move(file));
  co_return sent&& keep_alive_;
}

asio::awaitable<void> Session::await_answer() {
  while (!exchange_->answered()) {
    if (const std::span<char> room = exchange_->body_room(); !room.empty()) {
      co_await pump_body(room);
    } else {
      co_await wait(disconnect_poll);
      check_disconnect();
    }
  }
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
  const auto too_large = [this] {
    exchange_->body_failed(
        Error{Errc::too_large,
              "body_too_large",
              "The request body is larger than " + std::to_string(body_bytes_max_) + " bytes.",
              {}});
  };
  if (exchange_->length().value_or(0) > body_bytes_max_) {
    too_large();
    co_return;
  }
  if (body_is_read()) {
    exchange_->body_ended();
    co_return;
  }
  if (std::exchange(expects_continue_, false)) {
    std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await send(std::move(go_on));
  }
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
    too_large();
    co_return;
  }
  exchange_->body_arrived(got);
  const auto patience = core_->options.read_deadline +
                        std::chrono::milliseconds(bytes_in_ * 1000 / body_rate_min_bytes_per_s);
  if (error == beast::error::timeout || body_wait_ > patience) {
    exchange_->body_failed(Error{
        Errc::deadline_exceeded, "body_too_slow", "The request body did not arrive in time.", {}});
  } else if (error && error != asio::error::operation_aborted) {
    if (error.category() == error_code(beast::http::error::bad_chunk).category() &&
        error != beast::http::error::partial_message &&
        error != beast::http::error::end_of_stream) {
      exchange_->body_failed(Error{Errc::invalid_argument,
                                   "bad_body",
                                   "The request body is not valid: " + error.message() + ".",
                                   {}});
    } else {
      exchange_->abort();
    }
  } else if (!error && body_is_read()) {
    exchange_->body_ended();
  }
}

/// A half-close counts as gone, as with nginx: nobody waits for the answer of a client that hung
/// up.
void Session::check_disconnect() {
  pollfd state{stream_.socket().native_handle(), POLLRDHUP, 0};
  if (state.fd < 0 ||
      (::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)) {
    exchange_->abort();
  }
}

void Session::wake() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->woken_ = true;
    self->timer_.cancel();
    // The handler answered without waiting for the rest of the body that we prefetch.
    if (self->reading_body_ && self->exchange_ && self->exchange_->answered())
      self->stream_.cancel();
  });
}

asio::awaitable<void> Session::wait(std::chrono::milliseconds at_most) {
  if (!std::exchange(woken_, false)) {
    error_code ignored;
    timer_.expires_after(at_most);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    woken_ = false;
  }
}

void Session::drain() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->idle_) self->stream_.cancel();
    self->woken_ = true;
    self->timer_.cancel();
  });
}

void Session::abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->exchange_) self->exchange_->abort();
    error_code ignored;
    self->stream_.socket().close(ignored);
    self->woken_ = true;
    self->timer_.cancel();
  });
}

}  // namespace sluice::http
