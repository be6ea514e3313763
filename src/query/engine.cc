#include "query/engine.h"

#include <algorithm>
#include <optional>

#include "dataset/names.h"
#include "query/explain.h"
#include "query/json_cells.h"
#include "query/parameters.h"
#include "query/row_writer.h"
#include "query/sql_check.h"
#include "query/sql_errors.h"

namespace sluice::query {
namespace {

/// A row is handed on whole.
constexpr std::size_t row_bytes_max = result_bytes_ceiling;

/// Frees what the C interface hands out.
struct Extracted {
  duckdb_extracted_statements raw = nullptr;
  ~Extracted() { duckdb_destroy_extracted(&raw); }
};
struct Pending {
  duckdb_pending_result raw = nullptr;
  ~Pending() { duckdb_destroy_pending(&raw); }
};
struct Chunk {
  duckdb_data_chunk raw = nullptr;
  ~Chunk() { duckdb_destroy_data_chunk(&raw); }
};

std::string path_of(const FileDescriptor& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

Result<void> internal(Result<duckdb::QueryResult> result) {
  if (result) return {};
  return fail(query_error("query_internal", scrubbed(result.error().detail)));
}

std::string joined_name(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '.';
    out += quote_identifier(part);
  }
  return out;
}

/// The types go into `types`, one for each column.
Result<std::vector<AnswerColumn>> columns_of(duckdb_result& result, std::vector<CellType>& types) {
  std::vector<AnswerColumn> columns;
  for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
    duckdb_logical_type type = duckdb_column_logical_type(&result, i);
    types.push_back(cell_type(type));
    duckdb_destroy_logical_type(&type);
    const char* name = duckdb_column_name(&result, i);
    columns.push_back({name == nullptr ? "" : name, types.back().text});
    if (is_renderable(types.back())) continue;
    return fail(query_error("query_failed",
                            "The column " + columns.back().name + " has the type " +
                                types.back().text + ", which has no JSON form.",
                            "CAST it to VARCHAR."));
  }
  return columns;
}

tl::unexpected<Error> nobody_is_there() {
  return fail(query_error("query_cancelled", "Nobody takes the answer."));
}

}  // namespace

Result<Engine> Engine::open() {
  duckdb::Settings settings = duckdb::job_settings(1, "512MB", "");
  settings.emplace_back("max_temp_directory_size", "0B");
  TRY_ASSIGN(duckdb::Database database, duckdb::Database::open(settings));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  TRY(connection.query("SET TimeZone = 'UTC'"));
  TRY(connection.query(
      "SET parquet_metadata_cache = true"));  // Views bind it, then the query again.
  TRY(connection.query("SELECT json_serialize_sql('SELECT 1')"));
  TRY(connection.query("SET errors_as_json = true"));  // sql_errors.h takes them apart.
  return Engine(std::move(database), std::move(connection));
}

Result<void> Engine::make_views(const Binding& binding, const std::vector<FileDescriptor>& files) {
  std::vector<std::string> made;
  const auto make_once = [&](const std::string& statement) -> Result<void> {
    if (std::find(made.begin(), made.end(), statement) != made.end()) return {};
    made.push_back(statement);
    return internal(connection_.query(statement));
  };
  for (const JobTable& table : binding.tables) {
    if (table.name.size() == 3) {
      const std::string catalog = quote_identifier(table.name[0]);
      TRY(make_once("ATTACH IF NOT EXISTS ':memory:' AS " + catalog));
      TRY(make_once("CREATE SCHEMA IF NOT EXISTS " + catalog + "." +
                    quote_identifier(table.name[1])));
    }
    std::string view = "CREATE VIEW " + joined_name(table.name) + " AS ";
    if (table.file_count > 0) {
      view +=
          "WITH " + quote_identifier(source_relation) + " AS NOT MATERIALIZED (FROM read_parquet([";
      for (std::size_t i = 0; i < table.file_count; ++i) {
        if (i > 0) view += ", ";
        view += quote_literal(path_of(files.at(table.first_file + i)));
      }
      view += "])) ";
    }
    view += "SELECT * FROM (" + table.view_select + ")";
    TRY(internal(connection_.query(view)));
  }
  return {};
}

