#pragma once

#include <cstddef>
#include <optional>

#include "ingest/csv/csv_grammar.h"
#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"

namespace sluice::ingest {

/// What the decision about a CSV's dialect came to, for keeping and showing it.
struct DialectOutcome {
  CsvGrammar grammar;
  std::size_t rows = 0;        ///< Looked at,
  std::size_t rows_alike = 0;  ///< and how many have `cells` cells; 0: no delimiter divides them.
  std::size_t cells = 1;
  double score = 0;
  bool named_by_file = false;  ///< Its first line is `sep=;`.
  struct Next {
    char delimiter = 0;
    double score = 0;
  };
  std::optional<Next> next;  ///< The next delimiter, where one divides rows at all.
  bool delimiter_is_guess = false;
};

StructureChoice delimiter_choice(const DialectOutcome& outcome, const IngestOptions& options);
StructureChoice quotes_choice(const DialectOutcome& outcome, const IngestOptions& options);

}  // namespace sluice::ingest
