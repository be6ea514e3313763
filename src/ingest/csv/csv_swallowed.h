#pragma once

#include <cstdint>
#include <optional>

#include "ingest/csv/csv_fit.h"

namespace sluice::ingest {

/// Whether a quoted cell goes over lines of which one has as many cells as the table: text of its
/// own, or rows that a stray quote swallowed.
bool has_lines_as_wide(const Fit& fit);

/// The line of a row in which a quoted cell holds a line that is a row of the table by its looks
/// too: where other rows have numbers, dates, times or booleans it has them as well. Empty where
/// there is none, or where all columns are text, of which nothing can be told.
std::optional<std::uint64_t> line_that_swallows(const Fit& fit);

}  // namespace sluice::ingest
