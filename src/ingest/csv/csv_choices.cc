#include "ingest/csv/csv_choices.h"

#include <string>

#include "ingest/csv/csv_delimiter.h"
#include "ingest/csv/csv_fixed_columns.h"

namespace sluice::ingest {
namespace {

std::string rows_alike(const DialectOutcome& outcome) {
  return std::to_string(outcome.rows_alike) + " of the first " + std::to_string(outcome.rows) +
         " rows have " + std::to_string(outcome.cells) + " cells.";
}

std::string divided_by(const CsvGrammar& grammar) {
  if (grammar.starts.empty()) return name_of_delimiter(grammar.delimiter);
  return "columns at the same places, widths " + widths_text(grammar.starts);
}

std::string quotes_in_words(const CsvGrammar& grammar) {
  if (grammar.quote == 0) return "none: quotes are text";
  const std::string quote(1, grammar.quote);
  const std::string escaped = grammar.escape == 0
                                  ? ", a doubled one within stands for itself"
                                  : ", within escaped by " + std::string(1, grammar.escape);
  const std::string blanks = grammar.blanks_before_quote ? ", blanks before it do not count" : "";
  return quote + " encloses cells" + escaped + blanks;
}

/// Empty where no options say it: blanks before a quote are only found.
std::optional<IngestOptions> options_for_quotes(const CsvGrammar& grammar) {
  if (grammar.blanks_before_quote) return {};
  IngestOptions options;
  options.quote = grammar.quote;
  if (grammar.quote != 0) options.escape = grammar.escape;
  return options;
}

}  // namespace

std::string DialectOutcome::Next::in_words() const {
  return is_one_column ? "one column" : name_of_delimiter(delimiter);
}

StructureChoice delimiter_choice(const DialectOutcome& outcome, const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::delimiter;
  choice.settled_by = {"delimiter", "widths"};
  choice.is_given = options.delimiter.has_value() || !options.widths.empty();
  if (outcome.rows_alike == 0) {
    choice.taken = choice.is_given ? divided_by(outcome.grammar) : "none";
    choice.why = "No delimiter divides the lines: the table has one column.";
    return choice;
  }
  choice.taken = divided_by(outcome.grammar);
  if (options.widths.empty()) choice.score = outcome.score;
  choice.why = choice.is_given         ? "The sender says so."
               : outcome.named_by_file ? "The first line of the file says so."
                                       : rows_alike(outcome);
  choice.is_guess = !choice.is_given && outcome.is_guess;
  if (!outcome.next || choice.is_given) return choice;
  choice.runner_up = outcome.next->in_words();
  choice.margin = outcome.score - outcome.next->score;
  IngestOptions& next = choice.runner_up_options.emplace();
  if (outcome.next->is_one_column) {
    next.widths = {0};
  } else {
    next.delimiter = outcome.next->delimiter;
  }
  return choice;
}

StructureChoice quotes_choice(const DialectOutcome& outcome, const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::quotes;
  choice.settled_by = {"quote", "escape"};
  choice.is_given = options.quote.has_value() || options.escape.has_value();
  choice.taken = quotes_in_words(outcome.grammar);
  const bool is_usual = outcome.grammar.quote == '"' && outcome.grammar.escape == 0 &&
                        !outcome.grammar.blanks_before_quote;
  const bool has_quotes = outcome.grammar.starts.empty();
  choice.why = choice.is_given ? "The sender says so."
               : !has_quotes   ? "Columns at fixed places have no quotes around cells."
               : outcome.swallowing_line
                   ? "A cell in line " + std::to_string(*outcome.swallowing_line) +
                         " holds a line that looks like a row."
               : is_usual ? "No other meaning of quotes makes more rows alike."
                          : "The usual meaning of quotes leaves rows that do not fit.";
  if (choice.is_given) return choice;
  choice.is_guess = outcome.swallowing_line.has_value();
  CsvGrammar plain;
  plain.quote = 0;
  const std::optional<CsvGrammar> next =
      choice.is_guess ? std::optional(plain) : outcome.quotes_next;
  if (!next) return choice;
  choice.runner_up = quotes_in_words(*next);
  choice.runner_up_options = options_for_quotes(*next);
  if (choice.is_guess) return choice;
  choice.score = outcome.quotes_share;
  choice.margin = outcome.quotes_share - outcome.quotes_next_share;
  return choice;
}

}  // namespace sluice::ingest
