#pragma once

#include <duckdb.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "query/worker/explain.h"

namespace sluice::query {

struct DestroysPrepared {
  void operator()(duckdb_prepared_statement raw) const { duckdb_destroy_prepare(&raw); }
};
using Prepared = std::unique_ptr<_duckdb_prepared_statement, DestroysPrepared>;

/// A statement of the user's that was checked and prepared.
struct Statement {
  std::string text;  ///< As it came.
  Explained wanted;  ///< What of it is run.
  bool has_limit = false;
  Prepared prepared;
};

/// The last ones that a worker ran: what was allowed stays so in a process that is bound for life,
/// so a statement that comes again is neither parsed nor checked nor planned anew.
class Statements {
 public:
  /// Null where it is not there. It stays until the next `add`.
  Statement* find(std::string_view text);
  Statement* add(Statement statement);

 private:
  static constexpr std::size_t kept_max = 32;
  std::list<Statement> statements_;  ///< The one used last comes first.
};

}  // namespace sluice::query
