#pragma once

#include <vector>

#include "ingest/structure/cell_look.h"

namespace sluice::ingest {

/// Rows of notes on the columns below the names: always two, or there are none.
inline constexpr std::size_t column_notes_rows = 2;

/// Whether two rows below `names` tell of the columns and are no rows of the table: units and
/// identifiers, as NREL's files of inverters have them, or types and roles, as Orange writes them.
/// `typed`: what the columns are further down. One such row is part of the names (table_start.h).
bool are_column_notes(const TableRow& names, const TableRow& upper, const TableRow& lower,
                      const std::vector<CellLook>& typed);

}  // namespace sluice::ingest
