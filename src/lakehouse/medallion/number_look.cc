#include "lakehouse/medallion/number_look.h"

#include <algorithm>

#include "lakehouse/medallion/number_format.h"

namespace sluice::lakehouse::medallion {
namespace {

using Sign = NumberCell::Sign;
using Negative = NumberFormat::Negative;

std::string quoted(const std::string& cell) { return "\"" + cell + "\""; }

/// Which option settles what a mark means, behind a sentence.
std::string remedy(const PlanSource& source) {
  return source.takes_decimal_mark ? "; the option decimal_mark says which." : ".";
}

}  // namespace

void NumberLook::observe_marks(const NumberCell& number, std::string_view cell) {
  for (std::size_t i = 0; i + 1 < number.run_count; ++i) {
    const std::uint32_t bit = 1U << number.runs.at(i).mark;
    if (i > 0 && number.runs.at(i - 1).mark == number.runs.at(i).mark) marks_twice_ |= bit;
    marks_used_ |= bit;
  }
  if (number.run_count > 1 && marked_cell_.empty()) marked_cell_ = cell;
  for (std::size_t i = 0; i < readings_max; ++i) {
    if ((alive_ >> i & 1U) == 0) continue;
    const NumberReading reading = reading_of(i);
    const std::optional<NumberCell::Digits> digits =
        reading.decimal == reading.group || reading.decimal > point_mark ? std::nullopt
                                                                         : number.as(reading);
    if (!digits) {
      alive_ &= ~(1U << i);
      continue;
    }
    Extent& extent = extents_.at(i);
    extent.whole_max = std::max(extent.whole_max, digits->whole);
    extent.whole_min = std::min(extent.whole_min, digits->whole);
    extent.fraction_max = std::max(extent.fraction_max, digits->fraction);
    if (digits->fraction > 0) extent.fraction_min = std::min(extent.fraction_min, digits->fraction);
  }
}

void NumberLook::observe(std::string_view cell) {
  if (is_over_) return;
  const std::optional<NumberCell> number = number_cell(cell);
  if (number) observe_marks(*number, cell);
  if (!number || alive_ == 0) {
    is_over_ = true;
    return;
  }
  if (cells_++ == 0) {
    symbol_ = number->symbol;
    symbol_first_ = number->symbol_first;
    first_cell_ = cell;
  } else if (odd_cell_.empty() &&
             (number->symbol != symbol_ || number->symbol_first != symbol_first_)) {
    odd_cell_ = cell;
  }
  ++(number->is_zero ? zeros_ : signs_.at(static_cast<std::size_t>(number->sign)));
  if (number->sign > Sign::minus && signed_cell_.empty()) signed_cell_ = cell;
  if (number->has_exponent && exponents_++ == 0) exponent_cell_ = cell;
}

NumberLook::Possible NumberLook::possible() const {
  Possible found;
  for (std::size_t i = 0; i < readings_max; ++i) {
    if ((alive_ >> i & 1U) == 0) continue;
    const NumberReading reading = reading_of(i);
    const bool has_decimal = uses(reading.decimal);
    const bool has_group = uses(reading.group);
    // Where no cell has the mark, one reading stands for all.
    if (!has_group && reading.group != (reading.decimal == comma_mark ? point_mark : comma_mark)) {
      continue;
    }
    if (!has_decimal && reading.decimal == comma_mark && reading.group != point_mark) continue;
    if (!has_decimal && !has_group && reading.decimal == comma_mark) continue;
    (found.count == 0 ? found.first : found.second) = i;
    ++found.count;
  }
  return found;
}

void NumberLook::add_to(DecimalMarksSeen& seen) const {
  const Possible readings = possible();
  if (is_over_ || cells_ == 0 || readings.count != 1) return;
  const NumberReading reading = reading_of(readings.first);
  if (uses(reading.decimal)) (reading.decimal == comma_mark ? seen.comma : seen.point) = true;
  if (uses(reading.group) && reading.group == comma_mark) seen.point = true;
}

std::string NumberLook::doubt_about_symbol() const {
  if (odd_cell_.empty()) return "";
  return "Text: " + quoted(first_cell_) + " and " + quoted(odd_cell_) +
         " are not of one currency or unit, written in one way.";
}

/// Why the signs do not say what is negative; empty where they do.
std::string NumberLook::doubt_about_sign(std::size_t reading) const {
  const auto count = [this](Sign sign) { return signs_.at(static_cast<std::size_t>(sign)); };
  const std::int64_t plain = count(Sign::none);
  const std::int64_t odd = count(Sign::plus) + count(Sign::parentheses) + count(Sign::minus_behind);
  if (odd == 0) return "";
  const NumberReading marks = reading_of(reading);
  const bool looks_like_money = !symbol_.empty() || uses(marks.group);
  const Extent& extent = extents_.at(reading);
  const bool has_one_scale = extent.fraction_max > 0 && extent.fraction_min == extent.fraction_max;
  if (count(Sign::plus) > 0) {
    // +49 is a telephone's country; with minus beside plus, and no number without, they are signs.
    if (count(Sign::plus) + count(Sign::minus) == cells_ - zeros_ && count(Sign::minus) > 0) {
      return "";
    }
    return "Text: of " + quoted(signed_cell_) +
           " the plus may be part of a code: other cells have neither plus nor minus, or none has "
           "a minus.";
  }
  if (count(Sign::minus) > 0 || (count(Sign::parentheses) > 0 && count(Sign::minus_behind) > 0)) {
    return "Text: " + quoted(signed_cell_) + " is not how the other negative numbers are written.";
  }
  if (count(Sign::parentheses) > 0) {
    // Errors below estimates stand in parentheses, too: then every second cell does.
    if (plain > 0 && (looks_like_money || plain > odd)) return "";
    return "Text: parentheses as in " + quoted(signed_cell_) +
           " may mean minus, or something else: too few cells are without.";
  }
  // 2- is a mark at school, or the beginning of a range.
  if (plain > 0 && (looks_like_money || has_one_scale)) return "";
  return "Text: the minus behind " + quoted(signed_cell_) + " may mean something else.";
}

/// Why groups of three digits may be something else than a number's, or a comma not its decimal
/// mark; empty where that is sure.
std::string NumberLook::doubt_about_groups(std::size_t number, const PlanSource& source,
                                           const DecimalMarksSeen& file) const {
  const NumberReading reading = reading_of(number);
  const Extent& extent = extents_.at(number);
  const bool is_text_file = source.delimiter != 0;
  const bool is_said = source.decimal_mark == number_marks.at(reading.decimal).front();
  const bool divides_by_commas = source.delimiter == ',';
  if (uses(reading.decimal) && reading.decimal == comma_mark && symbol_.empty() && !is_said) {
    const bool has_both = uses(reading.group);
    const bool has_one_scale = extent.fraction_min == extent.fraction_max;
    // A list of two numbers looks the same: 12,34. Lines of blocks in tab-separated files are such.
    const bool may_be =
        is_text_file &&
        (has_both || (!divides_by_commas && (source.delimiter == ';' || has_one_scale)));
    if (!may_be) {
      return "Text: the comma of " + quoted(marked_cell_) +
             " may be a decimal mark or stand between two numbers" + remedy(source);
    }
  }
  if (!uses(reading.group) || reading.group == comma_mark) return "";
  if (uses(reading.decimal)) return "";
  // Without a decimal the groups alone must say it: 552 100 554 is a company's number.
  const bool has_two_groups = (marks_twice_ >> reading.group & 1U) != 0;
  const bool is_of_one_length = extent.whole_min == extent.whole_max;
  const bool is_shown = reading.group == point_mark && (is_said || file.comma);
  if (!symbol_.empty() || (has_two_groups ? !is_of_one_length : is_shown)) return "";
  return "Text: " + quoted(marked_cell_) + " may be a number in groups of three digits, or a code.";
}

/// The one reading that is right; else empty, with why not.
std::optional<std::size_t> NumberLook::settled(const Possible& readings, const PlanSource& source,
                                               const DecimalMarksSeen& file,
                                               std::string& doubt) const {
  if (readings.count == 1) return readings.first;
  if (readings.count != 2) {
    doubt = "Text: nothing tells what the marks of " + quoted(marked_cell_) + " mean.";
    return std::nullopt;
  }
  const auto with_decimal = [&](std::size_t mark) {
    return reading_of(readings.first).decimal == mark ? readings.first : readings.second;
  };
  if (source.decimal_mark != 0) {
    return with_decimal(source.decimal_mark == ',' ? comma_mark : point_mark);
  }
  if (file.comma != file.point) return with_decimal(file.comma ? comma_mark : point_mark);
  // A comma in a cell of a file that commas divide was quoted: no habit of decimal commas.
  const bool is_comma = uses(comma_mark);
  const bool points_are_usual =
      source.delimiter == ',' ||
      (source.delimiter == 0 && (symbol_.empty() || (is_comma && symbol_first_)));
  if (!file.comma && points_are_usual) return with_decimal(point_mark);
  doubt = std::string("Text: the ") + (is_comma ? "comma" : "point") + " of " +
          quoted(marked_cell_) + " may be a decimal mark or one of thousands, and " +
          (file.comma ? "other columns show both" : "nothing in the file tells") + remedy(source);
  return std::nullopt;
}

FormVerdict NumberLook::typed(std::size_t number) const {
  const NumberReading reading = reading_of(number);
  const Extent& extent = extents_.at(number);
  NumberFormat format;
  format.symbol = symbol_;
  format.symbol_first = symbol_first_;
  if (uses(reading.group)) format.group_mark = number_marks.at(reading.group);
  if (uses(reading.decimal)) format.decimal_mark = number_marks.at(reading.decimal).front();
  // Cells without a fraction fit either mark; the two must not be the same.
  if (format.group_mark == std::string(1, format.decimal_mark)) format.decimal_mark = ',';
  format.has_exponent = exponents_ > 0;
  const auto has = [this](Sign sign) { return signs_.at(static_cast<std::size_t>(sign)) > 0; };
  if (has(Sign::plus)) format.negative = Negative::always_signed;
  if (has(Sign::parentheses)) format.negative = Negative::parentheses;
  if (has(Sign::minus_behind)) format.negative = Negative::minus_behind;

  FormVerdict out{true, {}, Transform::number_format, model_of(format), {}};
  const std::size_t digits = extent.whole_max + extent.fraction_max;
  constexpr std::size_t bigint_digits = 18;
  constexpr std::size_t decimal_digits_max = 38;
  if (format.has_exponent) {
    out.type = "DOUBLE";
  } else if (digits > decimal_digits_max) {
    return {.reason = "Text: numbers of more digits than a DECIMAL holds."};
  } else if (extent.fraction_max == 0 && digits <= bigint_digits && symbol_.empty()) {
    out.type = "BIGINT";
  } else {
    out.type =
        "DECIMAL(" + std::to_string(digits) + "," + std::to_string(extent.fraction_max) + ")";
  }
  if (out.format == "-1,234.5") {
    // As plans have had it from the beginning.
    out.transform = Transform::thousands;
    out.format.clear();
    out.reason = "Each cell is a number with thousands marks.";
    return out;
  }
  out.reason = "Each cell is a number written like " + out.format + ".";
  if (symbol_ == "%") {
    out.reason += " The % is taken off: 12.5% is 12.5, not 0.125.";
  } else if (!symbol_.empty()) {
    out.reason += " The symbol " + symbol_ + " is taken off.";
  }
  return out;
}

FormVerdict NumberLook::verdict(const PlanSource& source, const DecimalMarksSeen& file,
                                bool is_of_numbers) const {
  if (is_over_ || cells_ == 0) return {};
  FormVerdict text;
  text.reason = doubt_about_symbol();
  if (!text.reason.empty()) return text;
  const std::optional<std::size_t> reading = settled(possible(), source, file, text.reason);
  if (!reading) return text;
  text.reason = doubt_about_groups(*reading, source, file);
  if (text.reason.empty()) text.reason = doubt_about_sign(*reading);
  if (text.reason.empty() && exponents_ > 0 && !is_of_numbers &&
      extents_.at(*reading).fraction_max == 0) {
    text.reason = "Text: " + quoted(exponent_cell_) +
                  " may be a code: no cell of the column has a decimal mark.";
  }
  return text.reason.empty() ? typed(*reading) : text;
}

}  // namespace sluice::lakehouse::medallion
