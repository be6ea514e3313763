#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error_codes.h"
#include "base/log.h"
#include "http/error_codes.h"
#include "http/session_io.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t overdraft_max = 8;

/// How many connections leave enough descriptors for files, databases and workers.
std::size_t connections_of(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto most = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t kept = std::min<std::size_t>(512, 32 + most / 4);
  return std::min(wanted, most > kept + 8 ? most - kept : 8);
}

ServerOptions fitted(ServerOptions options) {
  options.connections_max = connections_of(options.connections_max);
  return options;
}

FairSlots::Limits short_work_limits(const ServerOptions& options) {
  const auto or_all = [](std::size_t some, std::size_t all) { return some == 0 ? all : some; };
  return {options.blocking_threads, or_all(options.blocking_owner_max, options.blocking_threads),
          options.blocking_reserve, options.blocking_queue_max,
          or_all(options.blocking_queue_owner_max, options.blocking_queue_max)};
}

/// An owner may have half of them in hand, and as many wait as there may be connections.
FairSlots::Limits halves_of(std::size_t places, std::size_t connections) {
  return {places, std::max<std::size_t>(1, places / 2), places / 8, connections, connections};
}

asio::awaitable<void> serve_connection(std::shared_ptr<Session> session) {
  try {
    co_await session->run();
  } catch (const std::exception& caught) {
    log::error("a connection failed", {{"what", caught.what()}});
  }
}

asio::awaitable<void> accept_all(std::shared_ptr<ServerCore> core, tcp::acceptor& acceptor,
                                 asio::io_context& io) {
  asio::steady_timer pause(acceptor.get_executor());
  while (!core->draining) {
    tcp::socket socket(asio::make_strand(io));
    error_code error;
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (core->draining || error == asio::error::operation_aborted) break;
    if (error) {  // out of descriptors, mostly: others must end first
      core->cut_idlest();
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    std::size_t open = 0;
    {
      const std::lock_guard<std::mutex> lock(core->mutex);
      open = core->sessions.size();
    }
    // The one that is cut is not closed at once: a few too many are no harm.
    const std::size_t most = core->options.connections_max;
    if (open >= most && (!core->cut_idlest() || open >= most + overdraft_max))
      continue;  // closes it
    const auto executor = socket.get_executor();
    auto session = std::make_shared<Session>(core, std::move(socket));
    asio::co_spawn(executor, serve_connection(std::move(session)), asio::detached);
  }
}

Result<tcp::endpoint> parse_listen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  unsigned port = 0;
  const char* first = listen.data() + (colon == std::string::npos ? listen.size() : colon + 1);
  const char* last = listen.data() + listen.size();
  const auto parsed = std::from_chars(first, last, port);
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || first == last || parsed.ec != std::errc() || parsed.ptr != last || port > 65535) {
    return fail(Errc::invalid_argument, Code::bad_listen_address,
                "Cannot listen on \"" + listen + "\".",
                "Write an IP address and a port, e.g. 127.0.0.1:8001.");
  }
  return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

}  // namespace

ServerCore::ServerCore(ServerOptions options_in, Router router_in)
    : options(fitted(std::move(options_in))),
      router(std::move(router_in)),
      short_work(short_work_limits(options)),
      whole_bodies(halves_of(options.whole_bodies_max, options.connections_max)),
      file_pieces(halves_of(4, options.connections_max)),
      threads(4, options.threads_max) {}

bool ServerCore::cut_idlest() {
  std::shared_ptr<Session> chosen;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto most =
        std::max_element(of_peer.begin(), of_peer.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    Session* found = nullptr;
    for (Session* session : idle) {
      const bool is_of_most = session->remote_address() == most->first;
      if (found == nullptr || is_of_most) found = session;
      if (is_of_most) break;
    }
    if (found != nullptr) {
      chosen = found->weak_from_this().lock();
      // To the end, so that the next to be cut is another while this one closes.
      idle.splice(idle.end(), idle, std::find(idle.begin(), idle.end(), found));
    }
  }
  if (chosen) chosen->cut_if_idle();
  return chosen != nullptr;
}

