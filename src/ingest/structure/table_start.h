#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ingest/options.h"
#include "ingest/structure/cell_look.h"

namespace sluice::ingest {

/// Below this distance to the next reading, the one that is taken is called a guess: the runner-up
/// is then no less than a fifth as likely. Two columns of nothing but text are within it: that most
/// tables have a header is all that speaks for theirs.
inline constexpr double guess_margin = 1.65;

/// What is known before the rows are looked at.
struct StartQuestion {
  std::vector<std::size_t> widths;   ///< Numbers of columns it may have; that of most rows first.
  std::optional<std::size_t> first;  ///< Its first row, where the user points to it.
  std::optional<bool> has_names;     ///< Whether it has rows of names, where that is said.
  std::optional<std::size_t> rows_of_names;  ///< How many, where that is said.
};

/// What the options say of its names. Where header_line is, each format looks up in its own way.
StartQuestion start_question(const IngestOptions& options);
/// Whether they say where the names are, so that no guess is to be told.
bool say_where_it_starts(const IngestOptions& options);

/// One reading of the first rows: which is the first of the table, how many hold its names.
struct TableStart {
  std::size_t first = 0;  ///< Index of the first row of the table.
  std::size_t names = 0;  ///< Rows of names: 0, 1 or 2.
  std::size_t width = 1;
  std::size_t shift = 0;  ///< Columns before the first that has a name, where names are too few.
  double score = 0;       ///< A logarithm: one more is 2.7 times as likely.
  std::size_t notes = 0;  ///< Rows below the names that tell of the columns (column_notes.h).

  /// The first row of values.
  std::size_t body() const { return first + names + notes; }
};

/// The reading that the rows speak for most, and the next one.
struct StartDecision {
  TableStart best;
  std::optional<TableStart> next;
  bool hangs_on_one = false;  ///< Without one of its rows or columns another would be taken.

  double margin() const { return next ? best.score - next->score : 10; }
  bool is_guess() const { return hangs_on_one || margin() < guess_margin; }
};

/// The best of all readings of the first rows (start_readings.h), and whether it hangs on one of
/// the rows or columns (start_stability.h). `rows` is not empty; a row without cells could not be
/// read.
StartDecision find_table_start(const std::vector<TableRow>& rows, const StartQuestion& question);

/// Whether rows above the table that was `taken` may be lost rows: its place is a guess, or names
/// without a row below them, which prove no table. `rows`: how many were looked at.
bool is_place_unproven(const StartDecision& decision, const TableStart& taken, std::size_t rows,
                       const IngestOptions& options);

/// Names of columns where no row has them: `column_1` and so on.
std::vector<std::string> numbered_names(std::size_t width);

/// Rows × columns that decide where a table begins; at least twenty rows do.
inline constexpr std::size_t start_cells_max = 60'000;
inline constexpr std::size_t start_rows_least = 20;

/// `the header in line 4`, `data from line 1 on, without a header`. `unit` is `row` or `line`.
std::string start_in_words(const TableStart& start, const std::vector<TableRow>& rows,
                           const std::string& unit);

/// Where the header is, as a note: `The header is in line 4.`
std::string start_line(const TableStart& start, const std::vector<TableRow>& rows,
                       const std::string& unit);

/// The rows between the names and the first row of values, as a note; empty where there are none.
std::string column_notes_line(const TableStart& start, const std::vector<TableRow>& rows,
                              const std::string& unit);

/// That the decision is a guess, and what came next to it; empty where nothing did.
std::string start_note(const StartDecision& decision, const std::vector<TableRow>& rows,
                       const std::string& unit);

/// The names of `names` rows of names, `width` of them: a name of the upper row holds for the empty
/// cells right of it.
std::vector<std::string> joined_names(const std::vector<TableRow>& rows, const TableStart& start);

}  // namespace sluice::ingest
