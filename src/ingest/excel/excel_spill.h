#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "ingest/bytes/disk_budget.h"
#include "ingest/excel/excel_reader.h"

namespace sluice::ingest {

/// The cells of a sheet in a temporary file: unpacking and parsing a spreadsheet takes many times
/// as long as reading them back, and they may be more than memory holds.
class ExcelSpill final : public ExcelSink {
 public:
  using Look = std::function<Result<void>(const ExcelCell&)>;

  /// `path` must not exist; the caller removes it. `look` is called for each cell on its way, in a
  /// thread of the spill's own, until `finish` returns.
  static Result<ExcelSpill> create(const std::filesystem::path& path, RoomCheck room, Look look);
  ExcelSpill(ExcelSpill&&) noexcept;
  ~ExcelSpill() override;

  Result<void> cells(std::span<const ExcelCell> cells) override;
  /// To be called once all cells came. An exception that `look` threw goes on here.
  Result<void> finish();

  /// All cells again, in their order.
  Result<void> read(const Look& use, const std::stop_token& stop) const;

 private:
  class Writer;
  ExcelSpill(std::unique_ptr<Writer> writer, std::filesystem::path path);

  std::unique_ptr<Writer> writer_;
  std::filesystem::path path_;
  std::string block_;  ///< Cells as they stand in the file.
};

}  // namespace sluice::ingest
