#include "base/testing/fuzz_target.h"
#include "base/utf8.h"
#include "query/protocol/wire.h"

namespace sluice::query {
namespace {

using fuzz::require;

void check_columns(std::string_view text) {
  const Result<std::vector<AnswerColumn>> columns = decode_columns(text);
  if (!columns) {
    require(columns.error().code == "query_killed", "what cannot be read is the worker's end");
    return;
  }
  const Result<std::vector<AnswerColumn>> again = decode_columns(encode_columns(*columns));
  require(again && encode_columns(*again) == encode_columns(*columns), "columns come back");
  for (const AnswerColumn& column : *columns) {
    require(is_utf8(column.name) && is_utf8(column.type), "names are text");
  }
}

void check_tail(std::string_view text) {
  const Result<AnswerTail> tail = decode_tail(text);
  if (!tail) {
    require(tail.error().code == "query_killed", "what cannot be read is the worker's end");
    return;
  }
  const Result<AnswerTail> again = decode_tail(encode_tail(*tail));
  require(again && again->row_count == tail->row_count && again->truncated == tail->truncated,
          "a tail comes back");
}

void check_error(std::string_view text) {
  const Error error = decode_error(text);
  require(!error.code.empty() || !error.detail.empty() || error.kind == Errc::internal,
          "an error says what it is");
  const Error again = decode_error(encode_error(error));
  require(again.kind == error.kind && again.code == error.code && again.detail == error.detail &&
              again.remedy == error.remedy &&
              again.position.has_value() == error.position.has_value(),
          "an error comes back");
}

void check_parsed(std::string_view text) {
  const Result<ParsedStatement> parsed = decode_parsed(text);
  if (!parsed) {
    require(parsed.error().code == "query_killed", "what cannot be read is the worker's end");
    return;
  }
  require(parsed->tables.size() <= tables_max + 1, "tables are bounded");
  require(parsed->limit.value_or(0) >= 0, "a limit is a number of rows");
  for (const TableReference& table : parsed->tables) {
    require(table.name.size() <= 3, "a name has at most three parts");
    for (const std::string& part : table.name) require(is_utf8(part), "names are text");
  }
  const Result<ParsedStatement> again = decode_parsed(encode_parsed(*parsed));
  require(again && encode_parsed(*again) == encode_parsed(*parsed), "a statement comes back");
}

/// A piece of a worker that a query took over.
void wire(std::string_view input) {
  check_columns(input);
  check_tail(input);
  check_error(input);
  check_parsed(input);
}

const fuzz::Target target(__FILE__, wire);

}  // namespace
}  // namespace sluice::query
