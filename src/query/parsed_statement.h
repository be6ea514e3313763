#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace sluice::query {

/// A table as a statement names it.
struct TableReference {
  std::vector<std::string> name;              ///< One to three parts, lower case, without quotes.
  std::optional<TextPosition> position = {};  ///< Where the name stands first.
};

/// What the engine's parser says of a statement: nothing of it was bound, checked or run.
struct ParsedStatement {
  bool plan_only = false;  ///< EXPLAIN, which runs nothing; EXPLAIN ANALYZE runs the query.
  /// Each name once, as far as it is no CTE's. Never more than tables_max and one: whoever names
  /// so many names too many.
  std::vector<TableReference> tables = {};
  std::size_t limit_clauses = 0;  ///< LIMITs and OFFSETs, those of subqueries and CTEs included.
  bool has_offset = false;        ///< Any of them has one.
  bool has_limit = false;         ///< The outermost query has a LIMIT of its own
  std::optional<std::int64_t> limit = {};  ///< of so many rows, where it is a plain number.
};

/// Whether it names one of the relations that list what may be queried (`listing_schema`), and
/// whether it is the one of all columns.
bool asks_for_listing(const ParsedStatement& statement);
bool asks_for_columns(const ParsedStatement& statement);

}  // namespace sluice::query
