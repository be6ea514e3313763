#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/answer.h"
#include "query/parsed_statement.h"
#include "query/query_error.h"
#include "query/request.h"

// What goes over the socket (sandbox/channel.h) between pool and worker. Both sides are this
// binary, so there are no versions; but the worker runs hostile SQL, so the pool checks what comes
// back.

namespace sluice::query {

/// A table as the worker gets it: its files are `file_count` descriptors from `first_file` on.
struct JobTable {
  std::vector<std::string> name;
  std::string view_select;
  std::size_t first_file = 0;
  std::size_t file_count = 0;
};

/// What a worker is told first, and is locked into for its life.
struct Binding {
  std::vector<JobTable> tables;
  std::uint64_t memory_bytes = 0;
  int threads = 1;
};

/// One query over what the worker is bound to.
struct Job {
  std::string sql;
  bool plan_only = false;
  /// `[{"n": [name's parts], "c": [[column, type]]}]`, which goes to the engine as it is: what
  /// information_schema lists. Empty: what the worker is bound to.
  std::string listing = {};
  std::vector<Parameter> parameters = {};
  Format format = Format::json;
  bool formulas_as_they_are = false;
  std::int64_t row_limit = 0;
  std::int64_t row_limit_max = 0;
  std::size_t result_bytes_max = 0;
  bool tells_progress = false;
};

/// To say what a statement names, and to run nothing.
struct ParseJob {
  std::string sql;
};
using AnyJob = std::variant<Job, ParseJob>;

std::string encode_listing(const std::vector<ListedTable>& tables);
std::string encode_binding(const Binding& binding);
std::string encode_job(const Job& job);
std::string encode_parse_job(const ParseJob& job);
// These throw where the text is not ours.
Binding decode_binding(std::string_view text);
AnyJob decode_job(std::string_view text);

/// A Job's answer is a head (columns), any number of rows, and a tail; a ParseJob's is `parsed`.
/// Or, at any place, an error and nothing more. Progress, where it was asked for, comes before the
/// head.
enum class PieceKind : std::uint32_t {
  head = 1,
  rows = 2,
  tail = 3,
  progress = 4,
  error = 5,
  parsed = 6
};

/// Rows are handed on when they are so many; one row may be more.
inline constexpr std::size_t piece_bytes = 128UL << 10U;

std::string encode_columns(const std::vector<AnswerColumn>& columns);
std::string encode_tail(const AnswerTail& tail);
std::string encode_error(const Error& error);
std::string encode_parsed(const ParsedStatement& statement);
// What cannot be read is the error `query_killed`.
Result<std::vector<AnswerColumn>> decode_columns(std::string_view text);
Result<AnswerTail> decode_tail(std::string_view text);
Error decode_error(std::string_view text);
Result<ParsedStatement> decode_parsed(std::string_view text);

}  // namespace sluice::query
