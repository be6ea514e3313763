#include "query/protocol/wire.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "query/protocol/parameters.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

/// The worker sent something that it does not send when it is well.
Error nonsense() {
  return query_error("query_killed", "The query's worker process answered with nonsense.");
}

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
                                      {"parameters", parameters_to_wire(job.parameters)},
                                      {"format", static_cast<int>(job.format)},
                                      {"formulas", job.formulas_as_they_are},
                                      {"row_limit", job.row_limit},
                                      {"row_limit_max", job.row_limit_max},
                                      {"bytes", job.result_bytes_max},
                                      {"progress", job.tells_progress}});
}

Job decode_job(std::string_view text) {
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
  Job job;
  job.sql = text_of(parsed.at("sql"));
  job.parameters = parameters_from_wire(parsed.at("parameters"));
  job.format = static_cast<Format>(parsed.at("format").to_number<int>());
  job.formulas_as_they_are = parsed.at("formulas").as_bool();
  job.row_limit = parsed.at("row_limit").to_number<std::int64_t>();
  job.row_limit_max = parsed.at("row_limit_max").to_number<std::int64_t>();
  job.result_bytes_max = parsed.at("bytes").to_number<std::size_t>();
  job.tells_progress = parsed.at("progress").as_bool();
  return job;
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

Error decode_error(std::string_view text) {
  try {
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
    Error error = query_error(text_of(parsed.at("code")), text_of(parsed.at("detail")),
                              text_of(parsed.at("remedy")));
    if (parsed.as_object().contains("line")) {
      error.position = TextPosition{parsed.at("line").to_number<std::uint32_t>(),
                                    parsed.at("column").to_number<std::uint32_t>()};
    }
    return error;
  } catch (const std::exception&) {
    return nonsense();
  }
}

}  // namespace sluice::query
