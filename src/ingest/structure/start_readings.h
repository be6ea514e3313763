#pragma once

#include <vector>

#include "ingest/structure/table_start.h"

namespace sluice::ingest {

/// Compares all readings within the first rows. `rows` is not empty. A row without cells could not
/// be read. Time: rows × columns, and the first thirty rows once more each.
StartDecision compare_readings(const std::vector<TableRow>& rows, const StartQuestion& question);

/// Groups of columns (2023, then 2024) above a row of names: each but the last has a gap behind.
bool is_row_of_groups(const TableRow& upper, const TableRow& lower);

}  // namespace sluice::ingest
