#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "duckdb/database.h"
#include "query/protocol/wire.h"
#include "query/worker/answer.h"
#include "query/worker/sql_check.h"
#include "query/worker/statements.h"

namespace sluice::query {

/// The engine of one worker: opened before anything is asked, bound once, then asked as often as
/// its owner likes. One thread, until `bind` has been told that the process is locked in.
class Engine {
 public:
  /// Opens DuckDB with one thread and touches what a first query would load.
  static Result<Engine> open();

  /// Makes the views and locks the configuration. `files` are the binding's descriptors, which stay
  /// open as long as this. To be called once. Errors: `query_internal`, `query_memory`.
  Result<void> bind(const Binding& binding, const std::vector<FileDescriptor>& files);
  /// Checks the SQL, runs it and writes its rows. Errors, perhaps after some rows:
  /// `query_not_allowed`, `query_syntax`, `query_parameters`, `query_failed`, `query_memory`,
  /// `query_too_large`, `query_internal`.
  Result<AnswerTail> run(const Job& job, AnswerSink& sink);

 private:
  Engine(duckdb::Database database, duckdb::Connection connection)
      : database_(std::move(database)), connection_(std::move(connection)) {}
  Result<void> make_views(const Binding& binding, const std::vector<FileDescriptor>& files);
  Result<void> lock(const std::vector<FileDescriptor>& files);
  Result<CheckedSql> check(const std::string& sql);
  /// Known already, or checked and prepared now.
  Result<Statement*> prepare(const std::string& text);
  /// With the names of columns that are near, where the error is of one that is not there.
  Error with_near_columns(Error error);
  bool work_and_tell(duckdb_pending_result pending, AnswerSink& sink);
  Result<AnswerTail> write_plan(duckdb::QueryResult& result, AnswerSink& sink);

  duckdb::Database database_;
  duckdb::Connection connection_;
  AllowedTables allowed_;
  Statements statements_;  ///< Goes before the connection.
};

}  // namespace sluice::query
