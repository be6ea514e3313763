// Also write_csv_table of sources.h.
#include "ingest/csv/csv_quoted_lines.h"

#include <algorithm>

#include "base/files.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/bytes/unpacked_file.h"
#include "ingest/csv/csv_delimiter.h"
#include "ingest/csv/csv_fit.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t head_bytes = 64U << 10;
/// No line of a table is longer that is all one cell.
constexpr std::size_t line_bytes_max = csv_row_bytes_max;

/// Appends what is within the quotes around the line; false where there are none, or more. An empty
/// line stays one.
bool append_unquoted(std::string_view line, std::string& text) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return true;
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return false;
  line = line.substr(1, line.size() - 2);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && (++i == line.size() || line[i] != '"')) return false;
    text += line[i];
  }
  return true;
}

bool has_blank_cells(const Fit& fit) {
  return std::ranges::any_of(fit.rows, [](const SampleRow& row) {
    return std::any_of(row.cells.begin() + 1, row.cells.end(),
                       [](const std::string& cell) { return cell.starts_with(' '); });
  });
}

/// The lines of a file, one after another.
class Unquoter {
 public:
  explicit Unquoter(UnpackedFile& file) : file_(file) {}

  Result<void> feed(std::string_view piece) {
    while (!piece.empty() && is_so_) {
      const std::size_t end = piece.find('\n');
      line_ += piece.substr(0, end);
      bytes_in_ += std::min(piece.size(), end == std::string_view::npos ? end : end + 1);
      if (end == std::string_view::npos) {
        is_so_ = line_.size() <= line_bytes_max;
        return {};
      }
      piece.remove_prefix(end + 1);
      TRY(end_line("\n"));
    }
    return {};
  }

  Result<bool> finish(bool is_cut) {
    if (!line_.empty() && !is_cut) TRY(end_line(""));
    TRY(file_.write(text_.data(), text_.size(), bytes_in_));
    return is_so_;
  }
  bool is_so() const { return is_so_; }

 private:
  Result<void> end_line(std::string_view line_end) {
    std::string_view line = line_;
    if (is_first_ && line.starts_with(utf8_bom)) line.remove_prefix(utf8_bom.size());
    is_first_ = false;
    is_so_ = append_unquoted(line, text_);
    text_ += line_end;
    line_.clear();
    if (text_.size() < head_bytes) return {};
    TRY(file_.write(text_.data(), text_.size(), bytes_in_));
    text_.clear();
    return {};
  }

  UnpackedFile& file_;
  std::string line_;
  std::string text_;  ///< Not yet written.
  std::uint64_t bytes_in_ = 0;
  bool is_first_ = true;
  bool is_so_ = true;
};

/// Whether the sender left the meaning of quotes and delimiters to us.
bool may_be_quoted_lines(const IngestOptions& options) {
  return !options.delimiter && !options.quote && !options.escape && options.widths.empty();
}

StructureChoice lines_choice(const QuotedLines& found) {
  StructureChoice choice;
  choice.part = StructurePart::quotes;
  choice.taken = "\" encloses each line, which is a row";
  choice.why = "Without the quotes around the lines, each of the first " +
               std::to_string(found.rows) + " has " + std::to_string(found.cells) + " cells.";
  choice.is_guess = true;
  choice.runner_up = "\" encloses cells, one in each line";
  choice.settled_by = {"quote"};
  choice.runner_up_options.emplace().quote = '"';
  return choice;
}

}  // namespace

std::optional<QuotedLines> find_quoted_lines(std::string_view head, bool whole) {
  if (head.starts_with(utf8_bom)) head.remove_prefix(utf8_bom.size());
  if (!head.starts_with('"')) return std::nullopt;
  if (!whole) head = head.substr(0, head.rfind('\n') + 1);
  std::string text;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    if (!append_unquoted(head.substr(0, end), text)) return std::nullopt;
    text += '\n';
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  Delimiters delimiters;
  for (const char delimiter : usual_delimiters) delimiters.emplace_back(1, delimiter);
  const Fit fit = best_of(text, true, 0, {}, delimiters).fit;
  const std::size_t cells = fit.modal.cells;
  if (fit.modal.rows < 2 || fit.modal.rows != fit.rows.size() || cells < 2 ||
      has_blank_cells(fit)) {
    return std::nullopt;
  }
  return QuotedLines{fit.grammar.delimiter, cells, fit.rows.size()};
}

Result<bool> take_line_quotes_off(const std::filesystem::path& from,
                                  const std::filesystem::path& to, const RoomCheck& room,
                                  const std::stop_token& stop, bool is_cut) {
  TRY_ASSIGN(UnpackedFile file, UnpackedFile::create(to, {std::nullopt, room}));
  Unquoter unquoter(file);
  const auto feed = [&](std::string_view piece) -> Result<void> {
    TRY(unquoter.feed(piece));
    if (unquoter.is_so()) return {};
    return fail(cancelled());  // Only ends the reading.
  };
  if (const Result<void> read = read_pieces(from, stop, feed); !read) {
    if (!unquoter.is_so()) return false;
    return fail(read.error());
  }
  return unquoter.finish(is_cut);
}

Result<Table> write_csv_table(const IngestRequest& request, const Engine& engine,
                              const std::filesystem::path& temp) {
  if (!may_be_quoted_lines(request.options)) return write_csv(request, engine);
  TRY_ASSIGN(const SourceFile file,
             SourceFile::open(request.source, request.arrival, request.stop));
  std::string head(head_bytes, '\0');
  TRY_ASSIGN(const std::size_t size, file.read_at(0, head.data(), head.size()));
  head.resize(size);
  const bool whole = size < head_bytes && !request.is_beginning;
  const std::optional<QuotedLines> found = find_quoted_lines(head, whole);
  if (!found) return write_csv(request, engine);
  if (!found->are_rows()) {
    TRY_ASSIGN(Table table, write_csv(request, engine));
    table.notes.push_back(
        "Each line is one quoted cell, of which " + name_of_delimiter(found->delimiter) +
        " would make two: if the lines are rows, take the quotes around them off.");
    return table;
  }
  IngestRequest plain = request;
  if (plain.arrival) TRY(plain.arrival->wait_for(UINT64_MAX, plain.stop));
  plain.arrival = nullptr;
  plain.source = temp / "unquoted";
  std::error_code ignored;
  std::filesystem::remove(plain.source, ignored);
  TRY_ASSIGN(const bool is_so, take_line_quotes_off(request.source, plain.source, request.room,
                                                    request.stop, request.is_beginning));
  if (!is_so) return write_csv(request, engine);
  TRY_ASSIGN(Table table, write_csv(plain, engine));
  table.notes.insert(
      table.notes.begin(),
      "Each line is one quoted cell that holds a whole row: the quotes around the lines are taken "
      "off, which is a guess. {\"quote\": \"\\\"\"} reads the lines as one column.");
  std::erase_if(table.decision,
                [](const StructureChoice& choice) { return choice.part == StructurePart::quotes; });
  table.decision.insert(table.decision.begin(), lines_choice(*found));
  return table;
}

}  // namespace sluice::ingest
