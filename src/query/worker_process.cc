#include "query/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "query/worker_main.h"

namespace sluice::query {
namespace {

/// posix_spawn's two attribute objects, freed together.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  explicit SpawnPlan(int socket) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int fd = 0; fd < worker_socket; ++fd) {
      posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    // The copy has no CLOEXEC; `socket` itself is never worker_socket (see spawn), where it would
    // stay set.
    posix_spawn_file_actions_adddup2(&actions, socket, worker_socket);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);  // Ctrl-C is for us; running queries end with us.
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

/// What is taken off the socket at a time, at least.
constexpr std::size_t receive_bytes = std::size_t{16} << 10U;
constexpr std::size_t inbox_kept_bytes = std::size_t{1} << 20U;

/// Our end of the conversation: non-blocking, for as long as the wait allows.
class Exchange {
 public:
  enum class Outcome { done, gone, late, stopped };

  Exchange(int socket, Wait& wait) : socket_(socket), wait_(wait) {}

  Outcome send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(put));
        continue;
      }
      if (put < 0 && errno == EINTR) continue;
      if (put < 0 && errno != EAGAIN) return Outcome::gone;
      if (const Outcome waited = until(POLLOUT); waited != Outcome::done) return waited;
    }
    return Outcome::done;
  }

  Outcome wait_for_room() { return until(POLLOUT); }

  /// Until `inbox` has so many bytes, or more, as they come.
  Outcome receive(std::string& inbox, std::size_t bytes) {
    std::size_t had = inbox.size();
    inbox.resize(std::max(bytes, had + receive_bytes));
    Outcome outcome = Outcome::done;
    while (had < bytes && outcome == Outcome::done) {
      outcome = until(POLLIN);
      if (outcome != Outcome::done) break;
      const ssize_t got = ::recv(socket_, inbox.data() + had, inbox.size() - had, 0);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) outcome = Outcome::gone;
      had += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    }
    inbox.resize(had);
    return outcome;
  }

 private:
  Outcome until(short events) {
    while (true) {
      if (wait_.is_stopped()) return Outcome::stopped;
      const std::int64_t left_ms =
          std::chrono::ceil<std::chrono::milliseconds>(wait_.left()).count();
      if (left_ms <= 0) return Outcome::late;
      pollfd watched[2] = {{socket_, events, 0}, {wait_.wake(), POLLIN, 0}};
      const auto began = std::chrono::steady_clock::now();
      const int ready =
          ::poll(watched, 2, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)));
      wait_.spend(std::chrono::steady_clock::now() - began);
      if (ready > 0 && watched[0].revents != 0) return Outcome::done;
    }
  }

  int socket_;
  Wait& wait_;
};

std::optional<Error> error_of(Exchange::Outcome outcome) {
  if (outcome == Exchange::Outcome::late) {
    return query_error("query_deadline", "The query took longer than it may and was ended.",
                       "Select fewer rows or columns, or aggregate before joining.");
  }
  if (outcome == Exchange::Outcome::stopped) {
    return query_error("query_cancelled", "The query was cancelled.");
  }
  return std::nullopt;
}

}  // namespace

Wait::Wait(std::stop_token stop)
    : stop_(std::move(stop)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      on_stop_(stop_, Wakes{wake_.get()}) {}

void Wait::Wakes::operator()() const { ::eventfd_write(fd, 1); }

Result<WorkerProcess> WorkerProcess::spawn(const std::string& binary,
                                           const std::vector<std::string>& arguments) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(error_from_errno(errno, "opening a socket pair", "query worker"));
  }
  FileDescriptor ours(ends[0]);
  // Away from 0…3, which the spawn plan overwrites.
  FileDescriptor theirs(::fcntl(ends[1], F_DUPFD_CLOEXEC, worker_socket + 1));
  ::close(ends[1]);
  if (!theirs || ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) {
    return fail(error_from_errno(errno, "preparing a socket", "query worker"));
  }
  std::vector<std::string> words = {"sluice"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};
  SpawnPlan plan(theirs.get());
  pid_t pid = -1;
  const int bad = ::posix_spawn(&pid, binary.c_str(), &plan.actions, &plan.attributes, argv.data(),
                                no_environment);
  if (bad != 0) return fail(error_from_errno(bad, "starting a query worker", binary));
  return WorkerProcess(pid, std::move(ours));
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::move(other.socket_)),
      inbox_(std::move(other.inbox_)),
      answered_(other.answered_) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  if (this != &other) {
    kill_and_reap();
    pid_ = std::exchange(other.pid_, -1);
    socket_ = std::move(other.socket_);
    inbox_ = std::move(other.inbox_);
    answered_ = other.answered_;
  }
  return *this;
}

