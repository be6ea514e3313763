#include "ingest/csv/csv_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

std::size_t find(std::string_view text, char c, std::size_t from, std::size_t end) {
  const void* found = from < end ? std::memchr(text.data() + from, c, end - from) : nullptr;
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// The byte at which the character `count` behind that at `from` begins; the end where the line has
/// fewer.
std::size_t skip_characters(std::string_view line, std::size_t from, std::size_t count) {
  while (from < line.size() && count > 0) {
    ++from;
    while (from < line.size() && (static_cast<unsigned char>(line[from]) & 0xC0) == 0x80) ++from;
    --count;
  }
  return from;
}

}  // namespace

CsvRowReader::CsvRowReader(CsvGrammar grammar, std::size_t width, std::size_t least_cells)
    : grammar_(std::move(grammar)),
      delimiter_(grammar_.delimiter.front()),
      delimiter_rest_(std::string_view(grammar_.delimiter).substr(1)),
      width_(width),
      least_cells_(least_cells) {}

void CsvRowReader::add_cell(std::string_view cell, bool quoted) {
  ++cell_count_;
  too_long_ = too_long_ || cell.size() > cell_bytes_max;
  // Beyond the widest table there is only one thing left to know: that the row does not fit.
  if (cells_.size() <= columns_max) cells_.push_back({cell, quoted});
}

/// The text between the quotes of a cell in which an escape stands.
std::string_view CsvRowReader::unescaped(std::string_view cell) {
  if (unescaped_count_ == unescaped_.size()) unescaped_.emplace_back();
  std::string& whole = unescaped_[unescaped_count_++];
  whole.clear();
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const char next = i + 1 < cell.size() ? cell[i + 1] : '\0';
    const bool escapes =
        cell[i] == grammar_.escape && (next == grammar_.quote || next == grammar_.escape);
    if (escapes || (cell[i] == grammar_.quote && next == grammar_.quote)) ++i;
    whole += cell[i];
  }
  return whole;
}

/// True where the cell at `at_` is quoted; `at_` is then behind the quote.
bool CsvRowReader::opens_quotes(std::string_view text) {
  std::size_t at = at_;
  if (grammar_.blanks_before_quote) {
    while (at < text.size() && text[at] == ' ') ++at;
  }
  if (at == text.size() || text[at] != grammar_.quote || grammar_.quote == 0) return false;
  at_ = at + 1;
  return true;
}

/// From the byte after the opening quote to the delimiter or line end behind the closing one.
CsvRowReader::Fault CsvRowReader::read_quoted(std::string_view text) {
  const std::size_t limit = std::min(text.size(), row_start_ + csv_row_bytes_max);
  const std::size_t start = at_;
  std::size_t part = at_;
  std::string* whole = nullptr;
  for (;;) {
    const std::size_t quote = find(text, grammar_.quote, at_, limit);
    if (quote == std::string_view::npos) return Fault::unclosed_quote;
    at_ = quote + 1;
    if (grammar_.escape != 0 && is_escaped(text.data(), start, quote, grammar_.escape)) continue;
    if (at_ < text.size() && text[at_] == grammar_.quote) {
      if (grammar_.escape != 0) {
        ++at_;
        continue;
      }
      if (whole == nullptr) {
        if (unescaped_count_ == unescaped_.size()) unescaped_.emplace_back();
        whole = &unescaped_[unescaped_count_++];
        whole->clear();
      }
      whole->append(text.substr(part, at_ - part));
      part = ++at_;
      continue;
    }
    std::string_view cell = text.substr(part, quote - part);
    if (whole != nullptr) cell = whole->append(cell);
    inner_lines_ += static_cast<std::uint64_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(part),
                   text.begin() + static_cast<std::ptrdiff_t>(quote), grammar_.line_end));
    if (grammar_.escape != 0 && cell.find(grammar_.escape) != std::string_view::npos) {
      cell = unescaped(cell);
    }
    if (whole != nullptr) {
      // Of the parts before the last; doubled quotes are no line ends.
      inner_lines_ += static_cast<std::uint64_t>(
          std::count(whole->begin(), whole->end() - static_cast<std::ptrdiff_t>(quote - part),
                     grammar_.line_end));
    }
    add_cell(cell, true);
    if (grammar_.line_end == '\n' && at_ < text.size() && text[at_] == '\r') {
      const std::size_t end = std::min(text.find_first_not_of('\r', at_), text.size());
      if (end == text.size() || text[end] == '\n') at_ = end;
    }
    const bool ended =
        at_ == text.size() || text[at_] == grammar_.line_end ||
        (text[at_] == delimiter_ &&
         (delimiter_rest_.empty() || text.substr(at_ + 1).starts_with(delimiter_rest_)));
    return ended ? Fault::none : Fault::stray_quote;
  }
}

/// One line of columns at fixed places; leaves `at_` behind its end.
CsvRowReader::Fault CsvRowReader::read_columns(std::string_view text) {
  const std::size_t line_end = find(text, grammar_.line_end, at_, text.size());
  std::string_view line = text.substr(at_, line_end - at_);
  at_ = line_end == std::string_view::npos ? text.size() : line_end + 1;
  while (grammar_.line_end == '\n' && line.ends_with('\r')) line.remove_suffix(1);
  const auto is_space = [](char c) { return c == ' '; };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < grammar_.starts.size(); ++i) {
    const bool is_last = i + 1 == grammar_.starts.size();
    const std::size_t next = is_last ? grammar_.line_chars_max : grammar_.starts[i + 1];
    const std::size_t end =
        next == 0 ? line.size() : skip_characters(line, begin, next - grammar_.starts[i]);
    const std::string_view cell = line.substr(begin, end - begin);
    // A line that ends before the next column has nothing in front of it.
    const bool checked = grammar_.spaces_before_starts && !is_last && end < line.size();
    if (checked && !cell.ends_with(' ')) return Fault::text_at_start;
    add_cell(trimmed(cell, is_space), false);
    begin = end;
  }
  return trimmed(line.substr(begin), is_space).empty() ? Fault::none : Fault::text_behind_end;
}

