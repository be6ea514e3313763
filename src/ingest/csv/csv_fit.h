#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/csv/csv_grammar.h"
#include "ingest/csv/csv_sample.h"

namespace sluice::ingest {

using Delimiters = std::vector<std::string>;

inline constexpr std::string_view usual_delimiters = ",;\t|";

/// A grammar, the sample read by it, and how well it fits.
struct Fit {
  CsvGrammar grammar;
  std::vector<SampleRow> rows;
  Modal modal;
  double share = 0;  ///< Of the rows that have the number of cells that most have.
  double score = 0;
};

/// `skipped`: bytes of a first line that is none.
Fit fit_of(std::string_view text, bool whole, std::size_t skipped, const CsvGrammar& grammar);

/// The best of the delimiters, and how near the next one is.
struct Best {
  Fit fit;
  double next = 0;
  std::string next_delimiter;
};

/// `grammar` with each of the delimiters; with the first where none makes rows of several cells.
Best best_of(std::string_view text, bool whole, std::size_t skipped, CsvGrammar grammar,
             const Delimiters& delimiters);

}  // namespace sluice::ingest
