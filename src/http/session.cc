#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "base/ids.h"
#include "base/log.h"
#include "http/error_codes.h"
#include "http/percent_encoding.h"
#include "http/run_handler.h"
#include "http/session_io.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t read_bytes = 64U << 10;
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

bool has_folded_line(std::string_view head) {
  for (std::size_t at = 0;;) {
    if (at < head.size() && (head[at] == ' ' || head[at] == '\t')) return true;
    const std::size_t end = head.find("\r\n", at);
    if (end == std::string_view::npos || end == at) return false;
    at = end + 2;
  }
}

Error bad_request(std::string detail) {
  return Error{Errc::invalid_argument, Code::bad_request, std::move(detail), {}};
}

}  // namespace

Session::Session(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)),
      stream_(std::move(socket)),
      timer_(stream_.get_executor()),
      body_timer_(stream_.get_executor()),
      buffer_(core_->options.header_bytes_max + read_bytes) {
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = stream_.socket().remote_endpoint(ignored);
  if (!ignored) remote_address_ = peer.address().to_string();
  const std::lock_guard<std::mutex> lock(core_->mutex);
  core_->sessions.insert(this);
  ++core_->of_peer[remote_address_];
}

Session::~Session() {
  leave_idle();
  const std::lock_guard<std::mutex> lock(core_->mutex);
  core_->sessions.erase(this);
  if (--core_->of_peer[remote_address_] == 0) core_->of_peer.erase(remote_address_);
  core_->changed.notify_all();
}

void Session::enter_idle() {
  if (std::exchange(idle_, true)) return;
  const std::lock_guard<std::mutex> lock(core_->mutex);
  idle_place_ = core_->idle.insert(core_->idle.end(), this);
}

void Session::leave_idle() {
  if (!std::exchange(idle_, false)) return;
  const std::lock_guard<std::mutex> lock(core_->mutex);
  core_->idle.erase(idle_place_);
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
  enter_idle();
  if (buffer_.size() == 0) {
    const auto& options = core_->options;
    stream_.expires_after(std::exchange(is_first_, false)
                              ? std::min(options.first_byte_deadline, options.idle_deadline)
                              : options.idle_deadline);
    const auto room = buffer_.prepare(4096);
    awaits_head_ = true;
    const std::size_t got =
        co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
    awaits_head_ = false;
    if (error) co_return false;
    buffer_.commit(got);
  }
  started_ = std::chrono::steady_clock::now();
  bytes_in_ = bytes_out_ = 0;
  keep_alive_ = false;
  http_1_0_ = false;
  chunked_ = false;
  stream_.expires_after(core_->options.header_deadline);
  const bool parsed = co_await parse_head(error);
  leave_idle();
  if (parsed) co_return true;
  // No 408 for a slow head: on a timeout Beast has closed the socket already. Named before the
  // co_await: gcc 12 destroys an aggregate made inside the expression twice.
  int status = 0;
  Error refusal;
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
    status = 431;
    refusal = {
        Errc::too_large, Code::header_too_large, "The request line and headers are too large.", {}};
  } else if (error != beast::http::error::end_of_stream &&
             error != beast::http::error::partial_message &&
             error.category() == error_code(beast::http::error::bad_target).category()) {
    status = 400;
    refusal = bad_request("The request is not HTTP/1.1: " + error.message() + ".");
  }
  if (status != 0) co_await refuse_head(status, std::move(refusal));
  co_return false;
}

/// As async_read_header, but for lines that go on in the next (RFC 9112, 5.2), which the parser
/// would join: whoever stands between us and the client may have read them in another way.
asio::awaitable<bool> Session::parse_head(error_code& error) {
  for (;;) {
    if (buffer_.size() > 0) {
      const auto bytes = buffer_.data();
      if (has_folded_line({static_cast<const char*>(bytes.data()), bytes.size()})) {
        error = beast::http::error::bad_obs_fold;
        co_return false;
      }
      buffer_.consume(parser_->put(bytes, error));
      if (error == beast::http::error::need_more) error = {};
      if (error) co_return false;
      if (parser_->is_header_done()) co_return true;
    }
    const auto room = buffer_.prepare(4096);
    buffer_.commit(
        co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error)));
    if (error) co_return false;
  }
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
  if (std::optional<Response> refused = check_framing()) return refused;
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
    Error error{Errc::not_found, Code::no_such_route, "There is nothing at this path.", {}};
    if (miss->status == 400) error = bad_request("The path is not valid.");
    if (miss->status == 405)
      error = {Errc::invalid_argument, Code::method_not_allowed,
               "This path does not take " + request.method + ".", "Allowed: " + miss->allow};
    Response response = core_->error_response(request, miss->status, error);
    if (!miss->allow.empty()) response.headers.set("Allow", miss->allow);
    return response;
  }
  RouteMatch& match = std::get<RouteMatch>(found);
  request.parameters = std::move(match.parameters);
  request.route = match.route->pattern;
  dispatch(*match.route);
  return std::nullopt;
}

/// RFC 9112, 6.1 and 6.3: how long a body is must be beyond doubt for all who read it on its way.
std::optional<Response> Session::check_framing() {
  const Request& request = exchange_->request;
  const std::size_t codings = request.headers.count("Transfer-Encoding");
  const std::string_view coding = request.headers.get("Transfer-Encoding");
  if (codings == 0 || (codings == 1 && equals_ignore_case(coding, "chunked") && !http_1_0_)) {
    return std::nullopt;
  }
  keep_alive_ = false;
  if (http_1_0_ || coding.find(';') != std::string_view::npos) {
    return core_->error_response(request, 400,
                                 bad_request("The Transfer-Encoding is not one of HTTP/1.1."));
  }
  return core_->error_response(
      request, 501,
      Error{Errc::invalid_argument, Code::transfer_encoding,
            "No Transfer-Encoding is taken but chunked.", "Send the body as it is."});
}

void Session::dispatch(const Route& route) {
  Request& request = exchange_->request;
  body_bytes_max_ = route.options.body_bytes_max.value_or(core_->options.body_bytes_max);
  whole_body_bytes_max_ = route.options.whole_body_bytes_max;
  if (route.options.on_io) return run_handler(*core_, route.handler, *exchange_);
  // The reader lives inside the exchange that holds the request: not owned, or it would keep itself
  // alive.
  request.set_body(std::shared_ptr<BodyReader>(std::shared_ptr<void>(), exchange_.get()));
  request.body_is_whole = body_is_read();
  if (core_->options.owner_hint) request.owner = core_->options.owner_hint(request);
  const bool is_known = !request.owner.empty();
  // No tenant's name has a blank.
  if (!is_known) request.owner = "peer " + remote_address_;
  Later first = first_step(*core_, route);
  first.wants_body = is_known && whole_body_bytes_max_ > 0;
  exchange_->hand_over(std::move(first));
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

void Session::drain() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->awaits_head_) self->stream_.cancel();
    self->woken_ = true;
    self->timer_.cancel();
  });
}

void Session::cut_if_idle() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (!self->idle_) return;
    error_code ignored;
    self->stream_.socket().close(ignored);
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
