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

Result<void> lock_in(const std::vector<FileDescriptor>& files, const Job& job) {
  TRY(check_single_thread());
  return enter_sandbox(files, job.memory_bytes + address_bytes_extra);
}

bool send_piece(PieceKind kind, std::string_view bytes) {
  const PieceFrame frame{kind, static_cast<std::uint32_t>(bytes.size())};
  return write_whole(worker_socket, {reinterpret_cast<const char*>(&frame), sizeof frame}) &&
         write_whole(worker_socket, bytes);
}

class SocketSink final : public AnswerSink {
 public:
  bool columns(const std::vector<AnswerColumn>& columns) override {
    return send_piece(PieceKind::head, encode_columns(columns));
  }
  bool rows(std::string_view rows) override { return send_piece(PieceKind::rows, rows); }
};

Result<AnswerTail> run_guarded(Engine& engine, const Job& job,
                               const std::vector<FileDescriptor>& files) {
  // The boundary where the engine's exceptions end; in this process there is nobody further up.
  try {
    SocketSink sink;
    return engine.run(job, files, sink);
  } catch (const std::bad_alloc&) {
    return fail(query_error("query_memory", "The query needs more memory than it may use."));
  } catch (const std::exception& broken) {
    return fail(query_error("query_internal", scrubbed(broken.what())));
  }
}

int serve_one_job() {
  Result<Engine> engine = Engine::open();
  JobFrame frame;
  std::vector<FileDescriptor> files;
  // The end of the stream here is also how a worker notices that its parent died before PDEATHSIG
  // was set.
  if (!receive_job_frame(worker_socket, frame, files)) return 0;
  std::string text(frame.job_bytes, '\0');
  if (!read_whole(worker_socket, text.data(), text.size())) return 0;
  const Job job = decode_job(text);

  Result<AnswerTail> tail =
      fail(query_error("query_internal", "The query's engine did not open."));
  if (engine) {
    const Result<void> locked_in = lock_in(files, job);
    tail =
        locked_in ? run_guarded(*engine, job, files) : Result<AnswerTail>(fail(locked_in.error()));
  }
  const bool sent = tail ? send_piece(PieceKind::tail, encode_tail(*tail))
                         : send_piece(PieceKind::error, encode_error(tail.error()));
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
    return serve_one_job();
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace sluice::query
