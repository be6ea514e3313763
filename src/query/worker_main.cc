#include "query/worker_main.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <iterator>
#include <new>
#include <string>

#include "query/engine.h"
#include "query/sandbox.h"
#include "query/sql_errors.h"

namespace sluice::query {
namespace {

/// Beyond the engine's own limit: code, stacks, the allocator's arenas, the answer, and the strings
/// that memory_limit does not count.
constexpr std::uint64_t address_bytes_extra = 1ULL << 30U;

/// Landlock, user and filter hold for a thread and those it makes: another one already there, of a
/// newer engine or a library, would stay outside.
Result<void> check_single_thread() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  std::error_code ignored;
  const std::filesystem::directory_iterator tasks("/proc/self/task", ignored);
  if (std::distance(begin(tasks), end(tasks)) != 1) {
    return fail(
        query_error("query_internal", "The query worker has threads before it is locked in."));
  }
#endif
  return {};
}

Result<void> lock_in(const Binding& binding, const std::vector<FileDescriptor>& files) {
  TRY(check_single_thread());
  return enter_sandbox(files, binding.memory_bytes + address_bytes_extra);
}

/// False where the parent is gone.
bool receive_message(std::string& text, std::vector<FileDescriptor>& files) {
  MessageFrame frame;
  if (!receive_frame(worker_socket, frame, files)) return false;
  text.resize(frame.bytes);
  return read_whole(worker_socket, text.data(), text.size());
}

/// Pieces go out together where they are small: an answer of a few rows is one message.
class SocketSink final : public AnswerSink {
 public:
  bool progress(double percent) override {
    add(PieceKind::progress, std::to_string(percent));
    return flush();
  }
  bool columns(const std::vector<AnswerColumn>& columns) override {
    add(PieceKind::head, encode_columns(columns));
    return true;
  }
  bool rows(std::string_view rows) override {
    add(PieceKind::rows, rows);
    return waiting_.size() < piece_bytes || flush();
  }
  bool end(const Result<AnswerTail>& tail) {
    if (tail) {
      add(PieceKind::tail, encode_tail(*tail));
    } else {
      add(PieceKind::error, encode_error(tail.error()));
    }
    return flush();
  }

 private:
  void add(PieceKind kind, std::string_view bytes) {
    const PieceFrame frame{kind, static_cast<std::uint32_t>(bytes.size())};
    waiting_.append(reinterpret_cast<const char*>(&frame), sizeof frame);
    waiting_ += bytes;
  }
  bool flush() {
    const bool sent = write_whole(worker_socket, waiting_);
    waiting_.clear();
    return sent;
  }

  std::string waiting_;
};

/// The boundary where the engine's exceptions end; in this process there is nobody further up.
template <typename Work>
auto guarded(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(query_error("query_memory", "The query needs more memory than it may use."));
  } catch (const std::exception& broken) {
    return fail(query_error("query_internal", scrubbed(broken.what())));
  }
}

int serve_jobs() {
  Result<Engine> engine = Engine::open();
  std::string text;
  std::vector<FileDescriptor> files;
  // The end of the stream here is also how a worker notices that its parent died before PDEATHSIG
  // was set.
  if (!receive_message(text, files)) return 0;
  const Binding binding = decode_binding(text);
  Result<void> bound = lock_in(binding, files);
  if (bound && !engine) {
    bound = fail(query_error("query_internal", "The query's engine did not open."));
  }
  if (bound) bound = guarded([&] { return engine->bind(binding, files); });

  std::vector<FileDescriptor> none;
  bool sent = true;
  while (sent && receive_message(text, none)) {
    const Job job = decode_job(text);
    SocketSink sink;
    sent = sink.end(bound ? guarded([&] { return engine->run(job, sink); })
                          : Result<AnswerTail>(fail(bound.error())));
  }
  ::_exit(sent ? 0 : 1);  // The pool kills it anyway; closing the engine would only cost time.
}

}  // namespace

int query_worker_main() {
  enter_early_limits();
  // Whatever the parent's libraries left open without CLOEXEC must not be here when hostile SQL
  // runs.
  if (::syscall(SYS_close_range, worker_socket + 1, ~0U, 0) != 0) {
    for (int fd = worker_socket + 1; fd < 4096; ++fd) ::close(fd);
  }
  try {
    return serve_jobs();
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace sluice::query
