#include "query/protocol/wire.h"

#include <optional>

#include <boost/json.hpp>

#include "query/protocol/parameters.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

/// The worker sent something that it does not send when it is well.
Error nonsense() {
  return query_error(Code::query_killed, "The query's worker process answered with nonsense.");
}

/// Throws where there is half of one.
std::optional<TextPosition> position_of(const json::value& value) {
  if (!value.as_object().contains("line")) return std::nullopt;
  return TextPosition{value.at("line").to_number<std::uint32_t>(),
                      value.at("column").to_number<std::uint32_t>()};
}

}  // namespace

std::string encode_listing(const std::vector<ListedTable>& tables) {
  json::array listing;
  for (const ListedTable& table : tables) {
    json::array columns;
    for (const ListedColumn& column : table.columns) {
      columns.emplace_back(json::array{column.name, column.type});
    }
    listing.emplace_back(json::object{{"n", json::array(table.name.begin(), table.name.end())},
                                      {"c", std::move(columns)}});
  }
  return json::serialize(listing);
}

std::string encode_binding(const Binding& binding) {
  json::array tables;
  for (const JobTable& table : binding.tables) {
    json::array name;
    for (const std::string& part : table.name) name.emplace_back(part);
    tables.emplace_back(json::object{{"name", std::move(name)},
                                     {"select", table.view_select},
                                     {"first", table.first_file},
                                     {"count", table.file_count}});
  }
  return json::serialize(json::object{{"tables", std::move(tables)},
                                      {"memory", binding.memory_bytes},
                                      {"threads", binding.threads}});
}

Binding decode_binding(std::string_view text) {
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
  Binding binding;
  for (const json::value& entry : parsed.at("tables").as_array()) {
    JobTable table;
    for (const json::value& part : entry.at("name").as_array()) {
      table.name.push_back(text_of(part));
    }
    table.view_select = text_of(entry.at("select"));
    table.first_file = entry.at("first").to_number<std::size_t>();
    table.file_count = entry.at("count").to_number<std::size_t>();
    binding.tables.push_back(std::move(table));
  }
  binding.memory_bytes = parsed.at("memory").to_number<std::uint64_t>();
  binding.threads = parsed.at("threads").to_number<int>();
  return binding;
}

std::string encode_job(const Job& job) {
  return json::serialize(json::object{{"sql", job.sql},
                                      {"plan_only", job.plan_only},
                                      {"listing", job.listing},
                                      {"parameters", parameters_to_wire(job.parameters)},
                                      {"format", static_cast<int>(job.format)},
                                      {"formulas", job.formulas_as_they_are},
                                      {"row_limit", job.row_limit},
                                      {"row_limit_max", job.row_limit_max},
                                      {"bytes", job.result_bytes_max},
                                      {"progress", job.tells_progress}});
}

std::string encode_parse_job(const ParseJob& job) {
  return json::serialize(json::object{{"parse", job.sql}});
}

AnyJob decode_job(std::string_view text) {
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
  if (const json::value* sql = parsed.as_object().if_contains("parse")) {
    return ParseJob{text_of(*sql)};
  }
  Job job;
  job.sql = text_of(parsed.at("sql"));
  job.plan_only = parsed.at("plan_only").as_bool();
  job.listing = text_of(parsed.at("listing"));
  job.parameters = parameters_from_wire(parsed.at("parameters"));
  job.format = static_cast<Format>(parsed.at("format").to_number<int>());
  job.formulas_as_they_are = parsed.at("formulas").as_bool();
  job.row_limit = parsed.at("row_limit").to_number<std::int64_t>();
  job.row_limit_max = parsed.at("row_limit_max").to_number<std::int64_t>();
  job.result_bytes_max = parsed.at("bytes").to_number<std::size_t>();
  job.tells_progress = parsed.at("progress").as_bool();
  return job;
}

std::string encode_parsed(const ParsedStatement& statement) {
  json::array tables;
  for (const TableReference& table : statement.tables) {
    json::object entry{{"name", json::array(table.name.begin(), table.name.end())}};
    if (table.position) {
      entry["line"] = table.position->line;
      entry["column"] = table.position->column;
    }
    tables.push_back(std::move(entry));
  }
  json::object out{{"plan_only", statement.plan_only},
                   {"tables", std::move(tables)},
                   {"limit_clauses", statement.limit_clauses},
                   {"has_offset", statement.has_offset},
                   {"has_limit", statement.has_limit}};
  if (statement.limit) out["limit"] = *statement.limit;
  return json::serialize(out);
}

std::string encode_columns(const std::vector<AnswerColumn>& columns) {
  json::array out;
  for (const AnswerColumn& column : columns) {
    out.emplace_back(json::object{{"name", column.name}, {"type", column.type}});
  }
  return json::serialize(out);
}

std::string encode_tail(const AnswerTail& tail) {
  return json::serialize(
      json::object{{"row_count", tail.row_count}, {"truncated", tail.truncated}});
}

std::string encode_error(const Error& error) {
  json::object out{{"code", error.code.text()}, {"detail", error.detail}, {"remedy", error.remedy}};
  if (error.position) {
    out["line"] = error.position->line;
    out["column"] = error.position->column;
  }
  return json::serialize(out);
}

Result<std::vector<AnswerColumn>> decode_columns(std::string_view text) {
  try {
    std::vector<AnswerColumn> columns;
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
    for (const json::value& column : parsed.as_array()) {
      columns.push_back({text_of(column.at("name")), text_of(column.at("type"))});
    }
    return columns;
  } catch (const std::exception&) {
    return fail(nonsense());
  }
}

Result<AnswerTail> decode_tail(std::string_view text) {
  try {
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
    return AnswerTail{parsed.at("row_count").to_number<std::int64_t>(),
                      parsed.at("truncated").as_bool()};
  } catch (const std::exception&) {
    return fail(nonsense());
  }
}

Result<ParsedStatement> decode_parsed(std::string_view text) {
  try {
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
    ParsedStatement statement;
    statement.plan_only = parsed.at("plan_only").as_bool();
    const json::array& tables = parsed.at("tables").as_array();
    if (tables.size() > tables_max + 1) return fail(nonsense());
    for (const json::value& entry : tables) {
      TableReference table;
      for (const json::value& part : entry.at("name").as_array()) {
        table.name.push_back(text_of(part));
        if (table.name.back().size() > sql_bytes_max) return fail(nonsense());
      }
      if (table.name.size() > 3) return fail(nonsense());
      table.position = position_of(entry);
      statement.tables.push_back(std::move(table));
    }
    statement.limit_clauses = parsed.at("limit_clauses").to_number<std::size_t>();
    statement.has_offset = parsed.at("has_offset").as_bool();
    statement.has_limit = parsed.at("has_limit").as_bool();
    if (const json::value* limit = parsed.as_object().if_contains("limit")) {
      statement.limit = limit->to_number<std::int64_t>();
      if (*statement.limit < 0) return fail(nonsense());
    }
    return statement;
  } catch (const std::exception&) {
    return fail(nonsense());
  }
}

Error decode_error(std::string_view text) {
  try {
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
    Error error = query_error(ErrorCode::from_outside(text_of(parsed.at("code"))),
                              text_of(parsed.at("detail")), text_of(parsed.at("remedy")));
    error.position = position_of(parsed);
    return error;
  } catch (const std::exception&) {
    return nonsense();
  }
}

}  // namespace sluice::query
