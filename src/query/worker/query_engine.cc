#include "query/worker/query_engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/sql_text.h"
#include "query/near_names.h"
#include "query/protocol/parameters.h"
#include "query/worker/explain.h"
#include "query/worker/prerequisites.h"
#include "query/worker/progress.h"
#include "query/worker/sql_check.h"
#include "query/worker/sql_errors.h"
#include "query/worker/sql_reader.h"

namespace sluice::query {
namespace {

/// What stands instead of an analysed plan where the engine has none.
constexpr std::string_view lost_profile = "{\n    \"result\": \"error\"";

Result<void> internal(Result<duckdb::QueryResult> result) {
  if (result) return {};
  return fail(query_error(Code::query_internal, scrubbed(result.error().detail)));
}

std::string joined_name(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '.';
    out += quote_identifier(part);
  }
  return out;
}

}  // namespace

Result<QueryEngine> QueryEngine::open() {
  duckdb::Settings settings = duckdb::job_settings({.memory_bytes = 512'000'000, .threads = 1});
  settings.emplace_back("max_temp_directory_size", "0B");
  TRY_ASSIGN(duckdb::Database database, duckdb::Database::open(settings));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  TRY(connection.query("SET TimeZone = 'UTC'"));
  // Its files are open from its first statement to its end, so that no path is another's later;
  // views bind them, then the query again.
  TRY(connection.query("SET enable_external_file_cache = true"));
  TRY(connection.query("SET parquet_metadata_cache = true"));
  TRY(connection.query("SELECT json_serialize_sql('SELECT 1')"));
  TRY(connection.query("SET enable_progress_bar = true"));  // Else it is not reckoned.
  TRY(connection.query("SET enable_progress_bar_print = false"));
  TRY(connection.query("SET errors_as_json = true"));  // sql_errors.h takes them apart.
  return QueryEngine(std::move(database), std::move(connection));
}

