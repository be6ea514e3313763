#include "query/query_error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::query {
namespace {

struct CodeKind {
  Code code;
  Errc kind;
};
constexpr std::array<CodeKind, 13> code_kinds{{
    {Code::query_not_allowed, Errc::invalid_argument},
    {Code::query_syntax, Errc::invalid_argument},
    {Code::query_parameters, Errc::invalid_argument},
    {Code::query_table_unknown, Errc::invalid_argument},
    {Code::query_failed, Errc::unprocessable},
    {Code::query_memory, Errc::unprocessable},
    {Code::query_killed, Errc::unprocessable},
    {Code::query_too_large, Errc::too_large},
    {Code::query_deadline, Errc::deadline_exceeded},
    {Code::query_cancelled, Errc::cancelled},
    {Code::query_queue_full, Errc::resource_exhausted},
    {Code::query_worker_unavailable, Errc::unavailable},
    {Code::query_internal, Errc::internal},
}};

}  // namespace

Error query_error(ErrorCode code, std::string detail, std::string remedy) {
  const auto* found = std::find_if(code_kinds.begin(), code_kinds.end(),
                                   [&](const CodeKind& entry) { return code == entry.code; });
  const Errc kind = found == code_kinds.end() ? Errc::internal : found->kind;
  return Error{kind, std::move(code), std::move(detail), std::move(remedy)};
}

Error query_cancelled() { return query_error(Code::query_cancelled, "The query was cancelled."); }

Error queue_is_full() {
  return query_error(Code::query_queue_full, "Too many queries are waiting.",
                     "Try again in a few seconds.");
}

Error waited_too_long() {
  return query_error(Code::query_deadline, "The query's time ran out while it waited in the queue.",
                     "Try again in a few seconds.");
}

}  // namespace sluice::query
