// A sheet → Parquet: its cells once through the reader into a temporary file, then into batches.

#include <memory>

#include "dataset/names.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/cells/cell_rewrite.h"
#include "ingest/error_codes.h"
#include "ingest/excel/excel_footer.h"
#include "ingest/excel/excel_layout.h"
#include "ingest/excel/excel_spill.h"
#include "ingest/excel/excel_survey.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"
#include "ingest/write/reject_log.h"

namespace sluice::ingest {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;

Result<std::size_t> sheet_of(const Workbook& book, const std::string& wanted) {
  const std::vector<SheetInfo>& sheets = book.sheets();
  std::string names;
  for (std::size_t i = 0; i < sheets.size(); ++i) {
    if (sheets[i].name == wanted) return i;
    if (names.size() < 500) names += (i == 0 ? "" : ", ") + shown(sheets[i].name);
  }
  if (wanted.size() <= 4 && wanted.find_first_not_of("0123456789") == std::string::npos) {
    const std::size_t number = std::stoul(wanted);
    if (number >= 1 && number <= sheets.size()) return number - 1;
  }
  return fail(Errc::unprocessable, Code::no_such_sheet, "There is no sheet " + shown(wanted) + ".",
              "There are " + names + ".");
}

/// The sheet that is meant, its cells, and the number of it.
struct SheetRead {
  std::size_t sheet = 0;
  std::unique_ptr<ExcelSurvey> survey;
  ExcelSpill spill;
  ExcelFooter footer;
};

Result<SheetRead> read_sheet(Workbook& book, std::size_t sheet, const IngestRequest& request,
                             const std::filesystem::path& path) {
  TRY_ASSIGN(const CellRange range, parse_cell_range(request.options.cell_range));
  std::error_code ignored;
  const std::uintmax_t packed = std::filesystem::file_size(request.source, ignored);
  const std::uint64_t text_bytes_max =
      std::max<std::uint64_t>(inflate_free_bytes, ignored ? 0 : packed * inflate_ratio_max);
  auto survey = std::make_unique<ExcelSurvey>(range, request.options, text_bytes_max);
  ExcelFooter footer(range, static_cast<std::size_t>(request.options.skip_footer));
  const auto look = [&](const ExcelCell& cell) {
    footer.look(cell);
    return survey->look(cell);
  };
  TRY_ASSIGN(ExcelSpill spill, ExcelSpill::create(path, request.room, look));
  TRY(book.read(sheet, spill, request.stop));
  TRY(spill.finish());
  if (footer.empty()) {
    return SheetRead{sheet, std::move(survey), std::move(spill), std::move(footer)};
  }
  survey = std::make_unique<ExcelSurvey>(footer.rows_above(), request.options, text_bytes_max);
  TRY(spill.read([&](const ExcelCell& cell) { return survey->look(cell); }, request.stop));
  return SheetRead{sheet, std::move(survey), std::move(spill), std::move(footer)};
}

/// The named sheet, or the first visible one that has cells.
Result<SheetRead> find_sheet(Workbook& book, const IngestRequest& request,
                             const std::filesystem::path& temp) {
  if (const std::int64_t number = request.options.sheet_number; number > 0) {
    const std::size_t count = book.sheets().size();
    if (static_cast<std::uint64_t>(number) > count) {
      return fail(Errc::unprocessable, Code::no_such_sheet,
                  "There is no sheet " + std::to_string(number) + "; there are " +
                      std::to_string(count) + ".",
                  "Sheets count from 1.");
    }
    return read_sheet(book, static_cast<std::size_t>(number) - 1, request, temp / "cells");
  }
  if (!request.options.sheet.empty()) {
    TRY_ASSIGN(const std::size_t sheet, sheet_of(book, request.options.sheet));
    return read_sheet(book, sheet, request, temp / "cells");
  }
  for (const bool visible : {true, false}) {
    for (std::size_t i = 0; i < book.sheets().size(); ++i) {
      const SheetInfo& info = book.sheets()[i];
      if (info.kind != SheetKind::cells || info.visible != visible) continue;
      const std::filesystem::path path = temp / ("cells-" + std::to_string(i));
      TRY_ASSIGN(SheetRead read, read_sheet(book, i, request, path));
      if (!read.survey->empty()) return read;
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
    }
  }
  return fail(Errc::unprocessable, Code::no_columns, "No sheet has a cell with a value.",
              "Upload a file with a header or records.");
}

/// Which sheet was taken, before the others are looked at.
StructureChoice sheet_choice(const Workbook& book, std::size_t taken,
                             const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::sheet;
  choice.taken = book.sheets()[taken].name;
  choice.settled_by = {"sheet"};
  choice.is_given = !options.sheet.empty() || options.sheet_number > 0;
  choice.why = choice.is_given             ? "The sender says so."
               : book.sheets().size() == 1 ? "It is the only sheet."
                                           : "It is the first visible sheet with cells, of " +
                                                 std::to_string(book.sheets().size()) + ".";
  return choice;
}

/// Counts the rows that have cells, up to a bound at which it ends the reading.
class RowCount final : public ExcelSink {
 public:
  explicit RowCount(std::int64_t max) : max_(max) {}

