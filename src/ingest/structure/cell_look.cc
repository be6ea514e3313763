#include "ingest/structure/cell_look.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "dataset/null_words.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t form_bytes_max = 48;
/// Numbers and dates are not longer.
constexpr std::size_t typed_bytes_max = 40;

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> units = {"%", "€", "$", "£", "¥", "EUR", "USD"};

/// The digits at the start, taken off.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// What may stand behind a time: `PM`, `Uhr`, `Z`, `CEST`, `+02:00`.
bool is_zone(std::string_view text) {
  text = trimmed_blanks(text);
  if (text.empty()) return true;
  if (text.front() == '+' || text.front() == '-') {
    text.remove_prefix(1);
    return text.size() >= 2 && text.size() <= 5 &&
           text.find_first_not_of("0123456789:") == std::string_view::npos;
  }
  if (text.size() > 4 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return is_alpha(c) || c == '.'; })) {
    return false;
  }
  const std::string name = lowered(text);
  return name == "z" || name == "utc" || name == "am" || name == "pm" || name == "a.m." ||
         name == "p.m." || name == "h" || name == "uhr" || (name.size() > 2 && name.back() == 't');
}

bool is_time(std::string_view text) {
  const std::size_t hours = take_digits(text).size();
  if (hours == 0 || hours > 2 || text.empty() || text.front() != ':') return false;
  text.remove_prefix(1);
  if (take_digits(text).size() != 2) return false;
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    if (take_digits(text).size() != 2) return false;
    if (text.starts_with('.') || text.starts_with(',')) {
      text.remove_prefix(1);
      if (take_digits(text).empty()) return false;
    }
  }
  return is_zone(text);
}

/// `31`, `12`, `Jan`.
bool take_part(std::string_view& text, std::size_t& digits) {
  digits = take_digits(text).size();
  if (digits > 0) return digits <= 4;
  const std::string name = lowered(text.substr(0, 3));
  if (std::find(months.begin(), months.end(), name) == months.end()) return false;
  text.remove_prefix(3);
  return true;
}

bool is_date(std::string_view text) {
  std::array<std::size_t, 3> digits{};
  char mark = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (!take_part(text, digits.at(i))) return false;
    if (i == 2) break;
    if (text.empty()) return false;
    if (i == 0 && std::string_view("-./ ").find(text.front()) != std::string_view::npos) {
      mark = text.front();
    }
    if (text.front() != mark || mark == 0) return false;
    text.remove_prefix(1);
  }
  const bool year_first = digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2 && digits[2] > 0;
  const bool year_last = digits[0] <= 2 && digits[1] <= 2 && (digits[2] == 4 || digits[2] == 2);
  // 10.20.30 may be a version; as a date it has a year of four digits.
  if (!year_first && !(year_last && (digits[2] == 4 || mark == '/' || digits[1] == 0))) {
    return false;
  }
  if (text.empty()) return true;
  if (text.front() != ' ' && text.front() != 'T' && text.front() != ',') return false;
  text.remove_prefix(1);
  return is_time(trimmed_blanks(text));
}

std::string_view without_unit(std::string_view text) {
  for (const std::string_view unit : units) {
    if (text.starts_with(unit)) return trimmed_blanks(text.substr(unit.size()));
    if (text.ends_with(unit)) return trimmed_blanks(text.substr(0, text.size() - unit.size()));
  }
  return text;
}

bool is_number(std::string_view text) {
  text = without_unit(text);
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    text = text.substr(1, text.size() - 2);
  }
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  text = without_unit(text);
  if (text.size() > 1 && text.back() == '-') text.remove_suffix(1);
  std::size_t digits = 0;
  std::size_t groups = 0;
  char last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++digits;
    } else if (c == '.' || c == ',' || c == '\'' || (c == ' ' && last != 0)) {
      if (i > 0 && !is_digit(last)) return false;
      ++groups;
    } else if ((c == 'e' || c == 'E') && digits > 0) {
      text.remove_prefix(i + 1);
      if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
      return !text.empty() && take_digits(text).size() <= 3 && text.empty();
    } else {
      return false;
    }
    last = c;
  }
  // 10.20.30.40 is an address, 1.2.3 a version; groups of thousands are of three digits.
  if (groups > 1) {
    const std::size_t first = text.find_first_of(".,' ");
    const std::size_t second = text.find_first_of(".,' ", first + 1);
    if (second - first != 4) return false;
  }
  return digits > 0;
}

}  // namespace

CellLook look_of(std::string_view text) {
  text = trimmed_blanks(text);
  if (text.empty()) return CellLook::empty;
  if (text.size() > typed_bytes_max) return CellLook::text;
  // The rule below a header, as SQL shells draw it.
  if (text.find_first_not_of("-=:+") == std::string_view::npos) return CellLook::nothing;
  if (is_null_word(text)) return CellLook::nothing;
  const std::string small = text.size() <= 5 ? lowered(text) : std::string();
  if (small == "true" || small == "false") return CellLook::boolean;
  if (is_number(text)) return CellLook::number;
  if (is_date(text)) return CellLook::date;
  return is_time(text) ? CellLook::time : CellLook::text;
}

std::string form_of(std::string_view text) {
  std::string form;
  for (const char c : trimmed_blanks(text)) {
    if (form.size() == form_bytes_max) break;
    if (!is_digit(c)) {
      form += c;
    } else if (form.empty() || form.back() != '9') {
      form += '9';
    }
  }
  return form;
}

std::string shape_of(std::string_view text) {
  text = trimmed_blanks(text);
  // Names have `_`, `-` and `.` as well: first_name, e-mail, Sepal.Length.
  if (text.size() > form_bytes_max || text.find_first_of("@/\\:") == std::string_view::npos) {
    return {};
  }
  std::string shape;
  for (const char c : text) {
    if (c == ' ' || static_cast<unsigned char>(c) >= 0x80) return {};
    const char kind = is_digit(c) ? '9' : is_alpha(c) ? 'a' : c;
    if (shape.empty() || shape.back() != kind || kind == c) shape += kind;
  }
  return shape;
}

bool has_unit(std::string_view text) {
  text = trimmed_blanks(text);
  return without_unit(text).size() != text.size();
}

std::size_t TableRow::filled() const {
  return static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(),
                    [](const TableCell& cell) { return cell.look != CellLook::empty; }));
}

}  // namespace sluice::ingest