/// One row; leaves `at_` behind its line end.
CsvRowReader::Fault CsvRowReader::read_row(std::string_view text) {
  cells_.clear();
  cell_count_ = unescaped_count_ = 0;
  inner_lines_ = 0;
  too_long_ = false;
  if (!grammar_.starts.empty()) return read_columns(text);
  return delimiter_rest_.empty() ? read_cells<false>(text) : read_cells<true>(text);
}

/// Its cells. Of one byte the delimiter is as a rule: nothing else is looked at for it.
template <bool is_long>
CsvRowReader::Fault CsvRowReader::read_cells(std::string_view text) {
  const char delimiter = delimiter_;
  const char line_end = grammar_.line_end;
  const char* const data = text.data();
  const std::size_t size = text.size();
  for (;;) {
    if (at_ < size && (data[at_] == grammar_.quote || data[at_] == ' ') && opens_quotes(text)) {
      if (const Fault fault = read_quoted(text); fault != Fault::none) return fault;
    } else {
      const std::size_t start = at_;
      std::size_t end = start;
      while (end < size && data[end] != delimiter && data[end] != line_end) ++end;
      if constexpr (is_long) end = find_long_delimiter(text, end);
      at_ = end;
      const bool last = end == size || data[end] == line_end;
      while (last && line_end == '\n' && end > start && data[end - 1] == '\r') --end;
      add_cell({data + start, end - start}, false);
    }
    if (at_ == size) return Fault::none;
    if (data[at_++] == line_end) return Fault::none;
    if constexpr (is_long) at_ += delimiter_rest_.size();
  }
}

/// The first delimiter or line end from `at` on, where the first byte of one of them stands.
std::size_t CsvRowReader::find_long_delimiter(std::string_view text, std::size_t at) const {
  while (at < text.size() && text[at] != grammar_.line_end &&
         !text.substr(at + 1).starts_with(delimiter_rest_)) {
    ++at;
    while (at < text.size() && text[at] != delimiter_ && text[at] != grammar_.line_end) {
      ++at;
    }
  }
  return at;
}

Reject CsvRowReader::reject_of(Fault fault, std::uint64_t line, std::string_view raw) {
  switch (fault) {
    case Fault::stray_quote:
      return {line, "stray_quote", "Text follows a closing quote.", std::string(raw)};
    case Fault::text_at_start:
      return {line, "ragged_row", "Text goes over the place where a column begins.",
              std::string(raw)};
    case Fault::text_behind_end:
      return {line, "ragged_row", "Text stands behind the last column.", std::string(raw)};
    default:
      return {line, "unclosed_quote", "A quote is opened and never closed.", std::string(raw)};
  }
}

/// A line without a cell is no row where rows have more than one.
bool CsvRowReader::is_blank_line() const {
  if (width_ == 1 || (cell_count_ > 1 && grammar_.starts.empty())) return false;
  return std::all_of(cells_.begin(), cells_.end(),
                     [](const CsvCell& cell) { return cell.is_null(); });
}

/// The row that was read, as it fits.
bool CsvRowReader::give(std::uint64_t line, std::string_view raw, CsvRowSink& sink) {
  if (width_ == 0 || cell_count_ == width_) return sink.row(cells_, line, raw);
  if (cell_count_ < width_ && least_cells_ != 0 && cell_count_ >= least_cells_) {
    cells_.resize(width_);
    return sink.short_row(cells_, line, raw);
  }
  return sink.reject({line, "ragged_row",
                      "The row has " + std::to_string(cell_count_) + " cells, the table " +
                          std::to_string(width_) + " columns.",
                      std::string(raw)});
}

Result<void> CsvRowReader::read(std::string_view text, std::uint64_t line, CsvRowSink& sink) {
  at_ = 0;
  while (at_ < text.size()) {
    row_start_ = at_;
    const Fault fault = read_row(text);
    if (fault != Fault::none) {
      // As in CsvSplitter: only the first physical line is given up.
      const std::size_t end =
          std::min(find(text, grammar_.line_end, row_start_, text.size()), text.size());
      at_ = std::min(end + 1, text.size());
      if (!sink.reject(reject_of(fault, line, text.substr(row_start_, end - row_start_)))) {
        return {};
      }
      ++line;
      continue;
    }
    const std::uint64_t row_line = line;
    line += 1 + inner_lines_;
    if (is_blank_line()) {
      ++blank_lines_;
      continue;
    }
    if (too_long_) {
      return fail(Errc::too_large, Code::csv_cell_too_long,
                  "A cell in line " + std::to_string(row_line) + " is longer than " +
                      std::to_string(cell_bytes_max) + " bytes (cell_bytes_max).",
                  "A file is no value: store it elsewhere and its name here.");
    }
    std::string_view raw = text.substr(row_start_, at_ - row_start_);
    if (!raw.empty() && raw.back() == grammar_.line_end) raw.remove_suffix(1);
    while (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
    if (!give(row_line, raw, sink)) return {};
  }
  return {};
}

}  // namespace sluice::ingest
