#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::ingest {

/// Databricks allows 10,000 columns a table, but pages, plans and people stop long before.
inline constexpr std::size_t columns_max = 2000;
/// One cell. A Parquet page holds a cell whole; a larger one is a file, not a value.
inline constexpr std::size_t cell_bytes_max = 16U << 20;
/// One CSV row: DuckDB needs it whole in a buffer, several times over.
inline constexpr std::size_t csv_row_bytes_max = 32U << 20;
/// Nesting in JSON, the outermost container included: each level costs stack or state in every
/// reader after us.
inline constexpr std::size_t json_depth_max = 64;
/// A JSON key; column names are cut at 255, so a longer one is not a name.
inline constexpr std::size_t json_key_bytes_max = 4096;
/// Rows × columns of JSON: sparse keys make a small body a huge table (60 million rows of 2,000
/// NULLs).
inline constexpr std::int64_t json_cells_max = 1'000'000'000;
/// `name` and `description` of a body; the API has its own, lower limits.
inline constexpr std::size_t json_field_bytes_max = 64U << 10;

/// The start of a CSV from which delimiter, header and candidate types are found.
inline constexpr std::size_t sample_bytes_max = 8U << 20;
inline constexpr std::size_t sample_rows_max = 20'480;
/// A sample of nothing but delimiters must not become hundreds of megabytes of empty cells.
inline constexpr std::size_t sample_cells_max = 1'000'000;
/// Of the sample, what is split once per delimiter.
inline constexpr std::size_t dialect_rows_max = 1000;

/// COPY passes that may abort at one cell each; then one pass settles all columns together.
inline constexpr int copy_aborts_max = 4;
/// DuckDB's own row group, for tables up to `row_group_columns` wide; wider ones get fewer rows,
/// since a group is held in memory.
inline constexpr std::size_t row_group_rows = 122'880;
inline constexpr std::size_t row_group_columns = 64;

/// How much of a cell is shown in errors and reasons.
inline constexpr std::size_t shown_cell_bytes_max = 80;

}  // namespace sluice::ingest
