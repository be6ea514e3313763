#include "sandbox/fork_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/log.h"
#include "sandbox/error_codes.h"
#include "sandbox/fork_server_main.h"

namespace sluice::sandbox {
namespace {

/// A loaded machine takes its time; beyond it something is broken.
constexpr std::chrono::seconds answer_within{30};
constexpr std::chrono::milliseconds retry_pause{500};
/// Starting one costs a tenth of a second of processor time, which a client could have spent again
/// and again.
constexpr std::chrono::seconds renewed_at_most_each{1};
/// A killed process that holds gigabytes takes some hundred milliseconds to be torn down.
constexpr int end_within_ms = 10'000;
/// How a worker ended is told once it is reaped, a moment after its socket closed.
constexpr int tell_within_ms = 2'000;

Error unavailable(std::string why) {
  return {Errc::unavailable, Code::worker_unavailable,
          "No worker process can be had: " + std::move(why), "Try again in a moment."};
}

/// Waits until the descriptor is readable or its other side is gone.
bool readable_within(int fd, int time_ms) {
  pollfd watched{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&watched, 1, time_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

struct ForkServer::Server {
  explicit Server(Process started) : process(std::move(started)) {}
  std::mutex mutex;  ///< For `process`'s channel: one message at a time.
  Process process;
  std::size_t forks = 0;  ///< Guarded by ForkServer::mutex_, as all that follows is.
  const std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
};

std::optional<int> Worker::status(int within_ms) {
  int status = 0;
  if (readable_within(life_.get(), within_ms) &&
      ::recv(life_.get(), &status, sizeof status, MSG_WAITALL) == sizeof status) {
    return status;
  }
  return std::nullopt;
}

Ending Worker::ending() {
  Ending ending;
  if (!life_) return ending;
  if (const std::optional<int> told = status(tell_within_ms)) {
    if (WIFSIGNALED(*told)) ending.signal = WTERMSIG(*told);
    if (WIFEXITED(*told)) ending.exit_code = WEXITSTATUS(*told);
  }
  end();
  return ending;
}

void Worker::end() {
  if (!life_) return;
  // Half shut: the server sees it as the wish that the worker end, and can still answer.
  ::shutdown(life_.get(), SHUT_WR);
  status(end_within_ms);
  // Where the server died, its workers are dying: their sockets close with them.
  char rest[4096];
  while (readable_within(channel_.socket(), end_within_ms)) {
    const ssize_t got = ::recv(channel_.socket(), rest, sizeof rest, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  life_ = FileDescriptor();
}

std::unique_ptr<ForkServer> ForkServer::start(ForkServerOptions options) {
  return std::unique_ptr<ForkServer>(new ForkServer(std::move(options)));
}

ForkServer::ForkServer(ForkServerOptions options)
    : options_(std::move(options)),
      starter_({.name = "fork server"}, [this](const std::stop_token& stop) {
        keep_one(stop);
        return BackgroundLoop::Round::more;
      }) {}

ForkServer::~ForkServer() = default;

/// Under mutex_.
void ForkServer::retire() {
  server_ = nullptr;  // Those that still work keep it.
  changed_.notify_all();
}

void ForkServer::note_broken() {
  ++broken_;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (server_ != nullptr && now - server_->since >= renewed_at_most_each) retire();
}

void ForkServer::keep_one(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait(lock, stop, [this] { return server_ == nullptr; });
    if (stop.stop_requested()) return;
    lock.unlock();
    Result<Process> started = Process::spawn(options_.binary, options_.arguments);
    lock.lock();
    if (started) {
      server_ = std::make_shared<Server>(std::move(*started));
      failure_.reset();
      changed_.notify_all();
      continue;
    }
    if (!failure_)
      log::error("a fork server cannot be started", {{"error", to_line(started.error())}});
    failure_ = started.error();
    changed_.notify_all();
    changed_.wait_for(lock, stop, retry_pause, [] { return false; });
  }
}

Result<std::shared_ptr<ForkServer::Server>> ForkServer::current(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (server_ != nullptr &&
      (!server_->process.is_alive() || server_->forks >= options_.forks_max)) {
    retire();
  }
  changed_.wait_for(lock, stop, answer_within,
                    [this] { return server_ != nullptr || failure_.has_value(); });
  if (server_ != nullptr) {
    ++server_->forks;
    return server_;
  }
  if (stop.stop_requested()) return fail(work_stopped());
  return fail(unavailable(failure_ ? failure_->detail : "none was ready in time."));
}

Result<Worker> ForkServer::fork(const std::stop_token& stop) {
  TRY_ASSIGN(std::shared_ptr<Server> server, current(stop));
  SocketPair job = make_socket_pair();
  SocketPair life = make_socket_pair();
  if (!job.theirs || !life.theirs) {
    return fail(error_from_errno(errno, "opening a socket pair", "worker process"));
  }
  std::vector<FileDescriptor> ends;
  ends.push_back(std::move(job.theirs));
  ends.push_back(std::move(life.theirs));
  Wait wait(stop);
  wait.allow(answer_within);
  Outcome sent = Outcome::gone;
  {
    const std::lock_guard lock(server->mutex);
    sent = server->process.channel().send({}, ends, wait);
  }
  if (sent == Outcome::stopped) return fail(work_stopped());
  if (sent != Outcome::done) return fail(unavailable("the fork server does not listen."));
  ends.clear();  // So that the end of the other side shows.
  pid_t pid = -1;
  if (!readable_within(life.ours.get(), static_cast<int>(answer_within.count()) * 1000) ||
      ::recv(life.ours.get(), &pid, sizeof pid, MSG_WAITALL) != sizeof pid || pid < 0) {
    const std::lock_guard lock(mutex_);
    if (server_ == server) retire();  // Else it is retired already, and another has its place.
    return fail(unavailable("the fork server could not fork."));
  }
  return Worker(std::move(server), std::move(job.ours), std::move(life.ours), pid);
}

}  // namespace sluice::sandbox
