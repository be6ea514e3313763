#include "ingest/csv/csv_split.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// Where a file is cut, a quote that was opened no farther back may be closed behind the cut; one
/// farther back is a stray one.
constexpr std::size_t cut_row_bytes_max = 64U << 10;

constexpr std::size_t nowhere = std::string_view::npos;

std::size_t find(const boost::container::vector<char>& text, char c, std::size_t from,
                 std::size_t end) {
  if (from >= end) return nowhere;
  const void* found = std::memchr(text.data() + from, c, end - from);
  return found == nullptr ? nowhere
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::size_t find_last(const boost::container::vector<char>& text, char c, std::size_t from,
                      std::size_t end) {
  if (from >= end) return nowhere;
  const void* found = ::memrchr(text.data() + from, c, end - from);
  return found == nullptr ? nowhere
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

CsvSplitter::CsvSplitter(const SourceFile& file, CsvGrammar grammar, std::uint64_t offset,
                         std::uint64_t line, std::size_t piece_bytes, bool is_cut)
    : file_(file),
      grammar_(std::move(grammar)),
      piece_bytes_(piece_bytes),
      is_cut_(is_cut),
      offset_(offset),
      line_(line) {}

Result<void> CsvSplitter::read_more() {
  const std::size_t had = buffer_.size();
  buffer_.resize(had + piece_bytes_, boost::container::default_init);
  TRY_ASSIGN(const std::size_t got,
             file_.read_at(offset_ + had, buffer_.data() + had, piece_bytes_));
  buffer_.resize(had + got);
  at_end_ = got < piece_bytes_;
  return {};
}

/// True where the closing quote at `at_` was understood; else more bytes are wanted.
bool CsvSplitter::leave_quotes() {
  const std::size_t end = buffer_.size();
  const auto is = [&](std::size_t at, char c) { return at < end && buffer_[at] == c; };
  const std::size_t next = at_ + 1;
  const std::string& delimiter = grammar_.delimiter;
  if (!at_end_ && next + delimiter.size() > end) return false;
  std::size_t behind_crs = next;
  while (grammar_.line_end == '\n' && is(behind_crs, '\r')) ++behind_crs;
  const bool maybe_crlf = behind_crs > next;
  if (!at_end_ && behind_crs == end) return false;
  if (is(next, grammar_.quote)) {
    at_ = next + 1;
    return true;
  }
  const std::string_view rest(buffer_.data() + next, end - next);
  if (rest.empty() || rest.starts_with(delimiter) || is(next, grammar_.line_end) ||
      (maybe_crlf && (behind_crs == end || is(behind_crs, '\n')))) {
    in_quotes_ = false;
    at_ = known_ = next;
    return true;
  }
  in_fault_ = true;
  fault_end_ = next + 1;
  return true;
}

/// Whether the quote stands where a cell begins; all before it is no quoted cell.
bool CsvSplitter::opens_quotes(std::size_t quote) {
  std::size_t at = quote;
  if (grammar_.blanks_before_quote) {
    while (at > row_start_ && buffer_[at - 1] == ' ') --at;
  }
  const std::string& delimiter = grammar_.delimiter;
  if (delimiter.size() == 1) return at == row_start_ || buffer_[at - 1] == delimiter.front();
  known_ = std::max(known_, row_start_);
  const std::string_view text(buffer_.data(), quote);
  for (std::size_t found = text.find(delimiter, known_); found != nowhere;
       found = text.find(delimiter, known_)) {
    known_ = found + delimiter.size();
  }
  // Blanks may belong to a delimiter as well.
  return at <= known_;
}

bool CsvSplitter::skip_faulty_line() {
  const std::size_t line_end = find(buffer_, grammar_.line_end, row_start_, buffer_.size());
  if (line_end == nowhere && (!at_end_ || is_cut_)) return false;
  row_start_ = at_ = known_ = line_end == nowhere ? buffer_.size() : line_end + 1;
  // Of a line that goes into this piece: one that does not is looked at again with the next.
  evidence_end_ = std::max(evidence_end_, fault_end_);
  in_quotes_ = in_fault_ = false;
  return true;
}

/// One step; false when all that is there was looked at.
bool CsvSplitter::scan() {
  const std::size_t end = buffer_.size();
  if (in_fault_) return skip_faulty_line();
  if (in_quotes_) {
    const std::size_t limit = std::min(end, row_start_ + csv_row_bytes_max);
    const std::size_t quote = find(buffer_, grammar_.quote, at_, limit);
    if (quote != nowhere) {
      at_ = quote;
      if (grammar_.escape != 0 && is_escaped(buffer_.data(), cell_start_, quote, grammar_.escape)) {
        ++at_;
        return true;
      }
      return leave_quotes();
    }
    if (is_cut_ && at_end_ && end - row_start_ <= cut_row_bytes_max) return false;
    if (limit < end || at_end_) {
      in_fault_ = true;
      fault_end_ = 0;
      return true;
    }
    at_ = end;
    return false;
  }
  if (at_ == end) return false;
  const std::size_t quote = grammar_.quote == 0 ? nowhere : find(buffer_, grammar_.quote, at_, end);
  const std::size_t stretch = quote == nowhere ? end : quote;
  if (const std::size_t last = find_last(buffer_, grammar_.line_end, at_, stretch);
      last != nowhere) {
    row_start_ = last + 1;
  }
  at_ = stretch;
  if (quote == nowhere) return false;
  // A quote within a cell without quotes is text.
  in_quotes_ = opens_quotes(quote);
  cell_start_ = ++at_;
  return true;
}

Result<bool> CsvSplitter::next(CsvPiece& piece) {
  at_ = row_start_ = known_ = evidence_end_ = 0;
  in_quotes_ = in_fault_ = false;
  do {
    if (!at_end_) TRY(read_more());
    while (scan()) {
    }
    // Quotes have a limit of their own (CsvGrammar); this one is of lines without an end.
    if (!in_quotes_ && buffer_.size() - row_start_ > csv_row_bytes_max) {
      return fail(
          Errc::too_large, Code::csv_row_too_long,
          "A row is longer than " + std::to_string(csv_row_bytes_max) +
              " bytes (csv_row_bytes_max), about line " +
              std::to_string(line_ + static_cast<std::uint64_t>(std::count(
                                         buffer_.begin(),
                                         buffer_.begin() + static_cast<std::ptrdiff_t>(row_start_),
                                         grammar_.line_end))) +
              ".",
          "Is it a table with one record per line? Look at that line.");
    }
  } while (!at_end_ && row_start_ < std::max(piece_bytes_, evidence_end_));
  const std::size_t size = at_end_ && !is_cut_ ? buffer_.size() : row_start_;
  if (size == 0) return false;
  piece.number = number_++;
  piece.offset = offset_;
  piece.line = line_;
  piece.bytes.swap(buffer_);
  buffer_.assign(piece.bytes.begin() + static_cast<std::ptrdiff_t>(size), piece.bytes.end());
  piece.bytes.resize(size);
  offset_ += size;
  line_ += static_cast<std::uint64_t>(
      std::count(piece.bytes.begin(), piece.bytes.end(), grammar_.line_end));
  return true;
}

}  // namespace sluice::ingest
