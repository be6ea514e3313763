#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lakehouse/medallion/form_verdict.h"
#include "lakehouse/medallion/number_cell.h"
#include "lakehouse/medallion/plan_source.h"

namespace sluice::lakehouse::medallion {

/// Which decimal mark the columns of one file show.
struct DecimalMarksSeen {
  bool comma = false;
  bool point = false;
};

/// What the cells of a column have in common as numbers with marks, symbols and signs. All of them
/// are looked at: a number is only taken for one where the whole column says how it is to be read.
class NumberLook {
 public:
  /// A trimmed cell, neither blank nor a null word.
  void observe(std::string_view cell);
  /// A cell was none: nothing more needs to be seen.
  bool is_over() const { return is_over_; }
  /// Adds what this column shows beyond doubt.
  void add_to(DecimalMarksSeen& seen) const;
  /// `is_of_numbers`: no cell is a code (PlanSource).
  FormVerdict verdict(const PlanSource& source, const DecimalMarksSeen& file,
                      bool is_of_numbers) const;

 private:
  /// Digits of the cells, read in one way.
  struct Extent {
    std::size_t whole_max = 0;
    std::size_t whole_min = SIZE_MAX;
    std::size_t fraction_max = 0;
    std::size_t fraction_min = SIZE_MAX;  ///< Of the cells that have one.
  };

  void observe_marks(const NumberCell& number, std::string_view cell);
  /// The readings that every cell allows, each once: marks that no cell has do not tell them
  /// apart. `first` and `second` are readings, `count` how many there are.
  struct Possible {
    std::size_t first = 0;
    std::size_t second = 0;
    std::size_t count = 0;
  };
  Possible possible() const;
  bool uses(std::size_t mark) const { return (marks_used_ >> mark & 1U) != 0; }
  std::string doubt_about_symbol() const;
  std::string doubt_about_sign(std::size_t reading) const;
  std::string doubt_about_groups(std::size_t reading, const PlanSource& source,
                                 const DecimalMarksSeen& file) const;
  std::optional<std::size_t> settled(const Possible& readings, const PlanSource& source,
                                     const DecimalMarksSeen& file, std::string& doubt) const;
  FormVerdict typed(std::size_t reading) const;

  bool is_over_ = false;
  std::int64_t cells_ = 0;
  std::uint32_t alive_ = (1U << readings_max) - 1;  ///< By the number of a reading.
  std::uint32_t marks_used_ = 0;
  std::uint32_t marks_twice_ = 0;  ///< In one cell.
  std::array<Extent, readings_max> extents_{};
  std::string marked_cell_;  ///< The first with a mark.

  std::string symbol_;
  bool symbol_first_ = false;
  std::string first_cell_;
  std::string odd_cell_;  ///< The first whose symbol, or place of it, is not the first cell's.

  std::array<std::int64_t, 5> signs_{};  ///< By NumberCell::Sign; zeros apart.
  std::int64_t zeros_ = 0;
  std::string signed_cell_;  ///< The first with a sign other than a minus in front.
  std::int64_t exponents_ = 0;
  std::string exponent_cell_;
};

}  // namespace sluice::lakehouse::medallion
