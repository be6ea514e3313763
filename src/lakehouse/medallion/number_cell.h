#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::lakehouse::medallion {

/// Marks between the digits of a number. A decimal mark is one of the first two.
inline constexpr std::array<std::string_view, 8> number_marks = {",",      ".",      " ", "\u00a0",
                                                                 "\u202f", "\u2009", "'", "\u2019"};
inline constexpr std::size_t comma_mark = 0;
inline constexpr std::size_t point_mark = 1;

/// Which mark is the decimal one and which stands between groups of thousands: one of
/// `readings_max`, by its number.
struct NumberReading {
  std::size_t decimal = point_mark;
  std::size_t group = comma_mark;
};
inline constexpr std::size_t readings_max = 2 * number_marks.size();
constexpr NumberReading reading_of(std::size_t number) {
  return {number / number_marks.size(), number % number_marks.size()};
}

/// A number as a cell writes it, before anything is known of its column.
struct NumberCell {
  enum class Sign : std::uint8_t { none, minus, plus, parentheses, minus_behind };
  /// A run of digits and the mark behind it.
  struct Run {
    std::size_t digits = 0;
    std::size_t mark = number_marks.size();  ///< None behind the last one.
  };

  std::string_view symbol;  ///< A currency or `%`; empty: none.
  bool symbol_first = false;
  Sign sign = Sign::none;
  std::array<Run, 16> runs{};
  std::size_t run_count = 0;
  bool begins_with_zero = false;
  bool is_zero = true;
  bool has_exponent = false;

  /// Digits before and behind the decimal mark, where the marks can be read so.
  struct Digits {
    std::size_t whole = 0;
    std::size_t fraction = 0;
  };
  std::optional<Digits> as(NumberReading reading) const;
};

/// Of a trimmed cell; empty where it is no number, or might be a code: `007`, `+0`, `-0.0`.
std::optional<NumberCell> number_cell(std::string_view cell);

}  // namespace sluice::lakehouse::medallion
