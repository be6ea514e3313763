#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/csv/csv_fit.h"
#include "ingest/options.h"

namespace sluice::ingest {

/// What quotes mean in a file, and the delimiter that goes best with it.
struct Quoting {
  Best best;
  /// The reading of quotes that came next; only where the text hints at another one at all.
  std::optional<CsvGrammar> next;
  double next_share = 0;  ///< Of the rows that then have one number of cells.
  std::vector<std::string> notes;
};

/// The usual reading (`grammar`), or one that the text hints at where the usual one leaves rows
/// that do not fit: quotes escaped by a backslash, blanks before a quote, single quotes, quotes
/// that are plain text. What the options say is no question. `skipped`: bytes of a first line that
/// is none.
Quoting find_quoting(std::string_view text, bool whole, std::size_t skipped,
                     const CsvGrammar& grammar, const Delimiters& delimiters,
                     const IngestOptions& options);

}  // namespace sluice::ingest
