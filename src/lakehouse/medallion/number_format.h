#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::lakehouse::medallion {

/// How the numbers of one column are written, where it is not the plain way: the format of
/// Transform::number_format. The same regular expression and the same replacements in both
/// dialects, in the part of their syntax that RE2 and Java have in common.
struct NumberFormat {
  /// What says that a number is negative. A zero has none of it.
  enum class Negative {
    minus,
    parentheses,    ///< `(5)`.
    minus_behind,   ///< `5-`.
    always_signed,  ///< `+5` and `-5`; a number other than zero without a sign does not fit.
  };

  std::string symbol;  ///< `$`, `CHF`, `%`; in each cell. Empty: none.
  bool symbol_first = false;
  std::string group_mark;  ///< Between groups of three digits, which may be missing. Empty: none.
  char decimal_mark = '.';
  Negative negative = Negative::minus;
  bool has_exponent = false;  ///< `1e-05` and `12E5` fit too: for DOUBLE only.

  bool operator==(const NumberFormat&) const = default;
};

/// How -1234.5 is written in it: `-$1,234.5`, `(1.234,5 CHF)`, `1234.5-`, `±1234.5%` where always
/// signed, `-1234.5e6` with exponents. Stored in plans.
std::string model_of(const NumberFormat& format);
/// Empty where the text is no such model.
std::optional<NumberFormat> number_format_of(std::string_view model);

/// A regular expression for a whole trimmed cell of the format. Between number and symbol a blank
/// or a no-break space may stand; where the symbol is a word it must. No leading zeros.
/// `scale_max`: the most digits behind the decimal mark, if that is to be bounded.
std::string number_form(const NumberFormat& format, std::optional<std::size_t> scale_max = {});
/// What a cell of the format becomes a plain number by, in this order; a minus behind stays behind.
std::vector<std::pair<std::string, std::string>> plain_number_steps(const NumberFormat& format);

/// `CHF`, `kr`: written apart from the number, since `EUR1` may be a code.
bool is_word_symbol(std::string_view symbol);

}  // namespace sluice::lakehouse::medallion
