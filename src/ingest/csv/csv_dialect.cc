#include "ingest/csv/csv_dialect.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "ingest/csv/csv_choices.h"
#include "ingest/csv/csv_delimiter.h"
#include "ingest/csv/csv_fit.h"
#include "ingest/csv/csv_fixed_columns.h"
#include "ingest/csv/csv_quoting.h"
#include "ingest/csv/csv_swallowed.h"
#include "ingest/source_limits.h"
#include "ingest/structure/cell_look.h"

namespace sluice::ingest {
namespace {

const Delimiters& other_delimiters() {
  static const Delimiters known = {"^", "~", "\x01", "¦", "¬", "§", "::", "##", "@@", "$$", "&&"};
  return known;
}
/// Below this distance the delimiter is called a guess.
constexpr double delimiter_margin = 0.1;
/// Of fewer rows, columns of spaces may be chance.
constexpr std::size_t rows_beyond_chance = 10;

/// Excel's `sep=;`, alone in the first line: the delimiter, and the bytes of that line.
std::pair<std::string, std::size_t> sep_line(std::string_view text) {
  const std::size_t quotes = text.starts_with('"') ? 1 : 0;
  if (lowered(text.substr(quotes, 4)) != "sep=") return {};
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  std::string_view delimiter = line.substr(quotes + 4);
  if (quotes == 1 && !delimiter.ends_with('"')) return {};
  delimiter.remove_suffix(quotes);
  if (delimiter.size() != 1 || static_cast<unsigned char>(delimiter[0]) >= 0x80 ||
      delimiter == "\"" || delimiter[0] == '\0' || line.size() == text.size()) {
    return {};
  }
  const std::size_t end = std::min(text.find_first_not_of('\r', line.size()), text.size());
  const bool ends_in_lf = end < text.size() && text[end] == '\n';
  return {std::string(delimiter), ends_in_lf ? end + 1 : end};
}

/// Every second cell of every row is empty: perhaps the delimiter is two of them.
bool is_doubled(const std::vector<SampleRow>& rows) {
  for (const SampleRow& row : rows) {
    if (row.faulty || row.cells.size() < 3 || row.cells.size() % 2 == 0) return false;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (row.null[i] != (i % 2 == 1)) return false;
    }
  }
  return rows.size() > 1;
}

/// Of so many rows nine in ten have to be of one width; of fewer all but one.
constexpr std::size_t rows_of_tenths = 10;

/// One of the rarer delimiters, where none of the usual ones divides the rows. Single bytes may
/// divide two columns; `::` and the like, which stand in names and addresses too, three.
bool is_divided(const Fit& fit) {
  const std::size_t misfits = fit.rows.size() - fit.modal.rows;
  const bool all_but_one = misfits <= 1 && fit.rows.size() < rows_of_tenths;
  if ((fit.share <= 0.9 && !all_but_one) || fit.modal.rows < 2) return false;
  const std::string& delimiter = fit.grammar.delimiter;
  const bool is_one = delimiter.size() == 1 || static_cast<unsigned char>(delimiter[0]) >= 0x80;
  const auto begins_empty = [](const SampleRow& row) { return row.cells[0].empty(); };
  return (is_one || fit.modal.cells > 2) && !std::ranges::all_of(fit.rows, begins_empty);
}

/// Commas that stand in numbers or before a space divide nothing.
bool are_commas_text(const std::vector<SampleRow>& rows) {
  std::size_t rows_with_reason = 0;
  for (const SampleRow& row : rows) {
    std::string line;
    for (const std::string& cell : row.cells) line += (line.empty() ? "" : ",") + cell;
    bool has_reason = true;
    for (std::size_t i = line.find(','); i != std::string::npos; i = line.find(',', i + 1)) {
      const char before = i > 0 ? line[i - 1] : ' ';
      const char behind = i + 1 < line.size() ? line[i + 1] : ' ';
      has_reason = has_reason && (behind == ' ' || (is_digit(before) && is_digit(behind)));
    }
    rows_with_reason += has_reason ? 1 : 0;
  }
  return rows_with_reason * 10 >= rows.size() * 9;
}

/// Columns at the same places of all lines, where they divide more rows than delimiters do.
std::optional<Fit> find_fixed(std::string_view text, bool whole, const Fit& best) {
  const bool comma = best.grammar.delimiter == ",";
  if (best.share >= 0.5 && !(comma && best.share < 1 && are_commas_text(best.rows))) return {};
  CsvGrammar grammar;
  grammar.quote = 0;
  grammar.line_end = find_line_end(text, grammar.quote);
  grammar.starts = find_fixed_columns(text, whole, grammar.line_end);
  if (grammar.starts.empty()) return {};
  grammar.spaces_before_starts = true;
  Fit fit = fit_of(text, whole, 0, grammar);
  if (fit.share <= std::max(best.share, 0.5) || !are_of_a_table(fit.rows)) return {};
  return fit;
}

/// What a column's cells below the first are, where all are numbers, dates or words for nothing.
std::optional<CellLook> typed_below_first(const std::vector<SampleRow>& rows, std::size_t column) {
  const bool typed = std::all_of(rows.begin() + 1, rows.end(), [&](const SampleRow& row) {
    const CellLook look = look_of(row.cells[column]);
    return look != CellLook::text && look != CellLook::empty;
  });
  return typed ? std::optional(look_of(rows[1].cells[column])) : std::nullopt;
}

/// A space between cells, where nothing else divides the lines: all rows of one width, no two
/// spaces together, and two columns of three typed, which prose and names never are.
std::optional<Fit> find_spaced(std::string_view text, bool whole, std::size_t skipped,
                               CsvGrammar grammar) {
  constexpr std::size_t rows_least = 3;
  grammar.delimiter = " ";
  Fit fit = fit_of(text, whole, skipped, grammar);
  if (fit.share < 1 || fit.rows.size() < rows_least || fit.modal.cells < 2) return {};
  for (const SampleRow& row : fit.rows) {
    if (row.faulty || std::ranges::find(row.cells, "") != row.cells.end()) return {};
  }
  std::vector<CellLook> typed;
  for (std::size_t i = 0; i < fit.modal.cells; ++i) {
    if (const auto look = typed_below_first(fit.rows, i)) typed.push_back(*look);
  }
  const bool is_moment =
      fit.modal.cells == 2 && typed == std::vector{CellLook::date, CellLook::time};
  if (typed.size() * 3 < fit.modal.cells * 2 || is_moment) return {};
  return fit;
}

/// As the options say: columns at the places that widths names.
CsvGrammar with_widths(std::string_view text, const std::vector<std::int64_t>& widths) {
  CsvGrammar grammar;
  grammar.quote = 0;
  grammar.line_end = find_line_end(text, grammar.quote);
  std::size_t at = 0;
  for (const std::int64_t width : widths) {
    grammar.starts.push_back(at);
    at += static_cast<std::size_t>(width);
  }
  if (widths.back() != 0) grammar.line_chars_max = at;
  return grammar;
}

/// The delimiter of which the one that was found is a part, where the rows show one.
void lengthen(std::string_view text, bool whole, std::size_t skipped, Best& best,
              DialectOutcome& outcome) {
  const std::string part = best.fit.grammar.delimiter;
  const std::optional<LongDelimiter> longer = find_long_delimiter(best.fit.rows, part);
  if (!longer) return;
  CsvGrammar grammar = best.fit.grammar;
  grammar.delimiter = longer->text;
  Fit fit = fit_of(text, whole, skipped, grammar);
  if (longer->but_one_row || fit.share < best.fit.share) {
    best.next = best.fit.score;
    best.next_delimiter = longer->text;
    outcome.is_guess = true;
    return;
  }
  best.next = longer->is_guess ? best.fit.score : 0;
  best.next_delimiter = longer->is_guess ? part : "";
  best.fit = std::move(fit);
  outcome.is_guess = longer->is_guess;
}

/// What the decision came to, as notes and fields.
void tell(DialectOutcome outcome, const IngestOptions& options, CsvDialect& dialect) {
  outcome.grammar = dialect.grammar;
  outcome.rows = dialect.rows.size();
  const Modal modal = modal_of(dialect.rows);
  outcome.rows_alike = modal.rows;
  outcome.cells = modal.cells;
  dialect.decision = {quotes_choice(outcome, options), delimiter_choice(outcome, options)};
  if (outcome.named_by_file) {
    dialect.notes.emplace_back("The first line names the delimiter and is no row.");
  }
  if (modal.rows == 0) {
    dialect.notes.emplace_back(
        "No delimiter divides the lines: the table has one column (delimiter, widths).");
    return;
  }
  if (outcome.swallowing_line) {
    dialect.notes.push_back("What its quotes mean is a guess: a cell in line " +
                            std::to_string(*outcome.swallowing_line) +
                            " holds a line that looks like a row (quote, escape).");
  }
  const bool is_fixed = !dialect.grammar.starts.empty();
  dialect.notes.push_back(is_fixed ? "Columns begin at the same places of all lines: widths is " +
                                         widths_text(dialect.grammar.starts) + "."
                                   : "The delimiter is " +
                                         name_of_delimiter(dialect.grammar.delimiter) + ".");
  if (!outcome.is_guess || !outcome.next) return;
  if (is_fixed) {
    dialect.notes.push_back("That is a guess: next to it came " + outcome.next->in_words() +
                            ". The options widths ([null] is one column) and delimiter settle it.");
  } else {
    dialect.notes.push_back(
        "That delimiter is a guess: " +
        (outcome.next->is_one_column
             ? "next to it came one column (delimiter, widths)."
             : outcome.next->in_words() + " divides the rows as well (delimiter)."));
  }
}

}  // namespace

