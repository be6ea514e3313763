#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"

namespace sluice::profile {

/// Most values shown of a column, and most bins of a histogram.
inline constexpr int top_values_max = 10;
inline constexpr int histogram_bins_max = 20;
/// Of a text cell in a profile; what is longer is cut there and ends in `…`.
inline constexpr int profile_characters_max = 200;
/// A longer cell is no candidate for the top values: the engine would hold hundreds of them.
inline constexpr int top_value_bytes_max = 1000;

/// What the columns of `relation_sql` (a table, or `read_parquet('…')`) hold, as a JSON array with
/// one object per column, in their order; its form is the schema Profile of the API. Values are
/// those of a query answer.
///
/// The relation is read twice per 100 columns. Memory is the connection's limit, whatever the
/// number of rows: distinct values and quantiles are approximate (HyperLogLog, t-digest),
/// candidates for top values too (filtered space-saving), their counts exact.
///
/// Blocking, on one thread; makes temporary tables in the connection. In a worker only: an engine
/// reads users' bytes. Errors: `cancelled`, and the engine's own.
Result<std::string> make_profile(duckdb::Connection& connection, const std::string& relation_sql,
                                 const std::vector<Column>& columns, const std::stop_token& stop);

}  // namespace sluice::profile
