#include "query/engine.h"

#include <algorithm>
#include <optional>
#include <regex>

#include "dataset/names.h"
#include "query/json_cells.h"
#include "query/parameters.h"
#include "query/row_writer.h"
#include "query/sql_check.h"

namespace sluice::query {
namespace {

/// A row is handed on whole.
constexpr std::size_t row_bytes_max = result_bytes_ceiling;
constexpr std::string_view memory_remedy =
    "Select fewer columns or rows, or aggregate before sorting and joining.";

/// Frees what the C interface hands out.
struct Prepared {
  duckdb_prepared_statement raw = nullptr;
  ~Prepared() { duckdb_destroy_prepare(&raw); }
};
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

/// By the message's own first words: a prepared statement's error has no type in the C interface.
Error error_from(const char* message) {
  const std::string text = scrubbed(message == nullptr ? "The query failed." : message);
  const auto starts = [&](std::string_view word) { return text.starts_with(word); };
  if (starts("Out of Memory") || text.find("bad_alloc") != std::string::npos ||
      text.find("failed to allocate") != std::string::npos) {
    return query_error("query_memory", "The query needs more memory than it may use.",
                       std::string(memory_remedy));
  }
  if (starts("Permission Error")) return query_error("query_not_allowed", text);
  if (starts("Parser Error") || starts("Binder Error") || starts("Catalog Error") ||
      starts("Syntax Error")) {
    return query_error("query_syntax", text);
  }
  return query_error("query_failed", text);
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

std::string scrubbed(const std::string& message) {
  static const std::regex descriptor("/proc/self/fd/[0-9]+");
  return std::regex_replace(message, descriptor, "(data file)");
}

Result<Engine> Engine::open() {
  duckdb::Settings settings = duckdb::job_settings(1, "512MB", "");
  settings.emplace_back("max_temp_directory_size", "0B");
  TRY_ASSIGN(duckdb::Database database, duckdb::Database::open(settings));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  TRY(connection.query("SET TimeZone = 'UTC'"));
  TRY(connection.query(
      "SET parquet_metadata_cache = true"));  // Views bind it, then the query again.
  TRY(connection.query("SELECT json_serialize_sql('SELECT 1')"));
  return Engine(std::move(database), std::move(connection));
}

Result<void> Engine::make_views(const Job& job, const std::vector<FileDescriptor>& files) {
  std::vector<std::string> made;
  const auto make_once = [&](const std::string& statement) -> Result<void> {
    if (std::find(made.begin(), made.end(), statement) != made.end()) return {};
    made.push_back(statement);
    return internal(connection_.query(statement));
  };
  for (const JobTable& table : job.tables) {
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

Result<std::int64_t> Engine::check(const Job& job) {
  AllowedTables allowed;
  for (const JobTable& table : job.tables) {
    std::string_view parts[3];
    std::copy(table.name.begin(), table.name.end(), parts);
    allowed.insert(table_key({parts[0], parts[1], parts[2]}));
  }
  Prepared serialize;
  if (duckdb_prepare(connection_.raw(), "SELECT json_serialize_sql($1::VARCHAR)", &serialize.raw) !=
          DuckDBSuccess ||
      duckdb_bind_varchar_length(serialize.raw, 1, job.sql.data(), job.sql.size()) !=
          DuckDBSuccess) {
    return fail(query_error("query_syntax", "The statement is not valid UTF-8 text."));
  }
  duckdb_result raw;
  const bool ok = duckdb_execute_prepared(serialize.raw, &raw) == DuckDBSuccess;
  duckdb::QueryResult result(raw);
  if (!ok) return fail(error_from(duckdb_result_error(&result.raw())));
  const std::optional<std::string> tree = result.rows_as_text().at(0).at(0);
  TRY_ASSIGN(const CheckedSql checked, check_sql_tree(tree.value_or(""), allowed));
  return checked.has_limit ? job.row_limit_max : job.row_limit;
}

Result<AnswerTail> Engine::run(const Job& job, const std::vector<FileDescriptor>& files,
                               AnswerSink& sink) {
  TRY(internal(connection_.query("SET memory_limit = '" + std::to_string(job.memory_bytes >> 20U) +
                                 "MiB'")));
  TRY(internal(connection_.query("SET threads = " + std::to_string(job.threads))));
  TRY(make_views(job, files));
  TRY(lock(files));

  Extracted statements;
  const idx_t count =
      duckdb_extract_statements(connection_.raw(), job.sql.c_str(), &statements.raw);
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(statements.raw);
    if (message == nullptr) {
      return fail(query_error("query_syntax", "There is no statement in the text."));
    }
    return fail(error_from(message));
  }
  if (count != 1) {
    return fail(query_error("query_not_allowed", "Only one SELECT statement can be run here.",
                            "A PIVOT needs its values named: ON column IN (…)."));
  }
  TRY_ASSIGN(const std::int64_t row_limit, check(job));  // Before binding: binding runs code too.
  Prepared prepared;
  if (duckdb_prepare_extracted_statement(connection_.raw(), statements.raw, 0, &prepared.raw) !=
      DuckDBSuccess) {
    return fail(error_from(duckdb_prepare_error(prepared.raw)));
  }
  if (duckdb_prepared_statement_type(prepared.raw) != DUCKDB_STATEMENT_TYPE_SELECT) {
    return fail(query_error("query_not_allowed", "Only one SELECT statement can be run here."));
  }
  TRY(bind_parameters(prepared.raw, job.parameters));
  Pending pending;
  if (duckdb_pending_prepared_streaming(prepared.raw, &pending.raw) != DuckDBSuccess) {
    return fail(error_from(duckdb_pending_error(pending.raw)));
  }
  duckdb_result raw;
  const bool ok = duckdb_execute_pending(pending.raw, &raw) == DuckDBSuccess;
  duckdb::QueryResult result(raw);
  if (!ok) return fail(error_from(duckdb_result_error(&result.raw())));
  return write_rows(result.raw(), job, row_limit, sink);
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
      if (message != nullptr && *message != '\0') return fail(error_from(message));
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
