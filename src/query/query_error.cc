#include "query/query_error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::query {
namespace {

struct CodeKind {
  std::string_view code;
  Errc kind;
};
constexpr std::array<CodeKind, 13> code_kinds{{
    {"query_not_allowed", Errc::invalid_argument},
    {"query_syntax", Errc::invalid_argument},
    {"query_parameters", Errc::invalid_argument},
    {"query_table_unknown", Errc::invalid_argument},
    {"query_failed", Errc::unprocessable},
    {"query_memory", Errc::unprocessable},
    {"query_killed", Errc::unprocessable},
    {"query_too_large", Errc::too_large},
    {"query_deadline", Errc::deadline_exceeded},
    {"query_cancelled", Errc::cancelled},
    {"query_queue_full", Errc::resource_exhausted},
    {"query_worker_unavailable", Errc::unavailable},
    {"query_internal", Errc::internal},
}};

}  // namespace

Error query_error(std::string_view code, std::string detail, std::string remedy) {
  const auto* found = std::find_if(code_kinds.begin(), code_kinds.end(),
                                   [&](const CodeKind& entry) { return entry.code == code; });
  const Errc kind = found == code_kinds.end() ? Errc::internal : found->kind;
  return Error{kind, std::string(code), std::move(detail), std::move(remedy)};
}

Error query_cancelled() { return query_error("query_cancelled", "The query was cancelled."); }

Error queue_is_full() {
  return query_error("query_queue_full", "Too many queries are waiting.",
                     "Try again in a few seconds.");
}

Error waited_too_long() {
  return query_error("query_deadline", "The query's time ran out while it waited in the queue.",
                     "Try again in a few seconds.");
}

}  // namespace sluice::query
