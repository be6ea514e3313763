#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "duckdb/database.h"
#include "query/protocol/wire.h"
#include "query/worker/answer_writer.h"
#include "query/worker/prepared_statements.h"
#include "query/worker/sql_check.h"
#include "query/worker/sql_tree.h"

namespace sluice::query {

/// The engine of one worker: opened before anything is asked, bound once, then asked as often as
/// its owner likes. One thread, until `bind` has been told that the process is locked in.
class QueryEngine {
 public:
  /// Opens DuckDB with one thread and touches what a first query would load.
  static Result<QueryEngine> open();

  /// Makes the views and locks the configuration. `files` are the binding's descriptors, which stay
  /// open as long as this. To be called once. Errors: `query_internal`, `query_memory`.
  Result<void> bind(const Binding& binding, const std::vector<FileDescriptor>& files);
  /// Which tables the SQL names. The tree is kept until the next statement, which most often is to
  /// run it. Errors: `query_not_allowed`, `query_syntax`.
  Result<ParsedStatement> parse(const std::string& text);
  /// Checks the SQL, runs it and writes its rows. Errors, perhaps after some rows:
  /// `query_not_allowed`, `query_syntax`, `query_parameters`, `query_failed`, `query_memory`,
  /// `query_too_large`, `query_internal`.
  Result<AnswerTail> run(const Job& job, AnswerSink& sink);

 private:
  QueryEngine(duckdb::Database database, duckdb::Connection connection)
      : database_(std::move(database)), connection_(std::move(connection)) {}
  Result<void> make_views(const Binding& binding, const std::vector<FileDescriptor>& files);
  Result<void> lock(const std::vector<FileDescriptor>& files);
  /// With the names of columns that are near, where the error is of one that is not there.
  Error with_near_columns(Error error);
  Result<AnswerTail> write_plan(duckdb::QueryResult& result, AnswerSink& sink);

  duckdb::Database database_;
  duckdb::Connection connection_;
  AllowedTables allowed_;
  /// The last one that was parsed and not yet run.
  struct Parsed {
    std::string text;
    Explained wanted;
    SqlTree tree;
  };
  Result<Parsed> read(const std::string& text);
  /// Of what was checked.
  Result<PreparedStatement> prepare(const Job& job, Parsed parsed);
  Result<AnswerTail> answer(const PreparedStatement& statement, const Job& job, AnswerSink& sink);
  std::optional<Parsed> parsed_;
  PreparedStatements statements_;  ///< Goes before the connection.
};

}  // namespace sluice::query
