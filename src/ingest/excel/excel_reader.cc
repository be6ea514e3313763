#include "ingest/excel/excel_reader.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <exception>
#include <optional>
#include <utility>

#include "base/error_codes.h"
#include "ingest/error_codes.h"
#include "ingest/excel/excel_abi.h"

namespace sluice::ingest {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;

tl::unexpected<Error> fail_with(const SluiceExcelError& error) {
  const std::string detail = "The workbook cannot be read: " + std::string(error.message) + ".";
  switch (error.code) {
    case SLUICE_EXCEL_IO:
      return fail(Errc::internal, Code::excel_unreadable, detail,
                  "Check the disk and the file's permissions.");
    case SLUICE_EXCEL_NOT_A_WORKBOOK:
      return fail(Errc::unprocessable, Code::not_a_workbook, detail,
                  "Save it as .xlsx, or send it as what it is: CSV or JSON.");
    case SLUICE_EXCEL_PASSWORD:
      return fail(Errc::unprocessable, Code::excel_password, detail, "Save it without a password.");
    case SLUICE_EXCEL_LIMIT:
      return fail(Errc::too_large, Code::excel_too_large, detail,
                  "Save the sheet as CSV, or split it.");
    case SLUICE_EXCEL_NO_SUCH_SHEET:
      return fail(Errc::invalid_argument, Code::no_such_sheet, detail,
                  "Name a sheet that the workbook has.");
    case SLUICE_EXCEL_NOT_A_WORKSHEET:
      return fail(Errc::invalid_argument, Code::not_a_worksheet, detail,
                  "Name a sheet with cells.");
    case SLUICE_EXCEL_STOPPED:
      return fail(Errc::cancelled, BaseCode::cancelled, "Reading the workbook was stopped.");
    default:
      // calamine knows the eight errors of old; Excel 365 has more.
      if (detail.find("Unsupported cell error value") != std::string::npos) {
        return fail(Errc::unprocessable, Code::excel_cell_error, detail,
                    "Mend or clear the cells that show this error, or save the sheet as CSV.");
      }
      return fail(Errc::unprocessable, Code::excel_damaged, detail,
                  "Open it in Excel and save it again as .xlsx.");
  }
}

ExcelKind kind_of(std::uint32_t kind) {
  static constexpr std::array<ExcelKind, 9> kinds = {
      ExcelKind::number,  ExcelKind::number,   ExcelKind::string,
      ExcelKind::boolean, ExcelKind::date,     ExcelKind::datetime,
      ExcelKind::time,    ExcelKind::duration, ExcelKind::error};
  return kinds.at(kind);
}

/// One reading: what the callback needs, and how it ended if the reader was asked to stop.
struct Reading {
  ExcelSink& sink;
  const std::stop_token& stop;
  std::vector<ExcelCell> batch;
  std::optional<Error> error;
  std::exception_ptr thrown;

  int take(const SluiceExcelCell* cells, std::size_t count) {
    if (stop.stop_requested()) return 1;
    if (count == 0) return 0;
    batch.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const SluiceExcelCell& cell = cells[i];
      batch[i] = {cell.row,           cell.column,
                  kind_of(cell.kind), std::string_view(cell.text, cell.text_bytes),
                  cell.number,        cell.micros};
    }
    const Result<void> taken = sink.cells(batch);
    if (!taken) error = taken.error();
    return taken ? 0 : 1;
  }
};

/// Exceptions cannot cross Rust's frames: they are kept and thrown again on this side.
extern "C" int take_cells(void* context, const SluiceExcelCell* cells, std::size_t count) {
  Reading& reading = *static_cast<Reading*>(context);
  try {
    return reading.take(cells, count);
  } catch (...) {
    reading.thrown = std::current_exception();
    return 1;
  }
}

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string date_text(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return padded(static_cast<int>(date.year()), 4) + "-" +
         padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2);
}

