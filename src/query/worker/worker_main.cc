#include "query/worker/worker_main.h"

#include <unistd.h>

#include <exception>
#include <new>
#include <string>
#include <variant>

#include "query/worker/query_engine.h"
#include "query/worker/sql_errors.h"
#include "sandbox/channel.h"
#include "sandbox/lock_in.h"

namespace sluice::query {
namespace {

using sandbox::receive_message;
using sandbox::worker_socket;

/// Beyond the engine's own limit: code, stacks, the allocator's arenas, the answer, and the strings
/// that memory_limit does not count.
constexpr std::uint64_t address_bytes_extra = 1ULL << 30U;

Result<void> lock_in(const Binding& binding, const std::vector<FileDescriptor>& files) {
  sandbox::Confinement confinement{files};
  confinement.address_bytes = binding.memory_bytes + address_bytes_extra;
  Result<void> locked = sandbox::lock_in(confinement);
  if (!locked) locked.error().code = Code::query_internal;
  return locked;
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
    if (!tail) return end(tail.error());
    add(PieceKind::tail, encode_tail(*tail));
    return flush();
  }
  bool end(const Result<ParsedStatement>& parsed) {
    if (!parsed) return end(parsed.error());
    add(PieceKind::parsed, encode_parsed(*parsed));
    return flush();
  }

 private:
  bool end(const Error& error) {
    add(PieceKind::error, encode_error(error));
    return flush();
  }
  void add(PieceKind kind, std::string_view bytes) {
    sandbox::add_piece(waiting_, static_cast<std::uint32_t>(kind), bytes);
  }
  bool flush() {
    const bool sent = sandbox::write_whole(worker_socket, waiting_);
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
    return fail(query_error(Code::query_memory, "The query needs more memory than it may use."));
  } catch (const std::exception& broken) {
    return fail(query_error(Code::query_internal, scrubbed(broken.what())));
  }
}

int serve_jobs() {
  Result<QueryEngine> engine = QueryEngine::open();
  std::string text;
  std::vector<FileDescriptor> files;
  // The end of the stream here is also how a worker notices that its parent died before PDEATHSIG
  // was set.
  if (!receive_message(worker_socket, text, files)) return 0;
  const Binding binding = decode_binding(text);
  Result<void> bound = lock_in(binding, files);
  if (bound && !engine) {
    bound = fail(query_error(Code::query_internal, "The query's engine did not open."));
  }
  if (bound) bound = guarded([&] { return engine->bind(binding, files); });

  std::vector<FileDescriptor> none;
  bool sent = true;
  while (sent && receive_message(worker_socket, text, none)) {
    const AnyJob job = decode_job(text);
    SocketSink sink;
    if (const ParseJob* parse = std::get_if<ParseJob>(&job)) {
      sent = sink.end(bound ? guarded([&] { return engine->parse(parse->sql); })
                            : Result<ParsedStatement>(fail(bound.error())));
    } else {
      sent = sink.end(bound ? guarded([&] { return engine->run(std::get<Job>(job), sink); })
                            : Result<AnswerTail>(fail(bound.error())));
    }
  }
  ::_exit(sent ? 0 : 1);  // The pool kills it anyway; closing the engine would only cost time.
}

}  // namespace

int query_worker_main() {
  sandbox::enter_early_limits();
  try {
    return serve_jobs();
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace sluice::query
