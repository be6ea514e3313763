#include "lakehouse/medallion/number_cell.h"

#include <algorithm>
#include <bit>

#include "base/ascii.h"
#include "lakehouse/medallion/number_format.h"

namespace sluice::lakehouse::medallion {
namespace {

/// No number with its symbol is longer.
constexpr std::size_t number_bytes_max = 60;

/// What stands for a unit of money, and `%`. A longer one stands before its own beginning.
constexpr std::array<std::string_view, 76> symbols = {
    "US$", "AU$", "CA$", "HK$", "NZ$", "NT$", "MX$", "A$",  "C$",  "R$",  "S$",  "$",   "€",
    "£",   "¥",   "￥",  "₹",   "₽", "₩",   "₺",   "₫",   "₪",   "฿",   "₴",   "₦",   "₱",
    "₡",   "₲",   "₵",   "₸",   "₼", "₾", "%",   "USD", "EUR", "GBP", "JPY", "CHF", "CAD",
    "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "RUB", "UAH", "TRY",
    "ILS", "INR", "CNY", "KRW", "SGD", "HKD", "TWD", "THB", "IDR", "PHP", "VND", "BRL", "MXN",
    "ARS", "CLP", "COP", "ZAR", "AED", "SAR", "kr.", "kr",  "zł",  "Kč",  "Fr."};

/// Which of the symbols a first or last byte allows, a bit for each.
class SymbolSet {
 public:
  constexpr void add(std::size_t symbol) { bits_[symbol / 64] |= std::uint64_t{1} << symbol % 64; }
  constexpr SymbolSet operator|(const SymbolSet& other) const {
    SymbolSet both = *this;
    for (std::size_t i = 0; i < bits_.size(); ++i) both.bits_[i] |= other.bits_[i];
    return both;
  }
  /// In their order, until `use` says that one was it.
  template <typename Use>
  bool any(const Use& use) const {
    for (std::size_t i = 0; i < bits_.size(); ++i) {
      for (std::uint64_t left = bits_[i]; left != 0; left &= left - 1) {
        if (use(symbols[i * 64 + static_cast<std::size_t>(std::countr_zero(left))])) return true;
      }
    }
    return false;
  }

 private:
  std::array<std::uint64_t, (symbols.size() + 63) / 64> bits_{};
};

struct SymbolTable {
  std::array<SymbolSet, 256> begin_with{};
  std::array<SymbolSet, 256> end_with{};

