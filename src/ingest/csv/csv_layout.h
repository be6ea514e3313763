#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/csv/csv_grammar.h"
#include "ingest/ingest.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// What a CSV file turned out to be.
struct CsvLayout {
  CsvGrammar grammar;
  std::size_t width = 0;
  bool has_header = true;
  std::vector<std::string> headers;  ///< `width` of them; `column_N` where there is no header.
  std::uint64_t data_offset = 0;     ///< In the sample's file: the first byte after the header.
  std::uint64_t data_line = 1;
  std::vector<Reject> above_header;  ///< Rows before the values: titles, notes.
  bool above_header_counts = false;  ///< Toward rejects_max: the place of the header is a guess.
  std::size_t least_cells = 0;       ///< As CsvRowReader takes it.
  bool short_rows_tell = false;      ///< There are enough of them to have a say in the types.
  std::vector<std::string> notes;
  StructureDecision decision;  ///< Of delimiter, quotes and header.
};

/// From the file's first bytes (without a byte order mark) and what the user says. Errors:
/// `no_columns`, `too_many_columns`, `csv_header_mismatch`, `csv_header_too_long`.
Result<CsvLayout> find_layout(std::string_view text, bool whole, const IngestOptions& options);

}  // namespace sluice::ingest
