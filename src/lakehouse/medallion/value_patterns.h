#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sluice::lakehouse::medallion {

// Regular expressions, for a whole text, of what counts as a value of a type: in both dialects the
// same, in the part of their syntax that RE2 and Java have in common.

/// Parquet, Delta and Spark have no year 0.
inline const std::string year_form = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])";
inline const std::string iso_date_form = year_form + "-[0-9]{2}-[0-9]{2}";
/// Without 24:00, which one engine takes for the next day and another for none.
inline const std::string clock_time_form =
    "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,6})?)?";
inline const std::string timestamp_form = iso_date_form + "[ T]" + clock_time_form;
/// Offsets up to 18 hours, as java.time.ZoneOffset has them.
inline const std::string zone_form = "(?:Z|[-+](?:(?:0[0-9]|1[0-7])(?::?[0-5][0-9])?|18(?::?00)?))";
inline const std::string instant_form = timestamp_form + zone_form;
inline const std::string boolean_form = "(?i:true|false)";

/// English; the first three letters are the short ones.
inline constexpr std::array<std::string_view, 12> month_names = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
/// Of %b or %B, in any case.
inline std::string month_form(bool is_full) {
  std::string form;
  for (const std::string_view month : month_names) {
    form += form.empty() ? "(?i:" : "|";
    form += is_full ? month : month.substr(0, 3);
  }
  return form + ")";
}

/// Moments of the years 1 to 9999 in UTC, in microseconds: a zone can put a text's outside.
inline const std::string instant_us_range = "BETWEEN -62135596800000000 AND 253402300799999999";

/// A canonical number: no leading zeros, no plus, no exponent, no minus before zero; with
/// `thousands` also with a comma between groups of three.
inline std::string number_form(bool thousands) {
  const std::string positive =
      thousands ? "(?:[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)" : "[1-9][0-9]*";
  return "-?" + positive + "(?:\\.[0-9]+)?|0(?:\\.[0-9]+)?|-0\\.[0-9]*[1-9][0-9]*";
}

inline std::string double_form() {
  return number_form(false) + "|-?(?:0|[1-9][0-9]*)\\.[0-9]+[eE][-+]?[0-9]+";
}

/// S of `DECIMAL(P,S)`.
inline std::string scale_of(const std::string& type) {
  const std::size_t comma = type.find(',');
  return comma == std::string::npos ? "0" : type.substr(comma + 1, type.size() - comma - 2);
}

}  // namespace sluice::lakehouse::medallion