  constexpr SymbolTable() {
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      // A percent sign stands behind.
      if (symbols[i] != "%") begin_with[static_cast<unsigned char>(symbols[i].front())].add(i);
      end_with[static_cast<unsigned char>(symbols[i].back())].add(i);
    }
  }
};
constexpr SymbolTable symbol_table;

constexpr std::array<std::string_view, 3> blanks = {" ", "\u00a0", "\u202f"};

bool take_front(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

bool take_back(std::string_view& text, std::string_view part) {
  if (!text.ends_with(part)) return false;
  text.remove_suffix(part.size());
  return true;
}

bool take_parentheses(std::string_view& text) {
  if (text.size() < 3 || text.front() != '(' || text.back() != ')') return false;
  text = text.substr(1, text.size() - 2);
  return true;
}

/// The symbol, and the blank between it and the number. False where a word stands without one.
bool take_symbol(std::string_view& text, NumberCell& cell) {
  const bool may_begin = !is_digit(text.front()) && text.front() != '(';
  const bool may_end = !is_digit(text.back()) && text.back() != ')' && text.back() != '-';
  SymbolSet possible;
  if (may_begin) possible = symbol_table.begin_with[static_cast<unsigned char>(text.front())];
  if (may_end) {
    possible = possible | symbol_table.end_with[static_cast<unsigned char>(text.back())];
  }
  const bool has_symbol = possible.any([&](std::string_view symbol) {
    cell.symbol_first = may_begin && symbol != "%" && take_front(text, symbol);
    if (!cell.symbol_first && !(may_end && take_back(text, symbol))) return false;
    cell.symbol = symbol;
    return true;
  });
  if (!has_symbol) return true;
  bool has_blank = false;
  for (const std::string_view blank : blanks) {
    has_blank = has_blank || (cell.symbol_first ? take_front(text, blank) : take_back(text, blank));
  }
  return has_blank || !is_word_symbol(cell.symbol);
}

using Sign = NumberCell::Sign;

bool take_sign(std::string_view& text, NumberCell& cell) {
  if (cell.sign != Sign::none) return true;
  if (take_parentheses(text)) {
    cell.sign = Sign::parentheses;
  } else if (take_front(text, "-")) {
    cell.sign = Sign::minus;
  } else if (take_front(text, "+")) {
    cell.sign = Sign::plus;
  }
  return !text.empty();
}

/// `e-05` and no more.
bool is_exponent(std::string_view text) {
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return false;
  text.remove_prefix(1);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Digits with marks between, to the end.
bool take_runs(std::string_view text, NumberCell& cell) {
  while (cell.run_count < cell.runs.size()) {
    NumberCell::Run& run = cell.runs.at(cell.run_count++);
    for (; run.digits < text.size() && is_digit(text[run.digits]); ++run.digits) {
      cell.is_zero = cell.is_zero && text[run.digits] == '0';
    }
    if (run.digits == 0) return false;
    if (cell.run_count == 1) cell.begins_with_zero = text.front() == '0';
    text.remove_prefix(run.digits);
    if (text.empty()) return true;
    if (is_exponent(text)) {
      cell.has_exponent = true;
      return true;
    }
    const auto mark =
        std::find_if(number_marks.begin(), number_marks.end(), [&](std::string_view each) {
          return text.front() == each.front() && text.starts_with(each);
        });
    if (mark == number_marks.end()) return false;
    run.mark = static_cast<std::size_t>(mark - number_marks.begin());
    text.remove_prefix(mark->size());
  }
  return false;
}

/// 192.168.100.200 has groups of three digits and is no number.
bool is_address(std::string_view text) {
  std::size_t parts = 0;
  for (; !text.empty(); ++parts) {
    std::size_t value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
      value = value * 10 + static_cast<std::size_t>(text[digits] - '0');
    }
    if (digits == 0 || digits > 3 || value > 255) return false;
    text.remove_prefix(digits);
    if (!text.empty() && !take_front(text, ".")) return false;
  }
  return parts == 4;
}

}  // namespace

std::optional<NumberCell::Digits> NumberCell::as(NumberReading reading) const {
  Digits digits;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < run_count; ++i) {
    const Run& run = runs.at(i);
    const bool is_last = i + 1 == run_count;
    if (i > 0 && runs.at(i - 1).mark == reading.decimal) {
      if (!is_last) return std::nullopt;
      digits.fraction = run.digits;
      break;
    }
    if (!is_last && run.mark != reading.decimal && run.mark != reading.group) return std::nullopt;
    if (i > 0 && run.digits != 3) return std::nullopt;
    if (i > 0) ++groups;
    digits.whole += run.digits;
  }
  if (groups > 0 && (runs[0].digits > 3 || begins_with_zero)) return std::nullopt;
  if (groups > 0 && has_exponent) return std::nullopt;
  return digits;
}

std::optional<NumberCell> number_cell(std::string_view text) {
  if (text.empty() || text.size() > number_bytes_max || is_address(text)) {
    return std::nullopt;
  }
  NumberCell cell;
  if (!take_sign(text, cell) || !take_symbol(text, cell) || text.empty()) return std::nullopt;
  if (!cell.symbol.empty() && !take_sign(text, cell)) return std::nullopt;
  // A minus behind the number is the last thing, or stands between it and the symbol.
  if (cell.sign == Sign::none && take_back(text, "-")) cell.sign = Sign::minus_behind;
  if (!take_runs(text, cell)) return std::nullopt;
  const bool may_be_code = cell.begins_with_zero && cell.runs[0].digits > 1;
  const bool is_odd_zero = cell.is_zero && cell.sign != Sign::none;
  const bool is_odd_power = cell.has_exponent && (!cell.symbol.empty() || cell.sign > Sign::minus);
  if (may_be_code || is_odd_zero || is_odd_power) return std::nullopt;
  return cell;
}

}  // namespace sluice::lakehouse::medallion
