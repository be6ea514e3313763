#pragma once

#include <utility>

#include "base/result.h"
#include "duckdb/database.h"
#include "query/protocol/wire.h"
#include "query/render/answer_sink.h"
#include "query/worker/progress.h"
#include "query/worker/sql_check.h"
#include "query/worker/sql_tree.h"

namespace sluice::query {

/// What is made for one run of a statement goes again when this does: after its rows.
class Transaction {
 public:
  static Result<Transaction> begin(duckdb::Connection& connection);
  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(duckdb::Connection& connection) : connection_(&connection) {}
  duckdb::Connection* connection_;
};

/// The part of a query's progress that is left when its PIVOTs' values are found.
inline constexpr ProgressPart behind_pivot_values{50, 100};

/// Whether something has to be there before the statement can be prepared: the views of its tables'
/// names (listing.h), or the values of its PIVOTs (pivot_values.h).
bool has_prerequisites(const SqlTree& tree);

/// Makes it, in a transaction. `tree` was checked; it comes back with the text for the engine, and
/// all that runs here is checked by itself. Errors: as of the query itself; `query_too_large` where
/// a PIVOT finds too many values.
Result<void> make_prerequisites(duckdb::Connection& connection, const Job& job,
                                AllowedTables allowed, SqlTree& tree, AnswerSink& sink);

}  // namespace sluice::query