std::string clock_text(std::int64_t micros) {
  const std::int64_t seconds = micros / second_us;
  std::string text = padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" +
                     padded(seconds % 60, 2);
  if (const std::int64_t rest = micros % second_us; rest % 1000 != 0) {
    text += "." + padded(rest, 6);
  } else if (rest != 0) {
    text += "." + padded(rest / 1000, 3);
  }
  return text;
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  constexpr double whole_end = 9223372036854775808.0;
  const bool whole = number == std::trunc(number) && std::abs(number) < whole_end;
  const bool signed_zero = number == 0 && std::signbit(number);
  char* const end = buffer.data() + buffer.size();
  const std::to_chars_result written =
      whole && !signed_zero ? std::to_chars(buffer.data(), end, static_cast<std::int64_t>(number))
                            : std::to_chars(buffer.data(), end, number);
  return {buffer.data(), written.ptr};
}

}  // namespace

std::string text_of(const ExcelCell& cell) {
  switch (cell.kind) {
    case ExcelKind::string:
    case ExcelKind::error:
      return std::string(cell.text);
    case ExcelKind::number:
      return number_text(cell.number);
    case ExcelKind::boolean:
      return cell.number != 0 ? "true" : "false";
    case ExcelKind::time:
      return clock_text(cell.micros);
    case ExcelKind::duration:
      return cell.micros < 0 ? "-" + clock_text(-cell.micros) : clock_text(cell.micros);
    case ExcelKind::date:
    case ExcelKind::datetime:
      break;
  }
  const std::int64_t in_day = ((cell.micros % day_us) + day_us) % day_us;
  std::string text = date_text((cell.micros - in_day) / day_us);
  if (cell.kind == ExcelKind::datetime) text += " " + clock_text(in_day);
  return text;
}

std::string name_of(const ExcelCell& cell) {
  std::string name;
  for (std::uint32_t rest = cell.column + 1; rest > 0; rest = (rest - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return name + std::to_string(cell.row + 1);
}

void Workbook::Close::operator()(SluiceExcelWorkbook* workbook) const {
  sluice_excel_close(workbook);
}

Result<Workbook> Workbook::open(const std::filesystem::path& path, const ExcelLimits& limits) {
  const SluiceExcelLimits bounds = {limits.inflated_bytes_max, limits.inflate_ratio_max,
                                    limits.held_bytes_max, limits.held_cells_max};
  SluiceExcelWorkbook* opened = nullptr;
  SluiceExcelError error = {};
  if (sluice_excel_open(path.c_str(), &bounds, &opened, &error) != 0) return fail_with(error);
  Handle handle(opened);

  std::vector<SheetInfo> sheets(sluice_excel_sheet_count(opened));
  for (std::size_t i = 0; i < sheets.size(); ++i) {
    SluiceExcelSheet sheet = {};
    sluice_excel_sheet(opened, i, &sheet);
    sheets[i].name.assign(sheet.name, sheet.name_bytes);
    sheets[i].visible = sheet.visible == 1;
    sheets[i].kind = sheet.kind == 1   ? SheetKind::cells
                     : sheet.kind == 2 ? SheetKind::chart
                                       : SheetKind::other;
  }
  return Workbook(std::move(handle), std::move(sheets));
}

Result<std::vector<MergedRegion>> Workbook::merged_regions(std::size_t sheet) {
  const SluiceExcelRegion* regions = nullptr;
  std::size_t count = 0;
  SluiceExcelError error = {};
  if (sluice_excel_merged(handle_.get(), sheet, &regions, &count, &error) != 0)
    return fail_with(error);
  std::vector<MergedRegion> merged;
  for (const SluiceExcelRegion& region : std::span(regions, count)) {
    merged.push_back({region.row, region.column, region.last_row, region.last_column});
  }
  return merged;
}

Result<void> Workbook::read(std::size_t sheet, ExcelSink& sink, const std::stop_token& stop) {
  Reading reading{sink, stop, {}, {}, {}};
  SluiceExcelError error = {};
  const std::int32_t code = sluice_excel_read(handle_.get(), sheet, &take_cells, &reading, &error);
  if (reading.thrown) std::rethrow_exception(reading.thrown);
  if (reading.error) return fail(*std::move(reading.error));
  if (code != 0) return fail_with(error);
  return {};
}

}  // namespace sluice::ingest
