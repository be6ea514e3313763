#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::query {

struct AnswerColumn {
  std::string name;
  std::string type;  ///< DuckDB's type text: `DECIMAL(9,2)`, `STRUCT(a INTEGER)`.
};

/// What is known only after the last row.
struct AnswerTail {
  std::int64_t row_count = 0;
  bool truncated = false;  ///< More rows existed than were returned.
};

struct QueryAnswer {
  std::vector<AnswerColumn> columns;
  std::string rows;  ///< As row_writer.h says, ready to be sent; cells as README.md says.
  AnswerTail tail;
  std::chrono::microseconds elapsed{0};
};

/// `{"columns":[{"name":…,"type":…}],"rows":`, then the rows, and then
/// `,"row_count":1,"truncated":false}`.
std::string answer_json_begin(const std::vector<AnswerColumn>& columns);
std::string answer_json_end(const AnswerTail& tail);

}  // namespace sluice::query
