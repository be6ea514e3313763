#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ingest {

/// What a cell looks like to a reader who does not know the table: for finding where it begins and
/// which rows are names. Wider than bronze's types on purpose: `1.250,00 €` is a number here.
enum class CellLook : std::uint8_t {
  empty,
  nothing,  ///< A word for no value: `NULL`, `-`, `n/a`, `?`, `\N`.
  number,   ///< With marks of thousands, a currency or a percent sign too.
  date,     ///< A day, with or without a time: `2024-01-31`, `31.1.2024`, `31-Jan-24`.
  time,     ///< `00:15`, `10:00:00`.
  boolean,  ///< `true`, `false`.
  text,
};

/// Blanks at both ends do not count.
CellLook look_of(std::string_view text);

/// The text with each run of digits as one `9`: two cells of one form are `10%` and `5%`, or
/// `SKU-1` and `SKU-207`. Cut after some characters.
std::string form_of(std::string_view text);

/// The text with each run of ASCII letters as one `a` and of digits as one `9`: `ann@x.org` and
/// `bob@y.org` are both `a@a.a`. Empty for a text without one of `@/\\:`, which names have not, for
/// prose, and for one that is longer than a code.
std::string shape_of(std::string_view text);

/// Whether a number stands with a currency or a percent sign.
bool has_unit(std::string_view text);

/// A cell as the decision about a table's first rows sees it.
struct TableCell {
  std::string_view text;
  CellLook look = CellLook::empty;
  /// The writer said that it is text: quoted in a CSV, a string in a sheet.
  bool said_text = false;
};

/// A row of them; a row that could not be read has none.
struct TableRow {
  std::vector<TableCell> cells;
  std::uint64_t line = 0;  ///< Of the file or sheet, from 1.

  std::size_t filled() const;
};

}  // namespace sluice::ingest
