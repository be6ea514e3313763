#include "query/runs/answer_stream.h"

#include <optional>
#include <utility>

namespace sluice::query {

AnswerStream::AnswerStream(QueryStream stream, Format format)
    : stream_(std::move(stream)), is_json_(format == Format::json) {}

Result<bool> AnswerStream::read(std::string& out) {
  const std::size_t before = out.size();
  if (is_json_ && bytes_ == 0) out += answer_json_begin(stream_.columns());
  TRY_ASSIGN(const std::optional<std::string> rows, stream_.next());
  if (rows) {
    out += *rows;
  } else if (is_json_) {
    out += answer_json_end(stream_.tail());
  }
  bytes_ += out.size() - before;
  return rows.has_value();
}

const char* content_type_of(Format format) {
  switch (format) {
    case Format::json:
      return "application/json";
    case Format::ndjson:
      return "application/x-ndjson";
    case Format::parquet:
      return "application/vnd.apache.parquet";
    case Format::csv:
      break;
  }
  return "text/csv; charset=utf-8; header=present";
}

const char* name_of(Format format) {
  switch (format) {
    case Format::json:
      return "json";
    case Format::ndjson:
      return "ndjson";
    case Format::parquet:
      return "parquet";
    case Format::csv:
      break;
  }
  return "csv";
}

}  // namespace sluice::query
