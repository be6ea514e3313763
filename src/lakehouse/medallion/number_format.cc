#include "lakehouse/medallion/number_format.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::lakehouse::medallion {
namespace {

using Negative = NumberFormat::Negative;

constexpr std::string_view plus_minus = "±";
/// Between number and symbol: a space, a no-break space, a narrow one.
constexpr const char* blanks[] = {" ", "\u00a0", "\u202f"};

std::string escaped(std::string_view text) {
  constexpr std::string_view special = "\\^$.|?*+()[]{}-";
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// Takes `part` out of the text, with blanks around it; false where it is not there.
bool take_out(std::string& text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at == std::string::npos) return false;
  text.erase(at, part.size());
  text = trimmed_blanks(text);
  return true;
}

/// The forms of a number without its sign.
struct Magnitudes {
  std::string any;       ///< Zero too.
  std::string zero;      ///< `0`, `0.00`.
  std::string not_zero;  ///< No zero.
};

/// Up to `digits` of them, of which one at least is no zero.
std::string not_all_zeros(std::size_t digits) {
  std::string form = "[1-9]";
  for (std::size_t more = 1; more < digits; ++more) {
    form = "(?:[1-9][0-9]{0," + std::to_string(more) + "}|0" + form + ")";
  }
  return form;
}

Magnitudes magnitudes(const NumberFormat& format, std::optional<std::size_t> scale_max) {
  const std::string mark = escaped(std::string(1, format.decimal_mark));
  const bool has_fraction = scale_max != 0U;
  const std::string times = scale_max ? "{1," + std::to_string(*scale_max) + "}" : "+";
  const std::string fraction = has_fraction ? "(?:" + mark + "[0-9]" + times + ")?" : "";
  std::string whole = "[1-9][0-9]*";
  if (!format.group_mark.empty()) {
    whole += "|[1-9][0-9]{0,2}(?:" + escaped(format.group_mark) + "[0-9]{3})+";
  }
  const std::string large = "(?:" + whole + ")" + fraction;
  Magnitudes all;
  all.any = "(?:" + large + "|0" + fraction + ")";
  all.zero = has_fraction ? "0(?:" + mark + "0" + times + ")?" : "0";
  all.not_zero = "(?:" + large;
  if (has_fraction) {
    all.not_zero += "|0" + mark + (scale_max ? not_all_zeros(*scale_max) : "[0-9]*[1-9][0-9]*");
  }
  all.not_zero += ")";
  return all;
}

}  // namespace

bool is_word_symbol(std::string_view symbol) {
  return std::any_of(symbol.begin(), symbol.end(), is_alpha) &&
         symbol.find('$') == std::string_view::npos;
}

std::string model_of(const NumberFormat& format) {
  const std::string number = "1" + format.group_mark + "234" + format.decimal_mark + "5" +
                             (format.has_exponent ? "e6" : "");
  const std::string blank = is_word_symbol(format.symbol) ? " " : "";
  const std::string behind = format.negative == Negative::minus_behind ? "-" : "";
  const std::string shown = format.symbol_first ? format.symbol + blank + number + behind
                                                : number + behind + blank + format.symbol;
  switch (format.negative) {
    case Negative::parentheses:
      return "(" + shown + ")";
    case Negative::minus_behind:
      return shown;
    case Negative::always_signed:
      return std::string(plus_minus) + shown;
    case Negative::minus:
      break;
  }
  return "-" + shown;
}

std::optional<NumberFormat> number_format_of(std::string_view model) {
  const std::size_t one = model.find('1');
  const std::size_t rest = one == std::string_view::npos ? one : model.find("234", one + 1);
  if (rest == std::string_view::npos || rest + 5 > model.size() || model[rest + 4] != '5') {
    return std::nullopt;
  }
  NumberFormat format;
  format.group_mark = model.substr(one + 1, rest - one - 1);
  format.decimal_mark = model[rest + 3];
  if (format.decimal_mark != '.' && format.decimal_mark != ',') return std::nullopt;
  if (format.group_mark == std::string(1, format.decimal_mark)) return std::nullopt;
  std::string before(model.substr(0, one));
  std::string behind(model.substr(rest + 5));
  if (behind.starts_with("e6")) {
    format.has_exponent = true;
    behind.erase(0, 2);
  }
  if (take_out(before, "(")) {
    format.negative = Negative::parentheses;
    if (!take_out(behind, ")")) return std::nullopt;
  } else if (take_out(before, plus_minus)) {
    format.negative = Negative::always_signed;
  } else if (!take_out(before, "-")) {
    format.negative = Negative::minus_behind;
    if (!take_out(behind, "-")) return std::nullopt;
  }
  format.symbol_first = !before.empty();
  format.symbol = trimmed_blanks(before + behind);
  if (!before.empty() && !trimmed_blanks(behind).empty()) return std::nullopt;
  return format;
}

std::string number_form(const NumberFormat& format, std::optional<std::size_t> scale_max) {
  const Magnitudes number = magnitudes(format, scale_max);
  std::string blank;
  if (!format.symbol.empty()) {
    for (const char* each : blanks) blank += (blank.empty() ? "(?:" : "|") + std::string(each);
    blank += is_word_symbol(format.symbol) ? ")" : ")?";
  }
  const std::string before = format.symbol_first ? escaped(format.symbol) + blank : "";
  const std::string behind = format.symbol_first ? "" : blank + escaped(format.symbol);
  std::string form = before + number.any + behind;
  // A sign stands before the symbol or between it and the number.
  const auto signed_form = [&](const std::string& sign) {
    std::string out = sign + before + number.not_zero + behind;
    if (format.symbol_first) out += "|" + before + sign + number.not_zero;
    return out;
  };
  switch (format.negative) {
    case Negative::minus:
      form += "|" + signed_form("-");
      break;
    case Negative::parentheses:
      form += "|\\(" + before + number.not_zero + behind + "\\)";
      if (!format.symbol.empty()) form += "|" + before + "\\(" + number.not_zero + "\\)" + behind;
      break;
    case Negative::minus_behind:
      form += "|" + before + number.not_zero + "-" + behind;
      break;
    case Negative::always_signed:
      form = before + number.zero + behind + "|" + signed_form("[-+]");
      break;
  }
  if (format.has_exponent) {
    form += "|-?(?:0|[1-9][0-9]*)(?:" + escaped(std::string(1, format.decimal_mark)) +
            "[0-9]+)?[eE][-+]?[0-9]+";
  }
  return form;
}

std::vector<std::pair<std::string, std::string>> plain_number_steps(const NumberFormat& format) {
  std::vector<std::pair<std::string, std::string>> steps;
  // The symbol first: it may hold a mark (`kr.`).
  if (!format.symbol.empty()) {
    steps.emplace_back(format.symbol, "");
    for (const char* blank : blanks) steps.emplace_back(blank, "");
  }
  if (!format.group_mark.empty()) steps.emplace_back(format.group_mark, "");
  if (format.decimal_mark != '.') steps.emplace_back(std::string(1, format.decimal_mark), ".");
  if (format.negative == Negative::parentheses) {
    steps.emplace_back("(", "-");
    steps.emplace_back(")", "");
  }
  if (format.negative == Negative::always_signed) steps.emplace_back("+", "");
  return steps;
}

}  // namespace sluice::lakehouse::medallion
