#include "api/answer_text.h"

#include <optional>
#include <utility>

namespace sluice::api {

AnswerText::AnswerText(query::QueryStream stream, query::Format format)
    : stream_(std::move(stream)), is_json_(format == query::Format::json) {}

Result<bool> AnswerText::read(std::string& out) {
  const std::size_t before = out.size();
  if (is_json_ && bytes_ == 0) out += query::answer_json_begin(stream_.columns());
  TRY_ASSIGN(const std::optional<std::string> rows, stream_.next());
  if (rows) {
    out += *rows;
  } else if (is_json_) {
    out += query::answer_json_end(stream_.tail());
  }
  bytes_ += out.size() - before;
  return rows.has_value();
}

const char* content_type_of(query::Format format) {
  switch (format) {
    case query::Format::json:
      return "application/json";
    case query::Format::ndjson:
      return "application/x-ndjson";
    case query::Format::parquet:
      return "application/vnd.apache.parquet";
    case query::Format::csv:
      break;
  }
  return "text/csv; charset=utf-8; header=present";
}

const char* name_of(query::Format format) {
  switch (format) {
    case query::Format::json:
      return "json";
    case query::Format::ndjson:
      return "ndjson";
    case query::Format::parquet:
      return "parquet";
    case query::Format::csv:
      break;
  }
  return "csv";
}

}  // namespace sluice::api