WorkerProcess::~WorkerProcess() { kill_and_reap(); }

void WorkerProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);  // Not reaped yet, so the number is still its.
}

void WorkerProcess::kill_and_reap() {
  if (pid_ <= 0) return;
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

bool WorkerProcess::is_alive() {
  if (pid_ <= 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

Error WorkerProcess::death() {
  // The socket is closed, so the process is ending: a moment for it to say how, before it is
  // killed.
  int status = 0;
  pid_t ended = 0;
  for (int tries = 0; tries < 50 && ended == 0; ++tries) {
    ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0) ::usleep(2'000);
  }
  std::string how = "without a word";
  if (ended == pid_) {
    pid_ = -1;
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
      return query_error("query_killed",
                         "The engine broke on this query (signal " +
                             std::to_string(WTERMSIG(status)) + "); only this query was hurt.",
                         "It is a defect of the engine: write the query in another way.");
    }
    if (WIFSIGNALED(status)) how = "by signal " + std::to_string(WTERMSIG(status));
    if (WIFEXITED(status)) how = "with exit code " + std::to_string(WEXITSTATUS(status));
  }
  return query_error("query_killed", "The query's worker process ended " + how + ".",
                     "Most often the query needs more memory than it may use; select less.");
}

Result<void> WorkerProcess::send(const std::string& text, const std::vector<FileDescriptor>& files,
                                 Wait& wait) {
  if (text.size() > message_bytes_max) {
    return fail(
        query_error("query_too_large", "The tables' definitions are too large for a query."));
  }
  Exchange exchange(socket_.get(), wait);
  // Where there is room at all, there is room for a frame.
  Exchange::Outcome outcome = exchange.wait_for_room();
  if (outcome == Exchange::Outcome::done &&
      !send_frame(socket_.get(),
                  {static_cast<std::uint32_t>(text.size()),
                   static_cast<std::uint32_t>(files.size())},
                  files)) {
    return fail(death());
  }
  if (outcome == Exchange::Outcome::done) outcome = exchange.send(text);
  if (outcome == Exchange::Outcome::done) return {};
  if (std::optional<Error> error = error_of(outcome)) return fail(std::move(*error));
  return fail(death());
}

Result<void> WorkerProcess::bind(const Binding& binding, const std::vector<FileDescriptor>& files,
                                 Wait& wait) {
  return send(encode_binding(binding), files, wait);
}

Result<void> WorkerProcess::ask(const Job& job, Wait& wait) {
  answered_ = false;
  return send(encode_job(job), {}, wait);
}

bool WorkerProcess::is_at_rest() {
  char unasked = 0;
  return answered_ && inbox_.empty() && is_alive() &&
         ::recv(socket_.get(), &unasked, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

std::size_t WorkerProcess::resident_bytes() const {
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Result<WorkerProcess::Piece> WorkerProcess::receive(Wait& wait) {
  Exchange exchange(socket_.get(), wait);
  PieceFrame frame;
  Piece piece;
  Exchange::Outcome outcome = exchange.receive(inbox_, sizeof frame);
  if (outcome == Exchange::Outcome::done) {
    std::memcpy(&frame, inbox_.data(), sizeof frame);
    if (frame.bytes > piece_bytes_max || frame.kind < PieceKind::head ||
        frame.kind > PieceKind::error) {
      return fail(
          query_error("query_killed", "The query's worker process answered with nonsense."));
    }
    outcome = exchange.receive(inbox_, sizeof frame + frame.bytes);
  }
  if (outcome != Exchange::Outcome::done) {
    if (std::optional<Error> error = error_of(outcome)) return fail(std::move(*error));
    return fail(death());
  }
  piece.kind = frame.kind;
  piece.bytes = inbox_.substr(sizeof frame, frame.bytes);
  inbox_.erase(0, sizeof frame + frame.bytes);
  if (inbox_.capacity() > inbox_kept_bytes) inbox_.shrink_to_fit();  // One row may be of 64 MiB.
  answered_ = piece.kind == PieceKind::tail || piece.kind == PieceKind::error;
  if (piece.kind == PieceKind::error) return fail(decode_error(piece.bytes));
  return piece;
}

}  // namespace sluice::query
