#include "ingest/csv/csv_dialect.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "ingest/csv/csv_choices.h"
#include "ingest/source_limits.h"
#include "ingest/structure/cell_look.h"

namespace sluice::ingest {
namespace {

constexpr std::string_view usual_delimiters = ",;\t|";
constexpr std::string_view other_delimiters = "^~\x01";
/// Below this distance the delimiter is called a guess.
constexpr double delimiter_margin = 0.1;
/// Cells that hold another delimiter in every row, and no reason for it.
constexpr double impure_share = -0.3;
/// More cells are better, where all else is the same.
constexpr double per_cell = 0.001;
constexpr std::size_t cells_counted_max = 50;

struct Fit {
  CsvGrammar grammar;
  std::vector<SampleRow> rows;
  Modal modal;
  double share = 0;
  double score = 0;
};

/// Whether each `delimiter` in the cell has a reason there: a decimal comma, a list in prose.
bool has_reason(std::string_view cell, char delimiter) {
  if (delimiter != ',') return delimiter == '|' && cell.find(" | ") != std::string_view::npos;
  if (look_of(cell) == CellLook::number) return true;
  for (std::size_t i = cell.find(','); i != std::string_view::npos; i = cell.find(',', i + 1)) {
    if (i + 1 < cell.size() && cell[i + 1] != ' ') return false;
  }
  return true;
}

/// The share of columns whose unquoted cells hold one other delimiter in nearly every row.
double impurity(const Fit& fit) {
  double impure = 0;
  for (std::size_t column = 0; column < fit.modal.cells; ++column) {
    for (const char other : usual_delimiters) {
      if (other == fit.grammar.delimiter) continue;
      std::size_t with = 0;
      std::size_t all = 0;
      for (const SampleRow& row : fit.rows) {
        if (row.cells.size() != fit.modal.cells || row.faulty || row.cells[column].empty())
          continue;
        ++all;
        const std::string& cell = row.cells[column];
        with +=
            !row.quoted[column] && cell.find(other) != std::string::npos && !has_reason(cell, other)
                ? 1
                : 0;
      }
      if (with < 2 || with * 10 < all * 9) continue;
      ++impure;
      break;
    }
  }
  return impure / static_cast<double>(fit.modal.cells);
}

Fit fit_of(std::string_view text, bool whole, std::size_t skipped, const CsvGrammar& grammar) {
  Fit fit{grammar, sample_rows(text, grammar, dialect_rows_max, whole, skipped), {}, 0, 0};
  fit.modal = modal_of(fit.rows);
  if (fit.modal.rows == 0) return fit;
  fit.share = static_cast<double>(fit.modal.rows) / static_cast<double>(fit.rows.size());
  fit.score =
      fit.share + per_cell * static_cast<double>(std::min(fit.modal.cells, cells_counted_max));
  return fit;
}

/// The best of the delimiters, and how near the next one is.
struct Best {
  Fit fit;
  double next = 0;
  char next_delimiter = 0;
};

Best best_of(std::string_view text, bool whole, std::size_t skipped, CsvGrammar grammar,
             std::string_view delimiters) {
  std::vector<Fit> fits;
  const std::string_view start = text.substr(0, sample_bytes_max / 8);
  for (const char delimiter : delimiters) {
    if (delimiters.size() > 1 && start.find(delimiter, skipped) == std::string_view::npos) continue;
    grammar.delimiter = delimiter;
    fits.push_back(fit_of(text, whole, skipped, grammar));
  }
  // Cells are looked into only where more than one delimiter makes rows of one width.
  const auto divides = [](const Fit& fit) { return fit.share > 0.5; };
  if (std::count_if(fits.begin(), fits.end(), divides) > 1) {
    for (Fit& fit : fits) {
      if (divides(fit)) fit.score += impure_share * impurity(fit);
    }
  }
  Best best;
  for (Fit& fit : fits) {
    if (best.fit.rows.empty() || fit.score > best.fit.score) {
      if (best.fit.modal.rows > 0) {
        best.next = best.fit.score;
        best.next_delimiter = best.fit.grammar.delimiter;
      }
      best.fit = std::move(fit);
    } else if (fit.score > best.next) {
      best.next = fit.score;
      best.next_delimiter = fit.grammar.delimiter;
    }
  }
  if (best.fit.rows.empty()) {
    grammar.delimiter = delimiters.front();
    best.fit = fit_of(text, whole, skipped, grammar);
  }
  return best;
}

bool is_enclosed(std::string_view cell, char quote) {
  return cell.size() > 1 && cell.front() == quote && cell.back() == quote;
}

/// Rows that cannot be read, or in which a cell keeps its quotes behind a blank.
std::size_t faults(const Fit& fit) {
  const auto at_fault = [quote = fit.grammar.quote](const SampleRow& row) {
    if (row.faulty) return true;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const std::string_view cell = row.cells[i];
      if (row.quoted[i] || cell.empty() || cell.front() != ' ') continue;
      if (is_enclosed(trimmed_blanks(cell), quote)) return true;
    }
    return false;
  };
  return static_cast<std::size_t>(std::count_if(fit.rows.begin(), fit.rows.end(), at_fault));
}

/// A quoted cell goes over lines that are as wide as the table themselves.
bool has_whole_lines_in_cells(const Fit& fit) {
  for (const SampleRow& row : fit.rows) {
    if (row.faulty) continue;
    for (const std::string& cell : row.cells) {
      const std::size_t first = cell.find(fit.grammar.line_end);
      if (first == std::string::npos) continue;
      const std::size_t second = cell.find(fit.grammar.line_end, first + 1);
      const std::string_view line = std::string_view(cell).substr(
          first + 1, second == std::string::npos ? second : second - first - 1);
      const auto delimiters = std::count(line.begin(), line.end(), fit.grammar.delimiter);
      if (delimiters > 0 && static_cast<std::size_t>(delimiters) + 1 == fit.modal.cells)
        return true;
    }
  }
  return false;
}

/// Where quotes are plain text (5" pipe, a writer that never quotes), most rows seem faulty, or a
/// stray quote swallows lines; without a quote all have one width, and no cell is enclosed.
std::optional<Best> without_quotes(std::string_view text, bool whole, std::size_t skipped,
                                   const Fit& quoted, std::string_view delimiters) {
  const std::size_t faulty = faults(quoted);
  const bool tabs = quoted.grammar.delimiter == '\t' && faulty > 0;
  if (faulty * 2 <= quoted.rows.size() && !tabs && !has_whole_lines_in_cells(quoted)) return {};
  CsvGrammar plain = quoted.grammar;
  plain.quote = 0;
  plain.line_end = find_line_end(text, plain.quote);
  Best best = best_of(text, whole, skipped, plain, delimiters);
  const std::vector<SampleRow>& rows = best.fit.rows;
  const std::size_t width = rows.empty() ? 0 : rows[0].cells.size();
  for (const SampleRow& row : rows) {
    if (width < 2 || row.faulty || row.cells.size() != width) return {};
    for (const std::string& cell : row.cells) {
      if (is_enclosed(cell, quoted.grammar.quote)) return {};
    }
  }
  if (rows.empty()) return {};
  return best;
}

/// Excel's `sep=;`, alone in the first line: the delimiter, and the bytes of that line.
std::pair<char, std::size_t> sep_line(std::string_view text) {
  const std::size_t quotes = text.starts_with('"') ? 1 : 0;
  if (lowered(text.substr(quotes, 4)) != "sep=") return {};
  std::size_t at = quotes + 4;
  if (at >= text.size() || static_cast<unsigned char>(text[at]) >= 0x80) return {};
  const char delimiter = text[at++];
  if (delimiter == '\r' || delimiter == '\n' || delimiter == '"' || delimiter == '\0') return {};
  if (quotes == 1 && (at >= text.size() || text[at++] != '"')) return {};
  const std::size_t end = std::min(text.find_first_not_of('\r', at), text.size());
  if (end < text.size() && text[end] == '\n') return {delimiter, end + 1};
  return end > at && end < text.size() ? std::pair(delimiter, end)
                                       : std::pair('\0', std::size_t{0});
}

/// The readings of quotes that the text hints at, tried where the usual one leaves rows that do not
/// fit.
Best find_quoting(std::string_view text, bool whole, std::size_t skipped, CsvGrammar grammar,
                  std::string_view delimiters, const IngestOptions& options,
                  std::vector<std::string>& notes) {
  Best best = best_of(text, whole, skipped, grammar, delimiters);
  if (grammar.quote == 0) return best;
  const std::string quote(1, grammar.quote);
  const std::string_view start = text.substr(0, sample_bytes_max / 8);
  const auto better = [&best](const Best& other) {
    return other.fit.share > best.fit.share ||
           (other.fit.share == best.fit.share && faults(other.fit) < faults(best.fit));
  };
  const auto imperfect = [&best] { return best.fit.share < 1 || faults(best.fit) > 0; };
  if (!options.escape && imperfect() && start.find("\\" + quote) != std::string_view::npos) {
    CsvGrammar escaped = grammar;
    escaped.escape = '\\';
    if (Best other = best_of(text, whole, skipped, escaped, delimiters); better(other)) {
      best = std::move(other);
      notes.emplace_back("Quotes within quoted cells are escaped by a backslash (escape).");
    }
  }
  if (imperfect() && start.find(" " + quote) != std::string_view::npos) {
    CsvGrammar blanks = best.fit.grammar;
    blanks.blanks_before_quote = true;
    if (Best other = best_of(text, whole, skipped, blanks, delimiters); better(other)) {
      best = std::move(other);
      notes.emplace_back("Blanks before a quote belong to the delimiter.");
    }
  }
  if (options.quote) return best;
  if (imperfect() && start.find('\'') != std::string_view::npos) {
    CsvGrammar single = grammar;
    single.quote = '\'';
    Best other = best_of(text, whole, skipped, single, delimiters);
    if (other.fit.share > best.fit.share && faults(other.fit) == 0) {
      best = std::move(other);
      notes.emplace_back("Cells are enclosed in single quotes (quote).");
      return best;
    }
  }
  if (auto plain = without_quotes(text, whole, skipped, best.fit, delimiters)) {
    best = std::move(*plain);
    notes.emplace_back("Quotes are plain text: no cell is enclosed in them.");
  }
  return best;
}

/// Every second cell of every row is empty: the delimiter is two of them.
bool is_doubled(const std::vector<SampleRow>& rows) {
  for (const SampleRow& row : rows) {
    if (row.faulty || row.cells.size() < 3 || row.cells.size() % 2 == 0) return false;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (row.null[i] != (i % 2 == 1)) return false;
    }
  }
  return rows.size() > 1;
}