Result<void> Engine::lock(const std::vector<FileDescriptor>& files) {
  std::string paths;
  for (const FileDescriptor& file : files) {
    if (!paths.empty()) paths += ", ";
    paths += quote_literal(path_of(file));
  }
  // The order matters: each of the last two forbids what comes before it.
  TRY(internal(connection_.query("SET allowed_paths = [" + paths + "]")));
  TRY(internal(connection_.query("SET temp_directory = ''")));
  TRY(internal(connection_.query("SET max_expression_depth = 250")));
  TRY(internal(connection_.query("SET enable_external_access = false")));
  return internal(connection_.query("SET lock_configuration = true"));
}

Result<CheckedSql> Engine::check(const std::string& sql) {
  duckdb_prepared_statement statement = nullptr;
  const bool prepared_ok = duckdb_prepare(connection_.raw(),
                                          "SELECT json_serialize_sql($1::VARCHAR)",
                                          &statement) == DuckDBSuccess;
  const Prepared serialize(statement);
  if (!prepared_ok ||
      duckdb_bind_varchar_length(statement, 1, sql.data(), sql.size()) != DuckDBSuccess) {
    return fail(query_error("query_syntax", "The statement is not valid UTF-8 text."));
  }
  duckdb_result raw;
  const bool ok = duckdb_execute_prepared(statement, &raw) == DuckDBSuccess;
  duckdb::QueryResult result(raw);
  if (!ok) return fail(error_from_engine(duckdb_result_error(&result.raw()), sql));
  const std::optional<std::string> tree = result.rows_as_text().at(0).at(0);
  return check_sql_tree(tree.value_or(""), sql, allowed_);
}

Result<void> Engine::bind(const Binding& binding, const std::vector<FileDescriptor>& files) {
  TRY(internal(connection_.query(
      "SET memory_limit = '" + std::to_string(binding.memory_bytes >> 20U) + "MiB'")));
  TRY(internal(connection_.query("SET threads = " + std::to_string(binding.threads))));
  TRY(make_views(binding, files));
  for (const JobTable& table : binding.tables) {
    std::string_view parts[3];
    std::copy(table.name.begin(), table.name.end(), parts);
    allowed_.insert(table_key({parts[0], parts[1], parts[2]}));
  }
  return lock(files);
}

Result<Statement*> Engine::prepare(const std::string& text) {
  if (Statement* known = statements_.find(text)) {
    duckdb_clear_bindings(known->prepared.get());
    return known;
  }
  Statement statement{text, explained(text), false, nullptr};
  const std::string& sql = statement.wanted.sql;
  TRY(check_is_one(sql));
  // Before binding: binding runs code too.
  TRY_ASSIGN(const CheckedSql checked, check(sql));
  statement.has_limit = checked.has_limit;
  const std::string_view prefix = explain_prefix(statement.wanted.explain);
  duckdb_prepared_statement raw = nullptr;
  const bool ok = duckdb_prepare(connection_.raw(), (std::string(prefix) + sql).c_str(), &raw) ==
                  DuckDBSuccess;
  statement.prepared.reset(raw);
  if (!ok) return fail(error_from_engine(duckdb_prepare_error(raw), sql, prefix.size()));
  if (duckdb_prepared_statement_type(raw) != (statement.wanted.explain == Explain::no
                                                  ? DUCKDB_STATEMENT_TYPE_SELECT
                                                  : DUCKDB_STATEMENT_TYPE_EXPLAIN)) {
    return fail(query_error("query_not_allowed", "Only one SELECT statement can be run here."));
  }
  return statements_.add(std::move(statement));
}

