#pragma once

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

/// One connection: a coroutine on its own strand. Only server.cc, session.cc and respond.cc include
/// this header: each such unit costs some 20 s to compile.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket);
  ~Session();

  /// Serves requests until the connection ends.
  boost::asio::awaitable<void> run();
  /// Any thread: an idle connection closes now, a busy one after its answer.
  void drain();
  /// Any thread: cuts the connection; a running handler sees its stop token.
  void abort();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  // session.cc: the request
  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<bool> serve();
  boost::asio::awaitable<void> await_answer();
  boost::asio::awaitable<void> pump_body(std::span<char> room);
  boost::asio::awaitable<std::size_t> read_body(std::span<char> room,
                                                boost::system::error_code& error);
  bool body_is_read() const;
  boost::asio::awaitable<void> refuse_head(int status, Error error);
  std::optional<Response> begin_request();
  std::optional<Response> dispatch(const Route& route);
  void check_disconnect();
  void wake();
  boost::asio::awaitable<void> wait(std::chrono::milliseconds at_most);

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
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<Exchange> exchange_;
  std::string remote_address_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::duration body_wait_{};  ///< Time spent waiting for the client's body.
  std::uint64_t body_left_ = 0;  ///< Not read yet; of a body whose length is known.
  std::uint64_t body_bytes_max_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  bool woken_ = false;
  bool idle_ = false;
  bool reading_body_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  bool chunked_ = false;
  bool http_1_0_ = false;
};

}  // namespace sluice::http