/// `is_near`: another delimiter is.
void keep_choices(const Best& best, bool named_by_file, bool is_near, const IngestOptions& options,
                  CsvDialect& dialect) {
  DialectOutcome outcome{.grammar = best.fit.grammar,
                         .rows = dialect.rows.size(),
                         .rows_alike = best.fit.modal.rows,
                         .cells = best.fit.modal.cells,
                         .score = best.fit.score,
                         .named_by_file = named_by_file,
                         .next = {},
                         .delimiter_is_guess = is_near || is_doubled(dialect.rows)};
  if (best.next_delimiter != 0) outcome.next = {best.next_delimiter, best.next};
  dialect.decision = {quotes_choice(outcome, options), delimiter_choice(outcome, options)};
}

}  // namespace

std::string name_of_delimiter(char delimiter) {
  switch (delimiter) {
    case '\t':
      return "tab";
    case ' ':
      return "space";
    case '\x01':
      return "0x01";
    default:
      return std::string(1, delimiter);
  }
}

CsvDialect find_dialect(std::string_view text, bool whole, const IngestOptions& options) {
  CsvDialect dialect;
  const auto [named, bytes] = sep_line(text);
  dialect.skipped = bytes;
  std::string delimiters(usual_delimiters);
  if (named != 0) delimiters = std::string(1, named);
  if (options.delimiter) delimiters = std::string(1, *options.delimiter);
  CsvGrammar grammar;
  grammar.quote = options.quote.value_or('"');
  grammar.escape = options.escape.value_or('\0');
  grammar.line_end = find_line_end(text, grammar.quote);
  Best best = find_quoting(text, whole, bytes, grammar, delimiters, options, dialect.notes);
  if (best.fit.share < 0.5 && delimiters.size() > 1) {
    std::vector<std::string> notes;
    Best other = find_quoting(text, whole, bytes, grammar, other_delimiters, options, notes);
    if (other.fit.share > 0.9 && other.fit.rows.size() > 1) {
      best = std::move(other);
      dialect.notes = std::move(notes);
    }
  }
  dialect.grammar = best.fit.grammar;
  dialect.rows = std::move(best.fit.rows);
  dialect.divides = best.fit.modal.rows > 0;
  const bool is_near =
      delimiters.size() > 1 && best.next > 0.5 && best.fit.score - best.next < delimiter_margin;
  keep_choices(best, named != 0, is_near, options, dialect);
  if (named != 0) dialect.notes.emplace_back("The first line names the delimiter and is no row.");
  if (!dialect.divides) {
    dialect.notes.emplace_back("No delimiter divides the lines: the table has one column.");
    return dialect;
  }
  const std::string name = name_of_delimiter(dialect.grammar.delimiter);
  if (is_doubled(dialect.rows)) {
    dialect.notes.push_back("That is a guess: " + name +
                            " alone does not divide the rows, every second cell is empty. The "
                            "delimiter seems to be " +
                            name + name + ".");
  }
  dialect.notes.push_back("The delimiter is " + name + ".");
  if (is_near) {
    dialect.notes.push_back("That delimiter is a guess: " + name_of_delimiter(best.next_delimiter) +
                            " divides the rows as well (delimiter).");
  }
  return dialect;
}

}  // namespace sluice::ingest
