#include "lakehouse/medallion/candidates.h"

namespace sluice::lakehouse::medallion {

// Leading zeros, plus signs and a minus before zero mark codes, not numbers, and so does an exponent without a
// decimal point (`12E5`): none of the number forms takes them. A DOUBLE holds 17 digits; more stay text.
const std::vector<Candidate>& candidates() {
  static const std::vector<Candidate> all = {
      {"true or false", "lower({}) IN ('true', 'false')", "BOOLEAN", Transform::cast, ""},
      {"a number",
       "regexp_full_match({}, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?') AND "
       "NOT regexp_full_match({}, '-0(\\.0+)?')",
       "", Transform::cast, ""},
      {"a number with thousands marks",
       "regexp_full_match({}, '-?(0|[1-9][0-9]*|[1-9][0-9]{0,2}(,[0-9]{3})+)(\\.[0-9]+)?') AND "
       "NOT regexp_full_match({}, '-0(\\.0+)?')",
       "", Transform::thousands, ""},
      {"a floating-point number",
       "regexp_full_match({}, '-?(0|[1-9][0-9]*)(\\.[0-9]+([eE][-+]?[0-9]+)?)?') AND "
       "NOT regexp_full_match({}, '-0(\\.0+)?') AND "
       "length(regexp_replace(split_part(lower({}), 'e', 1), '[-.]', '', 'g')) <= 17 AND "
       "coalesce(isfinite(TRY_CAST({} AS DOUBLE)), false)",
       "DOUBLE", Transform::cast, ""},
      {"a date",
       "regexp_full_match({}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND TRY_CAST({} AS DATE) IS NOT NULL",
       "DATE", Transform::cast, ""},
      {"a date year/month/day",
       "regexp_full_match({}, '[0-9]{4}/[0-9]{2}/[0-9]{2}') AND "
       "try_strptime({}, '%Y/%m/%d') IS NOT NULL",
       "DATE", Transform::date_format, "%Y/%m/%d"},
      {"a date day.month.year",
       "regexp_full_match({}, '[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{4}') AND "
       "try_strptime({}, '%d.%m.%Y') IS NOT NULL",
       "DATE", Transform::date_format, "%d.%m.%Y"},
      {"a date day/month/year",
       "regexp_full_match({}, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}') AND "
       "try_strptime({}, '%d/%m/%Y') IS NOT NULL",
       "DATE", Transform::date_format, "%d/%m/%Y"},
      {"a date month/day/year",
       "regexp_full_match({}, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}') AND "
       "try_strptime({}, '%m/%d/%Y') IS NOT NULL",
       "DATE", Transform::date_format, "%m/%d/%Y"},
      {"a timestamp",
       "regexp_full_match({}, "
       "'[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?') AND "
       "TRY_CAST({} AS TIMESTAMP) IS NOT NULL",
       "TIMESTAMP", Transform::cast, ""},
      {"an instant with zone",
       "regexp_full_match({}, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}"
       "(\\.[0-9]{1,6})?)? ?(Z|[-+][0-9]{2}(:?[0-9]{2})?)') AND "
       "TRY_CAST({} AS TIMESTAMP WITH TIME ZONE) IS NOT NULL",
       "TIMESTAMP WITH TIME ZONE", Transform::cast, ""},
  };
  return all;
}

std::string condition(const Candidate& candidate, const std::string& cell_sql) {
  std::string out;
  const std::string text = candidate.fits;
  for (std::size_t at = 0;;) {
    const std::size_t next = text.find("{}", at);
    out += text.substr(at, next - at);
    if (next == std::string::npos) return out;
    out += cell_sql;
    at = next + 2;
  }
}

}  // namespace sluice::lakehouse::medallion
