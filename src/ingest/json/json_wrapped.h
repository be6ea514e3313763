#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/json/json_reader.h"

namespace sluice::ingest {

/// The cells of a file's first record, kept until a second one shows that there are more: a file
/// of one object may be a table written by columns. Not for several threads.
class FirstRecord {
 public:
  void cell(std::size_t column, JsonKind kind, std::string_view text);
  /// There are others.
  void forget();

  /// What a person would want to know of the only record, whose keys are `keys`, and which holds no
  /// array of records (json_records.h): that it is a table written by columns. Nothing where it
  /// looks like a record.
  std::optional<std::string> note(const std::vector<std::string>& keys) const;

 private:
  struct Cell {
    std::size_t column = 0;
    bool is_nested = false;
    std::string text;  ///< Of a nested one.
  };
  std::vector<Cell> cells_;
  bool forgotten_ = false;
};

}  // namespace sluice::ingest
