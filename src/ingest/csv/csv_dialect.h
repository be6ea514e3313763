#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/csv/csv_grammar.h"
#include "ingest/csv/csv_sample.h"
#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"

namespace sluice::ingest {

/// How a file's text divides, as its first rows say.
struct CsvDialect {
  CsvGrammar grammar;
  std::vector<SampleRow> rows;  ///< The sample, read by it.
  std::size_t skipped = 0;      ///< Bytes of a first line that only names the delimiter.
  std::vector<std::string> notes;
  StructureDecision decision;  ///< Of the delimiter and the quotes.
};

/// One decision over delimiters (`,` `;` tab `|`; where none of those divides, `^` `~` 0x01 and
/// rarer ones; longer ones of which those are a part, as `||`), columns at fixed places, and what
/// quotes mean (nothing, doubled ones, escaped ones, ones behind a blank). Each reading's score is
/// the share of rows that have the same number of cells, less what cells hold of other delimiters
/// without a reason; where the next one is close, a note says so. What the options say is no
/// question. A reading other than the usual one is looked at only where the text hints at it.
CsvDialect find_dialect(std::string_view text, bool whole, const IngestOptions& options);

}  // namespace sluice::ingest
