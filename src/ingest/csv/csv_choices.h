#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ingest/csv/csv_grammar.h"
#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"

namespace sluice::ingest {

/// What the decision about how a CSV's lines divide came to, for keeping and showing it.
struct DialectOutcome {
  CsvGrammar grammar;
  std::size_t rows = 0;        ///< Looked at,
  std::size_t rows_alike = 0;  ///< and how many have `cells` cells; 0: nothing divides them.
  std::size_t cells = 1;
  double score = 0;
  bool named_by_file = false;  ///< Its first line is `sep=;`.
  /// What came next.
  struct Next {
    std::string delimiter;
    bool is_one_column = false;  ///< Rather than cells between delimiters.
    double score = 0;

    std::string in_words() const;
  };
  std::optional<Next> next;
  bool is_guess = false;  ///< How the lines divide; `next` is near.
  /// What else quotes might mean, where the text hints at it, and the rows alike under either.
  std::optional<CsvGrammar> quotes_next;
  double quotes_share = 0;
  double quotes_next_share = 0;
  /// Where a quoted cell holds a line that looks like a row: its quotes may be text, or stray.
  std::optional<std::uint64_t> swallowing_line;
};

StructureChoice delimiter_choice(const DialectOutcome& outcome, const IngestOptions& options);
StructureChoice quotes_choice(const DialectOutcome& outcome, const IngestOptions& options);

}  // namespace sluice::ingest