Result<void> QueryEngine::make_views(const Binding& binding,
                                     const std::vector<FileDescriptor>& files) {
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

Result<void> QueryEngine::lock(const std::vector<FileDescriptor>& files) {
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

Result<QueryEngine::Parsed> QueryEngine::read(const std::string& text) {
  Explained wanted = explained(text);
  TRY_ASSIGN(SqlTree tree, read_sql(connection_.raw(), wanted.sql));
  return Parsed{text, std::move(wanted), std::move(tree)};
}

Result<ParsedStatement> QueryEngine::parse(const std::string& text) {
  parsed_.reset();
  if (const PreparedStatement* known = statements_.find(text, false)) return known->parsed;
  TRY_ASSIGN(Parsed read_now, read(text));
  TRY_ASSIGN(ParsedStatement parsed, parsed_statement(read_now.tree, read_now.wanted.explain));
  parsed_ = std::move(read_now);
  return parsed;
}

Result<void> QueryEngine::bind(const Binding& binding, const std::vector<FileDescriptor>& files) {
  TRY(internal(connection_.query("SET memory_limit = '" +
                                 duckdb::memory_setting(binding.memory_bytes) + "'")));
  TRY(internal(connection_.query("SET threads = " + std::to_string(binding.threads))));
  TRY(make_views(binding, files));
  for (const JobTable& table : binding.tables) {
    allowed_.insert(table_key({table.name.begin(), table.name.end()}));
  }
  return lock(files);
}

Result<PreparedStatement> QueryEngine::prepare(const Job& job, Parsed parsed) {
  PreparedStatement statement{job.sql, job.plan_only, std::move(parsed.wanted), {}, {},
                              {},      nullptr};
  if (!parsed.tree.pivot_types.empty()) statement.progress = behind_pivot_values;
  TRY_ASSIGN(statement.parsed, parsed_statement(parsed.tree, statement.wanted.explain));
  if (job.plan_only) statement.wanted.explain = Explain::plan;
  const std::string_view prefix = explain_prefix(statement.wanted.explain);
  statement.places = parsed.tree.places.behind(prefix.size());
  duckdb_prepared_statement raw = nullptr;
  const bool ok =
      duckdb_prepare(connection_.raw(), (std::string(prefix) + parsed.tree.engine_sql).c_str(),
                     &raw) == DuckDBSuccess;
  statement.prepared.reset(raw);
  if (!ok) {
    return fail(
        error_from_engine(duckdb_prepare_error(raw), statement.wanted.sql, statement.places));
  }
  if (duckdb_prepared_statement_type(raw) != (statement.wanted.explain == Explain::no
                                                  ? DUCKDB_STATEMENT_TYPE_SELECT
                                                  : DUCKDB_STATEMENT_TYPE_EXPLAIN)) {
    return fail(query_error(Code::query_not_allowed, "Only one SELECT statement can be run here."));
  }
  return statement;
}

Error QueryEngine::with_near_columns(Error error) {
  const std::string missing = missing_column(error);
  if (missing.empty()) return error;
  Result<duckdb::QueryResult> columns =
      connection_.query("SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT internal");
  if (!columns) return error;  // A hint only.
  std::vector<std::string> names;
  for (const auto& row : columns->rows_as_text()) names.push_back(row.at(0).value_or(""));
  error.remedy = names_near(missing, names);
  return error;
}

Result<AnswerTail> QueryEngine::run(const Job& job, AnswerSink& sink) {
  std::optional<Parsed> parsed = std::exchange(parsed_, std::nullopt);
  if (PreparedStatement* known = statements_.find(job.sql, job.plan_only)) {
    duckdb_clear_bindings(known->prepared.get());
    return answer(*known, job, sink);
  }
  if (!parsed || parsed->text != job.sql) {
    TRY_ASSIGN(parsed, read(job.sql));
  }
  // Before anything else is made of it: binding runs code, and so does what expands pragmas.
  TRY(check_sql(parsed->tree, allowed_));
  if (!has_prerequisites(parsed->tree)) {
    Result<PreparedStatement> statement = prepare(job, std::move(*parsed));
    if (!statement) return fail(with_near_columns(std::move(statement.error())));
    return answer(*statements_.add(std::move(*statement)), job, sink);
  }
  TRY_ASSIGN(const Transaction transaction, Transaction::begin(connection_));
  const Result<void> made = make_prerequisites(connection_, job, allowed_, parsed->tree, sink);
  if (!made) return fail(with_near_columns(made.error()));
  const Result<PreparedStatement> statement = prepare(job, std::move(*parsed));
  if (!statement) return fail(with_near_columns(statement.error()));
  return answer(*statement, job, sink);
}

Result<AnswerTail> QueryEngine::answer(const PreparedStatement& statement, const Job& job,
                                       AnswerSink& sink) {
  const duckdb_prepared_statement prepared = statement.prepared.get();
  const auto engines_error = [&](const char* message) -> Result<AnswerTail> {
    return fail(error_from_engine(message, statement.wanted.sql, statement.places));
  };
  TRY(bind_parameters(prepared, job.parameters));
  duckdb_result raw;
  if (statement.wanted.explain != Explain::no) {
    const bool ok = duckdb_execute_prepared(prepared, &raw) == DuckDBSuccess;
    duckdb::QueryResult result(raw);
    return ok ? write_plan(result, sink) : engines_error(duckdb_result_error(&result.raw()));
  }
  Pending pending;
  if (duckdb_pending_prepared_streaming(prepared, &pending.raw) != DuckDBSuccess) {
    return engines_error(duckdb_pending_error(pending.raw));
  }
  if (job.tells_progress &&
      !work_and_tell(connection_.raw(), pending.raw, statement.progress, sink)) {
    return fail(client_gone_error());
  }
  const bool ok = duckdb_execute_pending(pending.raw, &raw) == DuckDBSuccess;
  duckdb::QueryResult result(raw);
  if (!ok) return engines_error(duckdb_result_error(&result.raw()));
  return write_answer(result.raw(), job,
                      statement.parsed.has_limit ? job.row_limit_max : job.row_limit, sink);
}

Result<AnswerTail> QueryEngine::write_plan(duckdb::QueryResult& result, AnswerSink& sink) {
  const auto rows = result.rows_as_text();
  const std::string plan = rows.empty() || rows[0].size() < 2 ? "" : rows[0][1].value_or("");
  // What counts the rows in the footers while it plans leaves the engine nothing to measure.
  if (plan.starts_with(lost_profile)) {
    return fail(query_error(Code::query_failed,
                            "The engine answered from the files' metadata and measured nothing.",
                            "EXPLAIN without ANALYZE shows the plan."));
  }
  if (!sink.columns({{"plan", "JSON"}}) || !sink.rows("[[" + explain_json(plan) + "]]")) {
    return fail(client_gone_error());
  }
  return AnswerTail{1, false};
}

}  // namespace sluice::query
