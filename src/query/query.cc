#include "query/query.h"

#include "query/json_cells.h"

namespace sluice::query {

std::string answer_json(const QueryAnswer& answer) {
  std::string out = "{\"columns\":[";
  for (std::size_t i = 0; i < answer.columns.size(); ++i) {
    if (i > 0) out += ',';
    out += "{\"name\":";
    append_json_text(out, answer.columns[i].name);
    out += ",\"type\":";
    append_json_text(out, answer.columns[i].type);
    out += '}';
  }
  out += "],\"rows\":";
  out += answer.rows_json;
  out += ",\"row_count\":" + std::to_string(answer.row_count) +
         ",\"truncated\":" + (answer.truncated ? "true" : "false") + "}";
  return out;
}

}  // namespace sluice::query
