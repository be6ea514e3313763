#pragma once

#include <cstddef>
#include <string>

namespace sluice::duckdb {

/// The options of a COPY to Parquet, in brackets: snappy, a file even where there is no row, and
/// row groups and dictionaries that a table of so many columns can be written with in 1 GB.
std::string parquet_options(std::size_t columns);

}  // namespace sluice::duckdb
