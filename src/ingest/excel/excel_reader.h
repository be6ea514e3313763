#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct SluiceExcelWorkbook;

namespace sluice::ingest {

/// What reading a workbook may take. A named limit that is passed is `too_large`.
struct ExcelLimits {
  /// All parts of a zip archive together. A million rows of fifty columns are about 2 GB of XML.
  std::uint64_t inflated_bytes_max = 3ULL << 30;
  /// As Apache POI, whose default is 100, refuses; sheets of repeated numbers reach 60.
  std::uint64_t inflate_ratio_max = 200;
  /// What is held whole: shared strings, styles, an .xls. In memory it becomes up to three times
  /// this.
  std::uint64_t held_bytes_max = 512ULL << 20;
  /// .xls and .ods are unfolded in memory at 32 to 64 bytes a cell.
  std::uint64_t held_cells_max = 20'000'000;
};

enum class SheetKind { cells, chart, other };

struct SheetInfo {
  std::string name;
  bool visible = true;
  SheetKind kind = SheetKind::cells;
};

/// Rows and columns count from 0; the last ones belong to the region.
struct MergedRegion {
  std::uint32_t row = 0, column = 0, last_row = 0, last_column = 0;
  bool operator==(const MergedRegion&) const = default;
};

enum class ExcelKind : std::uint8_t {
  number,
  string,
  boolean,
  date,
  datetime,
  time,
  duration,
  error
};

/// One cell with a value. A formula's is the one that was saved with it.
///
/// A number stays the double that Excel has, whatever it looks like: 12 % is 0.12. Dates are days
/// with a date's format; where Excel shows no day of the calendar, the cell is a string as Excel
/// shows it
/// (`1900-02-29`, which 1900 did not have, `1900-01-00`) or, beyond its calendar, the number. In
/// .xls, .xlsb the format is not known beyond "a date or a time", so midnights are dates; .ods has
/// times only, which from 24 hours on are durations.
struct ExcelCell {
  std::uint32_t row = 0;
  std::uint32_t column = 0;
  ExcelKind kind = ExcelKind::number;
  std::string_view text;    ///< string, error (`#N/A`): UTF-8, valid during the call.
  double number = 0;        ///< number; boolean, 0 or 1.
  std::int64_t micros = 0;  ///< date, datetime: since 1970-01-01. time: since midnight. duration.
};

/// The cell as text: `2024-01-31`, `2024-01-31 23:59:59[.500]`, `23:59:59`, `36:15:00` (hours
/// beyond a day, as `[h]:mm:ss`), `true`, and for numbers the shortest digits that mean this
/// double, whole ones below 2^63 without point or exponent.
std::string text_of(const ExcelCell& cell);

/// `C5`.
std::string name_of(const ExcelCell& cell);

/// What reads a sheet.
class ExcelSink {
 public:
  virtual ~ExcelSink() = default;
  /// Some thousand cells at once, in ascending order of rows, then columns. Empty cells are left
  /// out: what lies between two cells is empty. An error ends the reading, and is its result.
  virtual Result<void> cells(std::span<const ExcelCell> cells) = 0;
};

/// A spreadsheet: .xlsx (.xlsm, .xltx), .xlsb, .xls or .ods, told from its content.
///
/// .xlsx and .xlsb are read as a stream, with the different texts of the workbook in memory; .xls
/// and .ods are held whole. Threads: one at a time. A sheet may be read again.
///
/// Errors: `not_a_workbook`, `excel_password`, `excel_damaged` (unprocessable), `excel_too_large`
/// (too_large; the detail names the limit's value), `no_such_sheet`, `not_a_worksheet`,
/// `cancelled`.
class Workbook {
 public:
  static Result<Workbook> open(const std::filesystem::path& path, const ExcelLimits& limits = {});

  const std::vector<SheetInfo>& sheets() const { return sheets_; }

  /// Regions of cells shown as one, whose value is that of the first. Costs a pass over an .xlsx
  /// sheet, half the time of reading it; .xlsb and .ods give none.
  Result<std::vector<MergedRegion>> merged_regions(std::size_t sheet);

  /// `stop` is looked at once per batch.
  Result<void> read(std::size_t sheet, ExcelSink& sink, const std::stop_token& stop = {});

 private:
  struct Close {
    void operator()(SluiceExcelWorkbook* workbook) const;
  };
  using Handle = std::unique_ptr<SluiceExcelWorkbook, Close>;
  Workbook(Handle handle, std::vector<SheetInfo> sheets)
      : handle_(std::move(handle)), sheets_(std::move(sheets)) {}

  Handle handle_;
  std::vector<SheetInfo> sheets_;
};

}  // namespace sluice::ingest
