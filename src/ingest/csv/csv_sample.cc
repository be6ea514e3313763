#include "ingest/csv/csv_sample.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ingest/csv/csv_rows.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

class SampleSink final : public CsvRowSink {
 public:
  SampleSink(std::string_view text, std::size_t rows_max, char line_end)
      : text_(text), rows_max_(rows_max), ends_in_cr_(line_end == '\r') {}

  bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view raw) override {
    SampleRow& row = add(line, raw);
    for (const CsvCell& cell : cells) {
      row.cells.emplace_back(cell.text);
      row.null.push_back(cell.is_null());
      row.quoted.push_back(cell.quoted);
    }
    cells_ += cells.size();
    return rows.size() < rows_max_ && cells_ < sample_cells_max;
  }

  bool reject(Reject reject) override {
    // Found again by its line: it begins where the row before it ended, blank lines aside.
    SampleRow& row = rows.emplace_back();
    row.line = reject.line;
    row.faulty = true;
    row.cells = {std::move(reject.raw)};
    return rows.size() < rows_max_;
  }

  std::vector<SampleRow> rows;

 private:
  SampleRow& add(std::uint64_t line, std::string_view raw) {
    SampleRow& row = rows.emplace_back();
    row.line = line;
    row.begin = static_cast<std::size_t>(raw.data() - text_.data());
    row.end = row.begin + raw.size();
    while (row.end < text_.size() && text_[row.end] == '\r' && !ends_in_cr_) ++row.end;
    if (row.end < text_.size() && text_[row.end] == '\r') ++row.end;
    if (row.end < text_.size() && text_[row.end] == '\n') ++row.end;
    return row;
  }

  std::string_view text_;
  std::size_t rows_max_;
  bool ends_in_cr_;
  std::size_t cells_ = 0;
};

}  // namespace

Modal modal_of(const std::vector<SampleRow>& rows) {
  std::map<std::size_t, std::size_t> rows_of;
  for (const SampleRow& row : rows) {
    if (!row.faulty) ++rows_of[row.cells.size()];
  }
  Modal modal;
  for (const auto& [cells, count] : rows_of) {
    if (cells > 1 && count >= modal.rows) modal = {cells, count};
  }
  // On a tie the first row, which is a header more often than not, says how wide the table is.
  const auto first =
      std::find_if(rows.begin(), rows.end(), [](const SampleRow& row) { return !row.faulty; });
  if (first != rows.end() && first->cells.size() > 1 &&
      rows_of[first->cells.size()] == modal.rows) {
    modal.cells = first->cells.size();
  }
  return modal;
}

std::vector<SampleRow> sample_rows(std::string_view text, const CsvGrammar& grammar,
                                   std::size_t rows_max, bool whole, std::size_t skipped) {
  SampleSink sink(text, rows_max, grammar.line_end);
  CsvRowReader reader(grammar, 0);
  // A cell beyond its limit is found again, and refused, when the file is read.
  (void)reader.read(text.substr(skipped), skipped == 0 ? 1 : 2, sink);
  if (!whole && !sink.rows.empty() && sink.rows.back().end == text.size()) sink.rows.pop_back();
  return std::move(sink.rows);
}

std::string_view without_last_lines(std::string_view text, std::size_t count) {
  constexpr std::string_view line_ends = "\r\n";
  std::size_t end = text.size();
  for (; count > 0; --count) {
    const std::size_t last = text.find_last_not_of(" \t\r\n", end == 0 ? 0 : end - 1);
    const std::size_t before =
        last == std::string_view::npos ? last : text.find_last_of(line_ends, last);
    if (before == std::string_view::npos) break;
    end = before + 1;
  }
  return text.substr(0, end);
}

char find_line_end(std::string_view text, char quote) {
  constexpr std::size_t bytes_max = 65'536;
  std::size_t feeds = 0;
  std::size_t returns = 0;  // alone: before an LF, several or one, they belong to it.
  char first = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < std::min(text.size(), first == 0 ? text.size() : bytes_max); ++i) {
    if (text[i] == quote && quote != 0) quoted = !quoted;
    if (quoted || (text[i] != '\n' && text[i] != '\r')) continue;
    const std::size_t behind = text.find_first_not_of('\r', i);
    const bool is_feed = behind != std::string_view::npos && text[behind] == '\n';
    ++(is_feed ? feeds : returns);
    if (first == 0) first = is_feed ? '\n' : '\r';
    if (is_feed) i = behind;
  }
  if (first == 0) return '\n';
  return feeds == returns ? first : feeds > returns ? '\n' : '\r';
}

}  // namespace sluice::ingest
