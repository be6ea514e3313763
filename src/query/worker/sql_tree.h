#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/error.h"
#include "base/result.h"
#include "query/parsed_statement.h"
#include "query/worker/explain.h"
#include "query/worker/text_places.h"

namespace sluice::query {

/// The engine's tree of one SELECT, and the text that it was made from.
struct SqlTree {
  std::string sql;            ///< The user's. Positions are those of this text.
  boost::json::value select;  ///< One entry of `statements`.
  std::string engine_sql;     ///< What `select` is the tree of: most often `sql`,
  TextPlaces places = {};     ///< of which this says where it stands there.
  /// Types that PIVOTs of `engine_sql` have their values from, and that are not there yet.
  std::vector<std::string> pivot_types = {};
};

/// From what `json_serialize_sql` gives for `sql`. Errors: `query_syntax` with the place of the
/// mistake, `query_not_allowed` where it is not exactly one SELECT. sql_reader.h knows more kinds.
Result<SqlTree> sql_tree(std::string_view serialized, std::string sql);

/// What stands in the tree, one node at a time. Pure, in the worker. A kind of node that is passed
/// over here is passed over by the check: a new version of the engine is looked at first.
class SqlTreeVisitor {
 public:
  virtual ~SqlTreeVisitor() = default;
  /// Every node but names of tables.
  virtual Result<void> node(const boost::json::object& node) = 0;
  /// A name in FROM that is no CTE's there.
  virtual Result<void> table(const boost::json::object& node) = 0;
};

/// From the outside to the inside. Ends with the visitor's first error; `query_not_allowed` where
/// the statement is nested too deeply.
Result<void> walk(const SqlTree& tree, SqlTreeVisitor& visitor);

/// Its tables and its limits.
Result<ParsedStatement> parsed_statement(const SqlTree& tree, Explain explain);

/// The member as text; empty where it is absent or no string.
std::string_view text_member(const boost::json::object& node, std::string_view name);

/// Catalog, schema and name of a table's node, as far as they are there; as they were written.
std::vector<std::string_view> table_name(const boost::json::object& node);

/// Where the node stands in the text; nodes that the engine made itself stand nowhere.
std::optional<TextPosition> position_in(const SqlTree& tree, const boost::json::object& node);

}  // namespace sluice::query
