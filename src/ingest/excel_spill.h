#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "ingest/excel_reader.h"

namespace sluice::ingest {

/// The cells of a sheet in a temporary file: unpacking and parsing a spreadsheet takes many times
/// as long as reading them back, and they may be more than memory holds.
class ExcelSpill final : public ExcelSink {
 public:
  /// `path` must not exist; the caller removes it. `look` is called for each cell on its way.
  static Result<ExcelSpill> create(const std::filesystem::path& path,
                                   std::function<Result<void>(const ExcelCell&)> look);

  Result<void> cells(std::span<const ExcelCell> cells) override;
  /// To be called once all cells came.
  Result<void> finish();

  /// All cells again, in their order.
  Result<void> read(const std::function<Result<void>(const ExcelCell&)>& use,
                    const std::stop_token& stop) const;

 private:
  ExcelSpill(FileDescriptor file, std::filesystem::path path,
             std::function<Result<void>(const ExcelCell&)> look)
      : file_(std::move(file)), path_(std::move(path)), look_(std::move(look)) {}

  FileDescriptor file_;
  std::filesystem::path path_;
  std::function<Result<void>(const ExcelCell&)> look_;
  std::string buffer_;
};

}  // namespace sluice::ingest
