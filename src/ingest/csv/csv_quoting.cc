#include "ingest/csv/csv_quoting.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "ingest/csv/csv_swallowed.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

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

/// Where quotes are plain text (5" pipe, a writer that never quotes), most rows seem faulty, or a
/// stray quote swallows lines; without a quote all have one width, and no cell is enclosed.
std::optional<Best> without_quotes(std::string_view text, bool whole, std::size_t skipped,
                                   const Fit& quoted, const Delimiters& delimiters) {
  const std::size_t faulty = faults(quoted);
  const bool tabs = quoted.grammar.delimiter == "\t" && faulty > 0;
  if (faulty * 2 <= quoted.rows.size() && !tabs && !has_lines_as_wide(quoted)) return {};
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

/// A cell that keeps the usual quotes is enclosed in them, whatever single ones there are.
bool has_enclosed(const Fit& fit, char quote) {
  return std::ranges::any_of(fit.rows, [quote](const SampleRow& row) {
    return std::ranges::any_of(row.cells,
                               [quote](const auto& cell) { return is_enclosed(cell, quote); });
  });
}

/// Takes one reading after another, and keeps the best that was not taken.
class Readings {
 public:
  explicit Readings(Best usual) { quoting_.best = std::move(usual); }

  const Fit& fit() const { return quoting_.best.fit; }
  bool leaves_rows() const { return fit().share < 1 || faults(fit()) > 0; }
  bool is_better(const Best& other) const {
    return other.fit.share > fit().share ||
           (other.fit.share == fit().share && faults(other.fit) < faults(fit()));
  }
  void compare(Best other, bool is_taken, const char* note) {
    // More rows alike, and ruled out all the same: no reading.
    if (!is_taken && other.fit.share > fit().share) return;
    if (is_taken) std::swap(quoting_.best, other);
    if (!quoting_.next || other.fit.share > quoting_.next_share) {
      quoting_.next = other.fit.grammar;
      quoting_.next_share = other.fit.share;
    }
    if (is_taken) quoting_.notes.emplace_back(note);
  }
  Quoting take() { return std::move(quoting_); }

 private:
  Quoting quoting_;
};

}  // namespace

Quoting find_quoting(std::string_view text, bool whole, std::size_t skipped,
                     const CsvGrammar& grammar, const Delimiters& delimiters,
                     const IngestOptions& options) {
  Readings readings(best_of(text, whole, skipped, grammar, delimiters));
  if (grammar.quote == 0) return readings.take();
  const std::string quote(1, grammar.quote);
  const std::string_view start = text.substr(0, sample_bytes_max / 8);
  const auto hints = [&](const std::string& at) {
    return readings.leaves_rows() && start.find(at) != std::string_view::npos;
  };
  if (!options.escape && hints("\\" + quote)) {
    CsvGrammar escaped = grammar;
    escaped.escape = '\\';
    Best other = best_of(text, whole, skipped, escaped, delimiters);
    const bool is_better = readings.is_better(other);
    readings.compare(std::move(other), is_better,
                     "Quotes within quoted cells are escaped by a backslash (escape).");
  }
  if (hints(" " + quote)) {
    CsvGrammar blanks = readings.fit().grammar;
    blanks.blanks_before_quote = true;
    Best other = best_of(text, whole, skipped, blanks, delimiters);
    const bool is_better = readings.is_better(other);
    readings.compare(std::move(other), is_better, "Blanks before a quote belong to the delimiter.");
  }
  if (options.quote) return readings.take();
  if (hints("'")) {
    CsvGrammar single = grammar;
    single.quote = '\'';
    Best other = best_of(text, whole, skipped, single, delimiters);
    const bool is_better = other.fit.share > readings.fit().share && faults(other.fit) == 0 &&
                           !has_enclosed(other.fit, grammar.quote);
    readings.compare(std::move(other), is_better, "Cells are enclosed in single quotes (quote).");
    if (is_better) return readings.take();
  }
  if (auto plain = without_quotes(text, whole, skipped, readings.fit(), delimiters)) {
    readings.compare(std::move(*plain), true,
                     "Quotes are plain text: no cell is enclosed in them.");
  }
  return readings.take();
}

}  // namespace sluice::ingest
