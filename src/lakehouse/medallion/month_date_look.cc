#include "lakehouse/medallion/month_date_look.h"

#include <array>
#include <cstddef>
#include <string>

#include "base/ascii.h"
#include "lakehouse/medallion/value_patterns.h"

namespace sluice::lakehouse::medallion {
namespace {

constexpr std::array<const char*, month_date_formats> formats = {
    "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d.%b.%Y",
    "%d/%b/%Y", "%d %B %Y", "%B %d, %Y", "%d-%B-%Y"};

bool take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  while (count < most && count < text.size() && is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count >= least;
}

bool take_month(std::string_view& text, bool is_full) {
  for (const std::string_view month : month_names) {
    const std::string_view name = is_full ? month : month.substr(0, 3);
    if (lowered(text.substr(0, name.size())) != name) continue;
    text.remove_prefix(name.size());
    return true;
  }
  return false;
}

/// Whether the cell is written so; that it is a day of the calendar is for the cast to say.
bool is_written_as(std::string_view cell, std::string_view format) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      if (cell.empty() || cell.front() != format[i]) return false;
      cell.remove_prefix(1);
      continue;
    }
    const char field = format[++i];
    const bool taken = field == 'd'   ? take_digits(cell, 1, 2)
                       : field == 'Y' ? take_digits(cell, 4, 4)
                                      : take_month(cell, field == 'B');
    if (!taken) return false;
  }
  return cell.empty();
}

}  // namespace

void MonthDateLook::observe(std::string_view cell) {
  has_cells_ = true;
  if (alive_ == 0) return;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const std::uint32_t bit = 1U << i;
    if ((alive_ & bit) != 0 && !is_written_as(cell, formats.at(i))) alive_ &= ~bit;
  }
}

FormVerdict MonthDateLook::verdict() const {
  if (!has_cells_) return {};
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if ((alive_ >> i & 1U) == 0) continue;
    const std::string format = formats.at(i);
    return {true, "DATE", Transform::date_format, format,
            "Each cell is a date with the month's name (" + format + ")."};
  }
  return {};
}

}  // namespace sluice::lakehouse::medallion