Result<AnswerTail> Engine::run(const Job& job, AnswerSink& sink) {
  TRY_ASSIGN(Statement* const statement, prepare(job.sql));
  const Explained& wanted = statement->wanted;
  const duckdb_prepared_statement prepared = statement->prepared.get();
  const auto engines_error = [&](const char* message) -> Result<AnswerTail> {
    return fail(error_from_engine(message, wanted.sql, explain_prefix(wanted.explain).size()));
  };
  TRY(bind_parameters(prepared, job.parameters));
  duckdb_result raw;
  if (wanted.explain != Explain::no) {
    const bool ok = duckdb_execute_prepared(prepared, &raw) == DuckDBSuccess;
    duckdb::QueryResult result(raw);
    return ok ? write_plan(result, sink) : engines_error(duckdb_result_error(&result.raw()));
  }
  Pending pending;
  if (duckdb_pending_prepared_streaming(prepared, &pending.raw) != DuckDBSuccess) {
    return engines_error(duckdb_pending_error(pending.raw));
  }
  const bool ok = duckdb_execute_pending(pending.raw, &raw) == DuckDBSuccess;
  duckdb::QueryResult result(raw);
  if (!ok) return engines_error(duckdb_result_error(&result.raw()));
  return write_rows(result.raw(), job, statement->has_limit ? job.row_limit_max : job.row_limit,
                    sink);
}

/// Exactly one statement.
Result<void> Engine::check_is_one(const std::string& sql) {
  Extracted statements;
  const idx_t count = duckdb_extract_statements(connection_.raw(), sql.c_str(), &statements.raw);
  if (count == 1) return {};
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(statements.raw);
    if (message != nullptr) return fail(error_from_engine(message, sql));
    return fail(query_error("query_syntax", "There is no statement in the text."));
  }
  return fail(query_error("query_not_allowed", "Only one SELECT statement can be run here.",
                          "A PIVOT needs its values named: ON column IN (…)."));
}

Result<AnswerTail> Engine::write_plan(duckdb::QueryResult& result, AnswerSink& sink) {
  const auto rows = result.rows_as_text();
  const std::string plan = rows.empty() || rows[0].size() < 2 ? "" : rows[0][1].value_or("");
  if (!sink.columns({{"plan", "JSON"}}) || !sink.rows("[[" + explain_json(plan) + "]]")) {
    return nobody_is_there();
  }
  return AnswerTail{1, false};
}

Result<AnswerTail> Engine::write_rows(duckdb_result& result, const Job& job,
                                      std::int64_t row_limit, AnswerSink& sink) {
  std::vector<CellType> types;
  TRY_ASSIGN(const std::vector<AnswerColumn> columns, columns_of(result, types));
  if (!sink.columns(columns)) return nobody_is_there();
  RowWriter writer(job.format, job.formulas_as_they_are, columns, types);
  AnswerTail tail;
  std::string rows;
  std::size_t written = 0;
  writer.begin(rows);
  while (!tail.truncated) {
    const Chunk chunk{duckdb_fetch_chunk(result)};
    if (chunk.raw == nullptr) {
      const char* message = duckdb_result_error(&result);
      if (message != nullptr && *message != '\0') {
        return fail(error_from_engine(message, job.sql));
      }
      break;
    }
    std::vector<CellVector> cells;
    for (std::size_t i = 0; i < types.size(); ++i) {
      cells.emplace_back(types[i], duckdb_data_chunk_get_vector(chunk.raw, i));
    }
    const idx_t size = duckdb_data_chunk_get_size(chunk.raw);
    for (idx_t row = 0; row < size; ++row) {
      tail.truncated = tail.row_count == row_limit;
      if (tail.truncated) break;
      const std::size_t before = rows.size();
      writer.append(rows, cells, row);
      if (rows.size() - before > row_bytes_max ||
          (tail.row_count == 0 && rows.size() + 1 > job.result_bytes_max)) {
        return fail(query_error("query_too_large", "One row is larger than an answer may be.",
                                "Select fewer columns, or substring() of the long ones."));
      }
      if (written + rows.size() + 1 > job.result_bytes_max) {
        rows.resize(before);
        tail.truncated = true;
        break;
      }
      ++tail.row_count;
      if (rows.size() < piece_bytes) continue;
      if (!sink.rows(rows)) return nobody_is_there();
      written += rows.size();
      rows.clear();
    }
  }
  writer.end(rows);
  if (!sink.rows(rows)) return nobody_is_there();
  return tail;
}

}  // namespace sluice::query