Response ServerCore::error_response(const Request& request, int status, const Error& error) const {
  Response response = options.on_error ? options.on_error(request, status, error)
                                       : Response::text(status, to_line(error) + "\n");
  response.status = status;
  return response;
}

Response ServerCore::exception_response(const Request& request, const std::string& what) const {
  try {
    if (options.on_exception) return options.on_exception(request, what);
    log::error("a handler threw",
               {{"what", what}, {"route", request.route}, {"request_id", request.request_id}});
    return error_response(
        request, 500,
        Error{Errc::internal, BaseCode::internal_error, "Something is broken here.",
              "Report it with the request id " + request.request_id + "."});
  } catch (const std::exception& caught) {
    log::error("an error hook threw", {{"what", caught.what()}});
    return Response::empty(500);
  }
}

/// Until the context is stopped. What a piece of work throws ends that piece alone.
void run_io(asio::io_context& io) {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& broken) {
      log::error("an io thread met an exception", {{"error", broken.what()}});
    }
  }
}

struct Server::Impl {
  explicit Impl(std::shared_ptr<ServerCore> core_in)
      : core(std::move(core_in)),
        work(asio::make_work_guard(io)),
        acceptor(asio::make_strand(io)) {}

  std::shared_ptr<ServerCore> core;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::vector<std::thread> threads;

  void stop_accepting() {
    core->draining = true;
    asio::post(acceptor.get_executor(), [this] {
      error_code ignored;
      acceptor.close(ignored);
    });
  }

  /// Under the lock a listed session cannot finish its destructor, but it may have begun it:
  /// weak_from_this is empty then.
  void for_each_session(void (Session::*what)()) {
    std::vector<std::shared_ptr<Session>> alive;
    {
      const std::lock_guard<std::mutex> lock(core->mutex);
      for (Session* session : core->sessions) {
        if (auto held = session->weak_from_this().lock()) alive.push_back(std::move(held));
      }
    }
    for (const auto& session : alive) (session.get()->*what)();
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  TRY_ASSIGN(const tcp::endpoint endpoint, parse_listen(options.listen));
  const std::string listen = options.listen;
  auto impl =
      std::make_unique<Impl>(std::make_shared<ServerCore>(std::move(options), std::move(router)));
  error_code error;
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return fail(Errc::conflict, Code::port_taken,
                "Port " + std::to_string(endpoint.port()) + " is already in use (" + listen + ").",
                "Stop the other program or choose another port.");
  }
  if (error == asio::error::access_denied) {
    return fail(Errc::permission_denied, Code::port_forbidden, "May not listen on " + listen + ".",
                "Ports below 1024 need a privilege; choose a higher one.");
  }
  if (error) {
    return fail(Errc::invalid_argument, Code::bad_listen_address,
                "Cannot listen on " + listen + ": " + error.message() + ".");
  }
  impl->port = impl->acceptor.local_endpoint().port();
  asio::co_spawn(impl->acceptor.get_executor(), accept_all(impl->core, impl->acceptor, impl->io),
                 asio::detached);
  const unsigned io_threads = std::max(1U, impl->core->options.io_threads);
  for (unsigned i = 0; i < io_threads; ++i) {
    impl->threads.emplace_back([io = &impl->io] { run_io(*io); });
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  drain(std::chrono::milliseconds(0));
  impl_->core->threads.join();
  {
    std::unique_lock<std::mutex> lock(impl_->core->mutex);
    impl_->core->changed.wait(lock, [this] { return impl_->core->sessions.empty(); });
  }
  impl_->work.reset();
  impl_->io.stop();
  for (std::thread& thread : impl_->threads) thread.join();
}

std::uint16_t Server::port() const { return impl_->port; }

const Router& Server::router() const { return impl_->core->router; }

bool Server::drain(std::chrono::milliseconds timeout) {
  impl_->stop_accepting();
  impl_->for_each_session(&Session::drain);
  {
    std::unique_lock<std::mutex> lock(impl_->core->mutex);
    if (impl_->core->changed.wait_for(lock, timeout,
                                      [this] { return impl_->core->sessions.empty(); })) {
      return true;
    }
  }
  impl_->for_each_session(&Session::abort);
  return false;
}

}  // namespace sluice::http