CsvDialect find_dialect(std::string_view text, bool whole, const IngestOptions& options) {
  CsvDialect dialect;
  DialectOutcome outcome;
  if (!options.widths.empty()) {
    dialect.grammar = with_widths(text, options.widths);
    dialect.rows = sample_rows(text, dialect.grammar, dialect_rows_max, whole);
    tell(outcome, options, dialect);
    return dialect;
  }
  const auto [named, bytes] = sep_line(text);
  dialect.skipped = bytes;
  outcome.named_by_file = !named.empty();
  Delimiters delimiters;
  for (const char usual : usual_delimiters) delimiters.emplace_back(1, usual);
  if (!named.empty()) delimiters = {named};
  if (options.delimiter) delimiters = {*options.delimiter};
  const bool is_open = delimiters.size() > 1;
  CsvGrammar grammar;
  grammar.quote = options.quote.value_or('"');
  grammar.escape = options.escape.value_or('\0');
  grammar.line_end = find_line_end(text, grammar.quote);
  Quoting quoting = find_quoting(text, whole, bytes, grammar, delimiters, options);
  bool is_rare = false;
  if (quoting.best.fit.share < 0.5 && is_open) {
    Quoting other = find_quoting(text, whole, bytes, grammar, other_delimiters(), options);
    is_rare = is_divided(other.best.fit);
    if (is_rare) quoting = std::move(other);
  }
  dialect.notes = std::move(quoting.notes);
  outcome.quotes_next = quoting.next;
  outcome.quotes_share = quoting.best.fit.share;
  outcome.quotes_next_share = quoting.next_share;
  Best best = std::move(quoting.best);
  outcome.is_guess = is_open && best.next > 0.5 && best.fit.score - best.next < delimiter_margin;
  if (is_rare && best.fit.share < 1) {
    outcome.is_guess = true;
    outcome.next = {"", true, 0};
  }
  if (is_open) lengthen(text, whole, bytes, best, outcome);
  if (!best.next_delimiter.empty()) outcome.next = {best.next_delimiter, false, best.next};
  if (is_doubled(best.fit.rows)) {
    const std::string& half = best.fit.grammar.delimiter;
    outcome.is_guess = is_open;
    outcome.next = {half + half, false, best.fit.score};
  }
  if (std::optional<Fit> fixed; is_open && (fixed = find_fixed(text, whole, best.fit))) {
    outcome.is_guess = fixed->share < 1 || fixed->rows.size() < rows_beyond_chance ||
                       best.fit.share >= 0.5 || fixed->modal.cells == 2;
    outcome.next = {best.fit.grammar.delimiter, best.fit.share < 0.5, best.fit.score};
    dialect.notes.clear();
    best.fit = *std::move(fixed);
  }
  if (is_open && best.fit.share < 0.5) {
    if (std::optional<Fit> spaced = find_spaced(text, whole, bytes, grammar)) {
      outcome.is_guess = true;
      outcome.next = {best.fit.grammar.delimiter, true, best.fit.score};
      best.fit = *std::move(spaced);
    }
  }
  outcome.score = best.fit.score;
  if (!options.quote) outcome.swallowing_line = line_that_swallows(best.fit);
  dialect.grammar = best.fit.grammar;
  dialect.rows = std::move(best.fit.rows);
  tell(outcome, options, dialect);
  return dialect;
}

}  // namespace sluice::ingest
