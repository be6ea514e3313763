#include "query/host/worker_process.h"

#include <csignal>
#include <utility>

namespace sluice::query {

using sandbox::Outcome;

Result<WorkerProcess> WorkerProcess::spawn(const std::string& binary,
                                           const std::vector<std::string>& arguments) {
  TRY_ASSIGN(sandbox::Process process, sandbox::Process::spawn(binary, arguments));
  return WorkerProcess(std::move(process));
}

Error WorkerProcess::death() {
  const sandbox::Ending ending = process_.ending();
  if (ending.signal && *ending.signal != SIGKILL) {
    return query_error(Code::query_killed,
                       "The engine broke on this query (signal " + std::to_string(*ending.signal) +
                           "); only this query was hurt.",
                       "It is a defect of the engine: write the query in another way.");
  }
  return query_error(Code::query_killed,
                     "The query's worker process ended " + in_words(ending) + ".",
                     "Most often the query needs more memory than it may use; select less.");
}

Error WorkerProcess::error_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::late:
      return query_error(Code::query_deadline, "The query took longer than it may and was ended.",
                         "Select fewer rows or columns, or aggregate before joining.");
    case Outcome::stopped:
      return query_cancelled();
    case Outcome::nonsense:
      return query_error(Code::query_killed, "The query's worker process answered with nonsense.");
    default:
      return death();
  }
}

Result<void> WorkerProcess::send(const std::string& text, const std::vector<FileDescriptor>& files,
                                 Wait& wait) {
  if (text.size() > sandbox::message_bytes_max) {
    return fail(
        query_error(Code::query_too_large, "The tables' definitions are too large for a query."));
  }
  const Outcome outcome = process_.channel().send(text, files, wait);
  if (outcome == Outcome::done) return {};
  return fail(error_of(outcome));
}

Result<void> WorkerProcess::bind(const Binding& binding, const std::vector<FileDescriptor>& files,
                                 Wait& wait) {
  return send(encode_binding(binding), files, wait);
}

Result<void> WorkerProcess::ask(const Job& job, Wait& wait) {
  answered_ = false;
  return send(encode_job(job), {}, wait);
}

Result<ParsedStatement> WorkerProcess::parse(const ParseJob& job, Wait& wait) {
  answered_ = false;
  TRY(send(encode_parse_job(job), {}, wait));
  TRY_ASSIGN(const Piece piece, receive(wait));
  if (piece.kind != PieceKind::parsed) return fail(error_of(Outcome::nonsense));
  return decode_parsed(piece.bytes);
}

bool WorkerProcess::is_at_rest() {
  return answered_ && is_alive() && process_.channel().is_quiet();
}

Result<WorkerProcess::Piece> WorkerProcess::receive(Wait& wait) {
  sandbox::Channel::Piece came;
  if (const Outcome outcome = process_.channel().receive(came, wait); outcome != Outcome::done) {
    return fail(error_of(outcome));
  }
  Piece piece{static_cast<PieceKind>(came.kind), std::move(came.bytes)};
  if (piece.kind < PieceKind::head || piece.kind > PieceKind::parsed) {
    return fail(error_of(Outcome::nonsense));
  }
  answered_ = piece.kind == PieceKind::tail || piece.kind == PieceKind::error ||
              piece.kind == PieceKind::parsed;
  if (piece.kind == PieceKind::error) return fail(decode_error(piece.bytes));
  return piece;
}

}  // namespace sluice::query
