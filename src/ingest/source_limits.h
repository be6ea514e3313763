#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::ingest {

/// Databricks allows 10,000 columns a table, but pages, plans and people stop long before.
inline constexpr std::size_t columns_max = 2000;
/// What the file calls a column. A longer one is text that was taken for a header.
inline constexpr std::size_t column_name_bytes_max = 64U << 10;
/// One cell. A Parquet page holds a cell whole; a larger one is a file, not a value.
inline constexpr std::size_t cell_bytes_max = 16U << 20;
/// One CSV row: DuckDB needs it whole in a buffer, several times over.
inline constexpr std::size_t csv_row_bytes_max = 32U << 20;
/// The texts of one row of a sheet, which is held whole; shared strings make a few bytes of file a
/// row of any size.
inline constexpr std::size_t sheet_row_bytes_max = 32U << 20;
/// Nesting in JSON, the outermost container included: each level costs stack or state in every
/// reader after us.
inline constexpr std::size_t json_depth_max = 64;
/// The values of one record, which is held whole.
inline constexpr std::size_t json_record_bytes_max = 64U << 20;
/// Places in the nested values of all columns, each with its own types to find: 1 KB of memory for
/// what may be seven bytes of JSON. A column beyond it stays JSON text.
inline constexpr std::size_t json_places_max = 50'000;
/// A JSON key; column names are cut at 255, so a longer one is not a name.
inline constexpr std::size_t json_key_bytes_max = 4096;
/// Rows × columns of JSON: sparse keys make a small body a huge table (60 million rows of 2,000
/// NULLs).
inline constexpr std::int64_t json_cells_max = 1'000'000'000;
/// Fields of one object that become columns of a STRUCT; more are data, not names.
inline constexpr std::size_t json_fields_max = 500;
/// STRUCT and LIST within each other; what is deeper stays JSON text.
inline constexpr std::size_t json_type_depth_max = 16;
/// A batch on its way to the engine ends at whichever comes first.
inline constexpr std::size_t json_batch_rows = 8192;
inline constexpr std::size_t json_batch_bytes = 4U << 20;
/// `name` and `description` of a body; the API has its own, lower limits.
inline constexpr std::size_t json_field_bytes_max = 64U << 10;

/// The start of a CSV from which delimiter, header and first types are found.
inline constexpr std::size_t sample_bytes_max = 8U << 20;
/// A sample of nothing but delimiters must not become hundreds of megabytes of empty cells.
inline constexpr std::size_t sample_cells_max = 1'000'000;
/// Of the sample, what is split once per delimiter.
inline constexpr std::size_t dialect_rows_max = 1000;
/// What one thread parses at a time: some thousands of rows, which fit in the processor's cache.
inline constexpr std::size_t csv_piece_bytes = 1U << 20;
/// Wide tables get larger pieces, or a piece is a handful of rows.
inline constexpr std::size_t csv_piece_bytes_per_column = 4U << 10;
/// Batches of rows that may wait for the engine.
inline constexpr std::size_t batches_ahead_max = 6;

/// Rows that do not fit, unless the user sets rejects_max: enough for footers and accidents.
inline constexpr std::int64_t rejects_max_default = 1000;
/// They are held in memory until the end.
inline constexpr std::size_t reject_bytes_max = 64U << 20;

/// What is packed may be so much larger than the upload: text repeats, but not a thousandfold.
inline constexpr std::uint64_t inflate_ratio_max = 1000;
/// Below this the ratio is not asked for; it holds for the texts of a sheet as well.
inline constexpr std::uint64_t inflate_free_bytes = 64ULL << 20;
/// How far back packed bytes may point (zstd: window, xz: dictionary): so much is held in memory.
/// As zstd itself has it; xz -9 takes half.
inline constexpr int inflate_window_log_max = 27;
inline constexpr std::uint64_t inflate_window_bytes_max = 1ULL << inflate_window_log_max;

/// A Parquet footer is read whole, by the engine into some twenty times its size.
inline constexpr std::size_t parquet_footer_bytes_max = 32U << 20;
/// Nesting of a Parquet schema, the root included: the engine recurses, and so do all after it.
inline constexpr std::size_t parquet_depth_max = 64;
/// Elements of a Parquet schema.
inline constexpr std::size_t parquet_nodes_max = 50'000;
/// The time that the engine takes grows with their square: 20 s for so many of one row. Those of
/// writers have 100,000 rows.
inline constexpr std::size_t parquet_row_groups_max = 10'000;
/// Row groups × leaf columns.
inline constexpr std::size_t parquet_chunks_max = 1'000'000;
/// A page is unpacked whole. Writers' are of about 1 MiB.
inline constexpr std::int64_t parquet_page_bytes_max = 256LL << 20;
/// Rows × leaf columns, unless there are as many bytes times inflate_ratio_max: runs of NULLs make
/// a hundred bytes a table of any length.
inline constexpr std::int64_t parquet_cells_free = 1'000'000'000;

/// How much of a cell is shown in errors and reasons.
inline constexpr std::size_t shown_cell_bytes_max = 80;

}  // namespace sluice::ingest
