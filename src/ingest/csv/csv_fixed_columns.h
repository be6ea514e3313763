#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/csv/csv_sample.h"

namespace sluice::ingest {

/// Where columns begin that are padded with spaces to the same places in all lines, in characters,
/// the first at 0; none where the lines have no such columns. A place is one where nearly all lines
/// have a space, some of them more than one: so prose has none.
std::vector<std::size_t> find_fixed_columns(std::string_view text, bool whole, char line_end);

/// Whether rows cut there are of a table: three columns, or a name above numbers or dates; and no
/// column of nothing but marks, nor one that ends in commas.
bool are_of_a_table(const std::vector<SampleRow>& rows);

/// As the option widths has it: `[10, 9, null]`.
std::string widths_text(const std::vector<std::size_t>& starts);

}  // namespace sluice::ingest
