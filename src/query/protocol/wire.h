#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/query.h"

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
  std::vector<Parameter> parameters = {};
  Format format = Format::json;
  bool formulas_as_they_are = false;
  std::int64_t row_limit = 0;
  std::int64_t row_limit_max = 0;
  std::size_t result_bytes_max = 0;
  bool tells_progress = false;
};

std::string encode_binding(const Binding& binding);
std::string encode_job(const Job& job);
// These throw where the text is not ours.
Binding decode_binding(std::string_view text);
Job decode_job(std::string_view text);

/// An answer is a head (columns), any number of rows, and a tail; or, at any place, an error and
/// nothing more. Progress, where it was asked for, comes before the head.
enum class PieceKind : std::uint32_t { head = 1, rows = 2, tail = 3, progress = 4, error = 5 };

/// Rows are handed on when they are so many; one row may be more.
inline constexpr std::size_t piece_bytes = 128UL << 10U;

std::string encode_columns(const std::vector<AnswerColumn>& columns);
std::string encode_tail(const AnswerTail& tail);
std::string encode_error(const Error& error);
// What cannot be read is the error `query_killed`.
Result<std::vector<AnswerColumn>> decode_columns(std::string_view text);
Result<AnswerTail> decode_tail(std::string_view text);
Error decode_error(std::string_view text);

/// Every error of a query is made here, so that kind and code stay in step on both sides of the
/// socket.
Error query_error(std::string_view code, std::string detail, std::string remedy = {});
Error query_cancelled();

}  // namespace sluice::query
