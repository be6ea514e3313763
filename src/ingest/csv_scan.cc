#include "ingest/csv_scan.h"

#include <algorithm>
#include <array>
#include <string>

#include "ingest/limits.h"
#include "ingest/piecewise.h"
#include "ingest/sniff.h"

namespace sluice::ingest {
namespace {

enum class State { row_start, cell_start, unquoted, quoted, quote_seen, after_cr };
enum class LineEnd { unknown, lf, crlf, cr };

std::string_view name_of_end(LineEnd end) {
  return end == LineEnd::lf ? "LF" : end == LineEnd::crlf ? "CR LF" : "CR";
}

/// RFC 4180 as a state machine fed in pieces.
class Scanner {
 public:
  explicit Scanner(char delimiter) : delimiter_(delimiter) {
    for (const char c : {delimiter, '"', '\n', '\r'})
      special_[static_cast<unsigned char>(c)] = true;
  }

  Result<void> feed(std::string_view piece) {
    std::size_t i = 0;
    while (i < piece.size()) {
      // Ordinary bytes within a cell: most of a file.
      if (state_ == State::unquoted || state_ == State::quoted) {
        const std::size_t start = i;
        while (i < piece.size() && !special_[static_cast<unsigned char>(piece[i])]) ++i;
        at_ += i - start;
        if (i == piece.size()) break;
      }
      TRY(step(piece[i]));
      ++i;
      ++at_;
    }
    return check_sizes();
  }

  Result<CsvCount> finish() {
    if (state_ == State::quoted) {
      return fail(Errc::unprocessable, "csv_unclosed_quote",
                  "A quote opened in line " + std::to_string(quote_line_) + " is never closed.",
                  "Close it, or double a quote that belongs to the text (\"\").");
    }
    if (state_ == State::after_cr) TRY(end_line(LineEnd::cr));
    if (state_ != State::row_start) TRY(end_row());
    return count_;
  }

 private:
  Result<void> step(char c) {
    if (state_ == State::after_cr) {
      if (c == '\n') {
        return end_line(LineEnd::crlf);
      }
      TRY(end_line(LineEnd::cr));
    }
    switch (state_) {
      case State::quoted:
        if (c == '"') state_ = State::quote_seen;
        if (c == '\n') ++line_;
        return {};
      case State::quote_seen:
        if (c == '"') {
          state_ = State::quoted;
          return {};
        }
        if (c != delimiter_ && c != '\n' && c != '\r') return stray("Text follows a closing quote");
        break;
      case State::row_start:
      case State::cell_start:
        if (c == '"') {
          state_ = State::quoted;
          quote_line_ = line_;
          return {};
        }
        break;
      case State::unquoted:
        if (c == '"') return stray("There is a quote within an unquoted cell");
        break;
      case State::after_cr:
        break;
    }
    if (c == delimiter_) {
      TRY(end_cell());
      state_ = State::cell_start;
    } else if (c == '\n') {
      // A blank line is known by its state: no byte came since the row began.
      if (state_ != State::row_start) {
        TRY(end_row());
      } else {
        blank_line();
      }
      TRY(note_line_end(LineEnd::lf));
    } else if (c == '\r') {
      cr_blank_ = state_ == State::row_start;
      row_end_ = at_;
      state_ = State::after_cr;
    } else {
      state_ = State::unquoted;
    }
    return {};
  }

  Result<void> end_line(LineEnd end) {
    if (cr_blank_) {
      state_ = State::row_start;
      blank_line();
    } else {
      TRY(end_row());
    }
    return note_line_end(end);
  }

  Result<void> note_line_end(LineEnd end) {
    if (line_end_ == LineEnd::unknown) line_end_ = end;
    if (line_end_ != end) {
      return fail(Errc::unprocessable, "csv_mixed_line_ends",
                  "Line " + std::to_string(line_) + " ends in " + std::string(name_of_end(end)) +
                      ", the lines before it in " + std::string(name_of_end(line_end_)) + ".",
                  "Give all lines the same end, or put a cell that holds a line break in quotes.");
    }
    ++line_;
    row_line_ = line_;
    row_start_ = at_ + (end == LineEnd::cr ? 0 : 1);
    cell_start_ = row_start_;
    return {};
  }

  void blank_line() {
    if (count_.columns == 1) {
      ++count_.rows;
    } else {
      ++count_.blank_lines;
      if (count_.columns == 0) ++count_.blank_lines_first;
    }
  }

  Result<void> end_cell() {
    ++cells_;
    if (at_ - cell_start_ > cell_bytes_max)
      return too_long("cell", "cell_bytes_max", cell_bytes_max);
    if (cells_ > columns_max) {
      return fail(Errc::too_large, "too_many_columns",
                  "Line " + std::to_string(row_line_) + " has more than " +
                      std::to_string(columns_max) + " cells (columns_max).",
                  "Split the table, or turn columns into rows.");
    }
    cell_start_ = at_ + 1;
    return {};
  }

  Result<void> end_row() {
    TRY(end_cell());
    const std::uint64_t end = state_ == State::after_cr ? row_end_ : at_;
    count_.row_bytes_max =
        std::max(count_.row_bytes_max, static_cast<std::size_t>(end - row_start_));
    if (count_.columns == 0) count_.columns = cells_;
    if (cells_ != count_.columns) {
      return fail(Errc::unprocessable, "csv_ragged_row",
                  "Line " + std::to_string(row_line_) + " has " + std::to_string(cells_) +
                      " cells where the first row has " + std::to_string(count_.columns) + ".",
                  "Quote cells that hold the delimiter, and remove lines above the header or below "
                  "the table.");
    }
    ++count_.rows;
    cells_ = 0;
    state_ = State::row_start;
    return {};
  }

  Result<void> check_sizes() const {
    if (at_ - row_start_ > csv_row_bytes_max) {
      return too_long("row", "csv_row_bytes_max", csv_row_bytes_max);
    }
    return {};
  }

  tl::unexpected<Error> too_long(const char* what, const char* limit, std::size_t bytes) const {
    return fail(Errc::too_large, std::string("csv_") + what + "_too_long",
                std::string("The ") + what + " in line " + std::to_string(row_line_) +
                    " is longer than " + std::to_string(bytes) + " bytes (" + limit + ").",
                "A quote that is never closed does this too; look at that line.");
  }

  tl::unexpected<Error> stray(const char* what) const {
    return fail(Errc::unprocessable, "csv_stray_quote",
                std::string(what) + " in line " + std::to_string(line_) + ", cell " +
                    std::to_string(cells_ + 1) + ".",
                "Put the whole cell in quotes and double each quote inside it (\"\").");
  }

  char delimiter_;
  std::array<bool, 256> special_{};
  State state_ = State::row_start;
  LineEnd line_end_ = LineEnd::unknown;
  bool cr_blank_ = false;
  CsvCount count_;
  std::size_t cells_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t row_start_ = 0;
  std::uint64_t row_end_ = 0;
  std::uint64_t cell_start_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;
  std::uint64_t quote_line_ = 1;
};

}  // namespace

Result<CsvCount> count_csv(const std::filesystem::path& path, char delimiter,
                           std::stop_token stop) {
  TextCheck text;
  Scanner scanner(delimiter);
  bool at_start = true;
  const auto feed = [&](std::string_view piece) -> Result<void> {
    TRY(text.feed(piece));
    if (at_start && piece.starts_with(utf8_bom)) piece.remove_prefix(utf8_bom.size());
    at_start = false;
    return scanner.feed(piece);
  };
  TRY(read_pieces(path, stop, feed));
  TRY(text.finish());
  return scanner.finish();
}

}  // namespace sluice::ingest
