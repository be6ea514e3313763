#pragma once

#include <cstddef>
#include <vector>

#include "ingest/structure/table_start.h"

namespace sluice::ingest {

/// Whether `decision`, which `rows` and `question` led to, would be another one without one of the
/// columns or rows: a jackknife. Where neither of two files that differ in one row or one column
/// hangs on it, both have the decision of the file without it, so that no such change turns it in
/// silence. Rows of names are not left out: a table without them is another one.
///
/// Bounds: `cells_left_out_max`, so that wide tables are asked less or not at all; of many rows
/// only those above the table and the first ones of it.
bool hangs_on_one(const std::vector<TableRow>& rows, const StartQuestion& question,
                  const StartDecision& decision);

/// Rows × columns of all looks together: about two milliseconds.
inline constexpr std::size_t cells_left_out_max = 5'000;

}  // namespace sluice::ingest