  Result<void> cells(std::span<const ExcelCell> cells) override {
    for (const ExcelCell& cell : cells) {
      if (rows_ > 0 && cell.row == last_) continue;
      last_ = cell.row;
      if (++rows_ >= max_) return fail(cancelled());
    }
    return {};
  }
  std::int64_t rows() const { return rows_; }
  bool is_full() const { return rows_ >= max_; }

 private:
  std::int64_t max_;
  std::int64_t rows_ = 0;
  std::uint32_t last_ = 0;
};

/// Adds a sheet's name to a list for people, while it is short.
void add_name(std::string& list, const std::string& name, const std::string& rows) {
  if (list.size() > shown_cell_bytes_max * 4) return;
  list += (list.empty() ? "" : ", ") + shown(name) + rows;
}

/// Where nobody named a sheet, the others that have rows: nobody should take this one for all.
/// Those that have far more come first, for then it is perhaps a cover. `rows` are those of the
/// sheet taken.
Result<void> note_other_sheets(Workbook& book, std::size_t taken, std::int64_t rows,
                               const IngestRequest& request, std::vector<std::string>& notes,
                               StructureChoice& choice) {
  constexpr std::int64_t times_more = 3;
  constexpr std::int64_t rows_small = 1000;        // A table of so many is no cover.
  constexpr std::int64_t rows_looked_at = 50'000;  // Of all sheets: some tenths of a second.
  constexpr std::int64_t rows_of_a_table = 2;
  const std::int64_t most =
      rows > rows_small ? rows_of_a_table : std::max(rows_small, times_more * (rows + 1));
  std::string larger;
  std::string others;
  std::int64_t left = rows_looked_at;
  for (std::size_t i = 0; i < book.sheets().size() && left > 0; ++i) {
    const SheetInfo& info = book.sheets()[i];
    if (i == taken || info.kind != SheetKind::cells || !info.visible) continue;
    RowCount count(std::min(left, most));
    const Result<void> read = book.read(i, count, request.stop);
    if (request.stop.stop_requested()) return fail(cancelled());
    // One that cannot be read is not the one that was asked for.
    if (!read && !count.is_full()) continue;
    left -= count.rows();
    if (count.rows() < rows_of_a_table) continue;
    if (rows > rows_small || count.rows() < times_more * rows) {
      add_name(others, info.name, {});
      continue;
    }
    if (larger.empty()) {
      choice.runner_up = info.name;
      choice.runner_up_options.emplace().sheet = info.name;
    }
    add_name(larger, info.name,
             " (" + std::to_string(count.rows()) + (count.is_full() ? " or more" : "") + " rows)");
  }
  if (!larger.empty()) {
    choice.is_guess = true;
    choice.why += " Others have far more rows.";
    notes.push_back("That is the first sheet with cells, and has " + std::to_string(rows) +
                    (rows == 1 ? " row" : " rows") + "; other sheets have far more: " + larger +
                    ". The option sheet names the one to read.");
  } else if (!others.empty()) {
    notes.push_back("Other sheets are not read: " + others + " (sheet).");
  }
  return {};
}

/// The facts once more where columns have null tokens of their own: the survey did not know yet
/// what they are called.
Result<void> look_by_header(const SheetRead& read, const SheetLayout& layout,
                            const IngestRequest& request, std::vector<ExcelColumnFacts>& facts) {
  if (request.options.column_null_tokens.empty()) return {};
  CellRewrite rewrite(request.options, layout.headers);
  facts.assign(layout.width, {});
  return read.spill.read(
      [&](const ExcelCell& cell) -> Result<void> {
        if (read.survey->range().holds(cell) && cell.row >= layout.first_data_row) {
          const std::size_t column = cell.column - layout.first_column;
          facts.at(column).observe(cell, column, rewrite);
        }
        return {};
      },
      request.stop);
}

/// Second reading: rows into batches.
class Builder {
 public:
  Builder(const SheetLayout& layout, const CellRange& range, const IngestOptions& options,
          const std::vector<ValueType>& types, const std::vector<bool>& forced, BatchQueue& queue,
          RejectLog& rejects)
      : layout_(layout),
        range_(range),
        rewrite_(options, layout.headers),
        forced_(forced),
        queue_(queue),
        rejects_(rejects),
        cells_(layout.width),
        filled_(layout.width, false) {
    for (const ValueType& type : types) columns_.emplace_back(type);
  }

