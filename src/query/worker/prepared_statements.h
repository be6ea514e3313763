#pragma once

#include <duckdb.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "query/parsed_statement.h"
#include "query/worker/explain.h"
#include "query/worker/progress.h"
#include "query/worker/text_places.h"

namespace sluice::query {

struct DestroysPrepared {
  void operator()(duckdb_prepared_statement raw) const { duckdb_destroy_prepare(&raw); }
};
using Prepared = std::unique_ptr<_duckdb_prepared_statement, DestroysPrepared>;

/// A statement of the user's that was checked and prepared.
struct PreparedStatement {
  std::string text;        ///< As it came.
  bool plan_only = false;  ///< Whatever stands in front of it.
  Explained wanted;        ///< What of it is run.
  TextPlaces places;       ///< Of what the engine was given.
  ProgressPart progress;   ///< What comes before it is the rest.
  ParsedStatement parsed;
  Prepared prepared;
};

/// The last ones that a worker ran: what was allowed stays so in a process that is bound for life,
/// so a statement that comes again is neither parsed nor checked nor planned anew. One thread, the
/// worker's; ends before its connection does.
class PreparedStatements {
 public:
  /// Null where it is not there. It stays until the next `add`.
  PreparedStatement* find(std::string_view text, bool plan_only);
  PreparedStatement* add(PreparedStatement statement);

 private:
  static constexpr std::size_t kept_max = 32;
  std::list<PreparedStatement> statements_;  ///< The one used last comes first.
};

}  // namespace sluice::query
