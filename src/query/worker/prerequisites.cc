#include "query/worker/prerequisites.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sql_text.h"
#include "query/protocol/parameters.h"
#include "query/worker/answer_writer.h"
#include "query/worker/listing.h"
#include "query/worker/pivot_values.h"
#include "query/worker/prepared_statements.h"
#include "query/worker/progress.h"
#include "query/worker/sql_errors.h"
#include "query/worker/sql_reader.h"

namespace sluice::query {
namespace {

Error too_many_values(std::string what) {
  return query_error(Code::query_too_large, "A PIVOT finds more than " + std::move(what) + ".",
                     "Name those you want: ON column IN (…); or filter its source.");
}

/// Of the first column, which is text without NULL.
Result<std::vector<std::string>> values_of(duckdb_result& result) {
  std::vector<std::string> values;
  std::size_t bytes = 0;
  for (;;) {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
    if (chunk == nullptr) return values;
    auto* texts = static_cast<duckdb_string_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); ++i) {
      values.emplace_back(duckdb_string_t_data(&texts[i]), duckdb_string_t_length(texts[i]));
      bytes += values.back().size();
    }
    duckdb_destroy_data_chunk(&chunk);
    if (values.size() > pivot_values_max) {
      return fail(too_many_values(std::to_string(pivot_values_max) + " values"));
    }
    if (bytes > pivot_values_bytes_max) return fail(too_many_values("1 MiB of values"));
  }
}

/// Runs the query whose text is `text`.
Result<std::vector<std::string>> found_values(duckdb::Connection& connection, const Job& job,
                                              const std::string& text, ProgressPart part,
                                              AnswerSink& sink) {
  const auto engines_error = [](const char* message) {
    return fail(error_from_engine(message, {}, TextPlaces::nowhere()));
  };
  duckdb_prepared_statement raw = nullptr;
  const bool ok = duckdb_prepare(connection.raw(), text.c_str(), &raw) == DuckDBSuccess;
  const Prepared prepared(raw);
  if (!ok) return engines_error(duckdb_prepare_error(raw));
  if (duckdb_prepared_statement_type(raw) != DUCKDB_STATEMENT_TYPE_SELECT) {
    return fail(query_error(Code::query_not_allowed, "Only one SELECT statement can be run here."));
  }
  TRY(bind_those_used(raw, job.parameters));
  Pending pending;
  if (duckdb_pending_prepared(raw, &pending.raw) != DuckDBSuccess) {
    return engines_error(duckdb_pending_error(pending.raw));
  }
  if (job.tells_progress && !work_and_tell(connection.raw(), pending.raw, part, sink)) {
    return fail(client_gone_error());
  }
  duckdb_result values{};
  const bool done = duckdb_execute_pending(pending.raw, &values) == DuckDBSuccess;
  duckdb::QueryResult result(values);
  if (!done) return engines_error(duckdb_result_error(&result.raw()));
  return values_of(result.raw());
}

/// As a parameter: a value may hold anything, a NUL byte among it.
Result<void> make_type(duckdb::Connection& connection, const std::string& name,
                       const std::vector<std::string>& values) {
  std::vector<duckdb_value> each;
  each.reserve(values.size() + 1);  // An empty list has an address, too: the engine looks.
  for (const std::string& value : values) {
    each.push_back(duckdb_create_varchar_length(value.data(), value.size()));
  }
  duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_value list = duckdb_create_list_value(type, each.data(), each.size());
  const std::string sql =
      "CREATE TEMP TYPE " + quote_identifier(name) + " AS ENUM (SELECT unnest($1::VARCHAR[]))";
  duckdb_prepared_statement raw = nullptr;
  duckdb_result made{};
  const bool ok = duckdb_prepare(connection.raw(), sql.c_str(), &raw) == DuckDBSuccess &&
                  duckdb_bind_value(raw, 1, list) == DuckDBSuccess &&
                  duckdb_execute_prepared(raw, &made) == DuckDBSuccess;
  const Prepared prepared(raw);
  duckdb::QueryResult result(made);
  for (duckdb_value& value : each) duckdb_destroy_value(&value);
  duckdb_destroy_value(&list);
  duckdb_destroy_logical_type(&type);
  if (ok) return {};
  const char* message = duckdb_result_error(&result.raw());
  return fail(error_from_engine(message == nullptr ? duckdb_prepare_error(raw) : message, {},
                                TextPlaces::nowhere()));
}

Result<void> find_pivot_values(duckdb::Connection& connection, const Job& job,
                               const AllowedTables& allowed, const SqlTree& tree,
                               AnswerSink& sink) {
  const auto read = [&](const std::string& sql) { return read_sql(connection.raw(), sql); };
  TRY_ASSIGN(const std::vector<PivotValuesQuery> queries, pivot_values_queries(tree, read));
  ProgressPart part{0, 0};
  for (const PivotValuesQuery& query : queries) {
    part = {part.to, part.to + behind_pivot_values.from / static_cast<double>(queries.size())};
    TRY_ASSIGN(const std::string text, write_sql(connection.raw(), query.select));
    TRY(check_sql(SqlTree{tree.sql, query.select, tree.engine_sql, tree.places}, allowed));
    Result<std::vector<std::string>> values = found_values(connection, job, text, part, sink);
    if (!values) {
      if (!values.error().position) values.error().position = query.position;
      return fail(std::move(values.error()));
    }
    // A plan over tables that are not here yet has to want of them what it will want: two values,
    // since the rows of one alone might be all that is wanted.
    if (job.plan_only && values->empty()) *values = {"a", "b"};
    TRY(make_type(connection, query.type, *values));
  }
  return {};
}

}  // namespace

Result<Transaction> Transaction::begin(duckdb::Connection& connection) {
  const Result<duckdb::QueryResult> begun = connection.query("BEGIN");
  if (!begun) return fail(query_error(Code::query_internal, scrubbed(begun.error().detail)));
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr) static_cast<void>(connection_->query("ROLLBACK"));
}

bool has_prerequisites(const SqlTree& tree) {
  return !tree.pivot_types.empty() || names_listing(tree);
}

Result<void> make_prerequisites(duckdb::Connection& connection, const Job& job,
                                AllowedTables allowed, SqlTree& tree, AnswerSink& sink) {
  if (names_listing(tree)) {
    TRY(make_listing(connection, job.listing));
    redirect_to_listing(tree.select);
    allow_listing(allowed);
    TRY_ASSIGN(tree.engine_sql, write_sql(connection.raw(), tree.select));
    tree.places = TextPlaces::nowhere();
    TRY(check_sql(tree, allowed));
  }
  return find_pivot_values(connection, job, allowed, tree, sink);
}

}  // namespace sluice::query
