#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lakehouse/medallion/form_verdict.h"

namespace sluice::lakehouse::medallion {

inline constexpr std::size_t month_date_formats = 8;

/// Whether a column holds dates with the month's English name and four digits of year, in one form:
/// `31-Jan-2024`, `Jan 5, 2024`, `5 January 2024`.
class MonthDateLook {
 public:
  /// A trimmed cell, neither blank nor a null word.
  void observe(std::string_view cell);
  bool is_over() const { return alive_ == 0; }
  FormVerdict verdict() const;

 private:
  std::uint32_t alive_ =
      (1U << month_date_formats) - 1;  ///< Bit i: the i-th format fits every cell.
  bool has_cells_ = false;
};

}  // namespace sluice::lakehouse::medallion
