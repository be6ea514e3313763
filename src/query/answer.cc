#include "query/answer.h"

#include "duckdb/cells/json_cells.h"

namespace sluice::query {

std::string answer_json_begin(const std::vector<AnswerColumn>& columns) {
  std::string out = "{\"columns\":[";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    out += "{\"name\":";
    duckdb::append_json_text(out, columns[i].name);
    out += ",\"type\":";
    duckdb::append_json_text(out, columns[i].type);
    out += '}';
  }
  return out + "],\"rows\":";
}

std::string answer_json_end(const AnswerTail& tail) {
  return ",\"row_count\":" + std::to_string(tail.row_count) +
         ",\"truncated\":" + (tail.truncated ? "true" : "false") + "}";
}

}  // namespace sluice::query