  Result<void> cell(const ExcelCell& cell) {
    if (!range_.holds(cell) || cell.row < layout_.first_data_row) return {};
    if (in_row_ && cell.row != row_) TRY(end_row());
    in_row_ = true;
    row_ = cell.row;
    const std::size_t i = cell.column - layout_.first_column;
    cells_[i] = cell;
    texts_.resize(std::max(texts_.size(), i + 1));
    texts_[i].assign(cell.text);
    cells_[i].text = texts_[i];
    filled_[i] = true;
    bytes_ += cell.text.size();
    return {};
  }

  Result<void> close() {
    if (in_row_) TRY(end_row());
    TRY(flush());
    queue_.end(batches_);
    return {};
  }
  std::int64_t rows() const { return rows_; }

 private:
  Result<void> end_row() {
    in_row_ = false;
    std::size_t i = 0;
    while (i < cells_.size() && append(i)) ++i;
    if (i < cells_.size()) {
      std::string raw;
      for (std::size_t k = 0; k < cells_.size(); ++k) {
        raw += (k == 0 ? "" : "\t") + (filled_[k] ? text_of(with_text(k)) : "");
      }
      TRY(rejects_.add(
          row_, {{row_ + 1, "unparsable",
                  "Column " + shown(layout_.headers[i]) + ": " + shown(text_of(with_text(i))) +
                      " is no " + sql_of(columns_[i].type()) + ".",
                  std::move(raw)}}));
      while (i-- > 0) columns_[i].pop();
    } else {
      ++rows_;
      ++rows_in_batch_;
    }
    std::fill(filled_.begin(), filled_.end(), false);
    bytes_ += cells_.size();
    if (rows_in_batch_ == json_batch_rows || bytes_ >= json_batch_bytes) return flush();
    return {};
  }

  /// texts_ may have moved when it grew.
  ExcelCell with_text(std::size_t i) const {
    ExcelCell cell = cells_[i];
    cell.text = texts_[i];
    return cell;
  }

  bool append(std::size_t i) {
    ColumnBuilder& column = columns_[i];
    if (!filled_[i] || (!rewrite_.idle() && rewrite_.is_null(i, text_of(with_text(i))))) {
      column.append_null();
      return true;
    }
    const ExcelCell cell = with_text(i);
    const bool is_number = cell.kind == ExcelKind::number;  // It has no marks of its own.
    if (forced_[i] && is_number) return append_as(column, text_of(cell));
    if (forced_[i]) return append_as(column, rewrite_.typed(text_of(cell)));
    switch (column.type().kind) {
      case ValueType::Kind::real:
        column.append_real(cell.number);
        return true;
      case ValueType::Kind::bigint:
      case ValueType::Kind::boolean:
        column.append_integer(static_cast<std::int64_t>(cell.number));
        return true;
      case ValueType::Kind::date:
        if (cell.kind == ExcelKind::string) return column.append(rewrite_.typed(cell.text));
        column.append_integer((cell.micros - (cell.micros % day_us + day_us) % day_us) / day_us);
        return true;
      case ValueType::Kind::timestamp:
        if (cell.kind == ExcelKind::string) return column.append(rewrite_.typed(cell.text));
        column.append_integer(cell.micros);
        return true;
      default:
        return column.append(cell.kind == ExcelKind::string ? cell.text
                                                            : std::string_view(text_of(cell)));
    }
  }

