#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::ingest {

/// Of one of `null_tokens`.
inline constexpr std::size_t null_token_bytes_max = 256;

enum class HeaderOption { automatic, present, absent };

/// What the user may say about a source where the content leaves a choice. Empty: found from the
/// content.
struct IngestOptions {
  std::optional<std::string> delimiter;  ///< Text of 1 to 8 bytes: `;`, `||`, `¦`.
  /// Of columns at fixed places, in characters; a last 0: to the end of the line. Empty: a
  /// delimiter divides the lines.
  std::vector<std::int64_t> widths;
  std::optional<char> quote;   ///< One ASCII character; 0 for none.
  std::optional<char> escape;  ///< One ASCII character before a quote; 0 for none.
  HeaderOption header = HeaderOption::automatic;
  std::int64_t header_line = 0;        ///< Line, or row of a sheet, from 1; 0: found.
  std::int64_t header_rows = 0;        ///< Rows of names, from 1; 0: found.
  std::int64_t skip_footer = 0;        ///< Last rows that are no data, but rejects.
  std::optional<bool> pad_short_rows;  ///< Missing last cells are NULL, or make a reject.
  std::string encoding;                ///< As iconv names it: `windows-1252`, `shift_jis`.
  std::string sheet;                   ///< Name or number from 1; the first with cells where empty.
  std::int64_t sheet_number = 0;       ///< The same by its place alone, from 1; 0: not given.
  std::string member;                  ///< Name of the file in a zip or tar archive.
  std::string records_path;            ///< Keys to the array of records in JSON: `data.items`.
  std::string cell_range;              ///< `B3:F200`; of a sheet.
  std::optional<char> decimal_mark;    ///< `.` or `,`, for all columns.
  std::string date_format;  ///< Of %d %m %Y %y %H %M %S and marks between, for all columns.
  /// Cells that are NULL beside the empty one, in silver as well. Nothing: none in bronze, and
  /// silver finds words for nothing by itself.
  std::optional<std::vector<std::string>> null_tokens;
  /// Header → the same for one column, in place of `null_tokens`.
  std::map<std::string, std::vector<std::string>, std::less<>> column_null_tokens;
  std::map<std::string, std::string>
      column_types;  ///< Header → DuckDB type; a cell that is none is a reject.
  std::optional<std::int64_t> rejects_max;  ///< Instead of the default (source_limits.h).

  /// What the user named for the column with this header; null where that is nothing.
  const std::vector<std::string>* null_tokens_of(std::string_view column) const;

  bool operator==(const IngestOptions&) const = default;
};

/// From a JSON object of these fields by their names (`header`: `auto`, true or false; `quote`:
/// `""` for none); empty text gives the defaults. Errors by pointer: `option_unknown`,
/// `option_invalid`.
Result<IngestOptions> options_from_json(const std::string& text);
/// Error `option_unused`: an option was given for which files of this format have no use.
Result<void> check_used(const IngestOptions& options, std::string_view format);
/// Only what differs from the defaults.
std::string to_json(const IngestOptions& options);

}  // namespace sluice::ingest
