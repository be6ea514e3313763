#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/bytes/disk_budget.h"

namespace sluice::ingest {

/// A CSV that was quoted twice: each line is one quoted cell that holds a whole row, `"a,b,c"`, as
/// a spreadsheet writes a CSV that was pasted into its first column.
struct QuotedLines {
  std::string delimiter;
  std::size_t cells = 0;  ///< Of each row.
  std::size_t rows = 0;   ///< Looked at.

  /// Two cells make a name or a number as well: `"Lee,Ann"`, `"1,5"`.
  bool are_rows() const { return cells > 2; }
};

/// Nothing where a line is not so, rows differ in width, or have blanks behind their delimiters:
/// `"Lee, Ann"` is a name. Pure; `head` is the beginning of a text, of which a
/// line that may be cut is left out unless `whole`.
std::optional<QuotedLines> find_quoted_lines(std::string_view head, bool whole);

/// Writes the text to a new file, each line without the quotes around it, of doubled ones one; as
/// many lines as before. False where a line is not so: what was written is of no use. `is_cut`: a
/// last line without an end is left out. Errors: of the files, of the room, `cancelled`.
Result<bool> take_line_quotes_off(const std::filesystem::path& from,
                                  const std::filesystem::path& to, const RoomCheck& room,
                                  const std::stop_token& stop, bool is_cut);

}  // namespace sluice::ingest