  Result<void> flush() {
    bytes_ = 0;
    const std::size_t count = std::exchange(rows_in_batch_, 0);
    if (count == 0) return {};
    if (!queue_.push(batches_++, record_batch(columns_, count))) return fail(cancelled());
    return {};
  }

  const SheetLayout& layout_;
  CellRange range_;
  CellRewrite rewrite_;
  const std::vector<bool>& forced_;
  BatchQueue& queue_;
  RejectLog& rejects_;
  std::vector<ColumnBuilder> columns_;
  std::vector<ExcelCell> cells_;
  std::vector<std::string> texts_;
  std::vector<bool> filled_;
  bool in_row_ = false;
  std::uint32_t row_ = 0;
  std::int64_t rows_ = 0;
  std::size_t rows_in_batch_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t batches_ = 0;
};

}  // namespace

Result<Table> write_excel(const IngestRequest& request, const Engine& engine,
                          const std::filesystem::path& temp) {
  TRY_ASSIGN(Workbook book, Workbook::open(request.source));
  TRY_ASSIGN(SheetRead read, find_sheet(book, request, temp));
  if (read.survey->empty()) {
    return fail(Errc::unprocessable, Code::no_columns, "The sheet has no cell with a value there.",
                "Name another sheet or cell_range.");
  }
  const auto merged = [&] { return book.merged_regions(read.sheet); };
  TRY_ASSIGN(const SheetLayout layout,
             find_sheet_layout(read.survey->first_rows(), read.survey->first_column(),
                               read.survey->last_column(), request.options, merged));
  std::vector<ExcelColumnFacts> facts = read.survey->facts(layout.first_data_row);
  TRY(look_by_header(read, layout, request, facts));

  Table table;
  std::vector<ValueType> types;
  for (const ExcelColumnFacts& fact : facts) types.push_back(fact.type());
  TRY_ASSIGN(const std::vector<bool> forced, force_types(request.options, layout.headers, types));
  const std::vector<std::string> names = bronze_column_names(layout.headers);
  std::vector<std::pair<std::string, ValueType>> columns;
  for (std::size_t i = 0; i < layout.width; ++i) {
    columns.emplace_back(names[i], types[i]);
    table.columns.push_back({layout.headers[i], sql_of(types[i]),
                             forced[i] ? "given by the sender" : facts[i].reason()});
  }
  BatchQueue queue(columns, batches_ahead_max);
  RejectLog rejects(request.options.rejects_max, RejectsOf::sheet);
  TRY(rejects.add(0, layout.above_header, layout.above_header_counts));
  Builder builder(layout, read.survey->range(), request.options, types, forced, queue, rejects);
  const auto use = [&](const ExcelCell& cell) -> Result<void> {
    TRY(read.footer.keep(cell, rejects));
    return builder.cell(cell);
  };
  const auto produce = [&]() -> Result<void> {
    TRY(read.spill.read(use, request.stop));
    TRY(read.footer.close(rejects));
    return builder.close();
  };
  TRY_ASSIGN(table.rows_written, write_while(engine, queue, layout.width, request.output, produce));
  table.rows = builder.rows();
  if (request.progress) request.progress->rows_read = table.rows + rejects.count();
  table.notes = layout.notes;
  table.notes.insert(table.notes.begin(),
                     "The sheet is " + shown(book.sheets()[read.sheet].name) + ".");
  StructureChoice sheet = sheet_choice(book, read.sheet, request.options);
  if (!sheet.is_given) {
    const std::int64_t rows = table.rows + rejects.count() + (layout.first_data_row > 0 ? 1 : 0);
    TRY(note_other_sheets(book, read.sheet, rows, request, table.notes, sheet));
  }
  table.decision = layout.decision;
  table.decision.insert(table.decision.begin(), std::move(sheet));
  TRY(rejects.check_share(table.rows));
  table.rejects = rejects.take();
  return table;
}

}  // namespace sluice::ingest
