#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "http/exchange.h"
#include "http/session.h"

namespace sluice::http {

/// One connection: a coroutine on its own strand. Only server.cc, session*.cc and respond.cc
/// include this header: each such unit costs some 20 s to compile.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket);
  ~Session();

  /// Serves requests until the connection ends.
  boost::asio::awaitable<void> run();
  const std::string& remote_address() const { return remote_address_; }
  /// Any thread: an idle connection closes now, a busy one after its answer.
  void drain();
  /// Any thread: closes the connection unless a request has come meanwhile.
  void cut_if_idle();
  /// Any thread: cuts the connection; a running handler sees its stop token.
  void abort();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  // session.cc: the connection and the head of a request
  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<bool> parse_head(boost::system::error_code& error);
  boost::asio::awaitable<bool> serve();
  boost::asio::awaitable<void> refuse_head(int status, Error error);
  std::optional<Response> begin_request();
  std::optional<Response> check_framing();
  void dispatch(const Route& route);
  void enter_idle();
  void leave_idle();

  // session_body.cc: the body of a request
  boost::asio::awaitable<void> pump_body(std::span<char> room);
  boost::asio::awaitable<bool> read_whole_body();
  boost::asio::awaitable<std::optional<Error>> read_whole(std::string& bytes, Deadline deadline);
  boost::asio::awaitable<std::size_t> read_body(std::span<char> room,
                                                boost::system::error_code& error);
  boost::asio::awaitable<void> send_continue();
  bool body_is_read() const;
  Error body_too_large() const;

  // session_turn.cc: waiting
  boost::asio::awaitable<void> await_answer();
  boost::asio::awaitable<void> take_turn(Later later);
  boost::asio::awaitable<FairSlots::Place> await_place(FairSlots& slots, Deadline deadline,
                                                       NoTurn& why);
  boost::asio::awaitable<void> wait(std::chrono::milliseconds at_most);
  void check_disconnect();
  bool is_gone() const { return exchange_->request.disconnected(); }
  void wake();

  // respond.cc: the answer
  boost::asio::awaitable<bool> respond(Response response, FileDescriptor file);
  std::string head_of(const Response& response, std::optional<std::uint64_t> length);
  boost::asio::awaitable<bool> send(std::string bytes);
  boost::asio::awaitable<bool> send_piece(std::string bytes);
  boost::asio::awaitable<bool> send_file(std::shared_ptr<FileDescriptor> file, FileRange range);
  boost::asio::awaitable<bool> send_stream();
  boost::asio::awaitable<bool> send_polled(PolledBody body);
  boost::asio::awaitable<void> linger();
  void report(int status);

  std::shared_ptr<ServerCore> core_;
  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer body_timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<Exchange> exchange_;
  std::string remote_address_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::duration body_wait_{};  ///< Time spent waiting for the client's body.
  std::uint64_t body_left_ = 0;  ///< Not read yet; of a body whose length is known.
  std::uint64_t body_bytes_max_ = 0;
  std::size_t whole_body_bytes_max_ = 0;
  std::list<Session*>::iterator idle_place_;  ///< In the core's list, while `idle_`.
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  bool woken_ = false;
  bool idle_ = false;         ///< Without a request: no whole head has come yet.
  bool awaits_head_ = false;  ///< Not even its first byte.
  bool is_first_ = true;
  bool reading_body_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  bool chunked_ = false;
  bool http_1_0_ = false;
};

}  // namespace sluice::http
