#include "lakehouse/medallion/type_candidates.h"

#include "lakehouse/medallion/duckdb/strict_cast.h"

namespace sluice::lakehouse::medallion {

const std::vector<Candidate>& candidates() {
  static const std::vector<Candidate> all = {
      {"true or false", "BOOLEAN", Transform::cast, "", ""},
      {"a whole number", "BIGINT", Transform::cast, "", ""},
      {"a number", "", Transform::cast, "", ""},
      {"a floating-point number", "DOUBLE", Transform::cast, "", ""},
      {"a date", "DATE", Transform::cast, "", ""},
      {"a date year/month/day", "DATE", Transform::date_format, "%Y/%m/%d", ""},
      {"a date day.month.year", "DATE", Transform::date_format, "%d.%m.%Y", ""},
      {"a date day/month/year", "DATE", Transform::date_format, "%d/%m/%Y", "%m/%d/%Y"},
      {"a date month/day/year", "DATE", Transform::date_format, "%m/%d/%Y", "%d/%m/%Y"},
      {"a date day-month-year", "DATE", Transform::date_format, "%d-%m-%Y", "%m-%d-%Y"},
      {"a date month-day-year", "DATE", Transform::date_format, "%m-%d-%Y", "%d-%m-%Y"},
      {"a timestamp", "TIMESTAMP", Transform::cast, "", ""},
      {"an instant with zone", "TIMESTAMP WITH TIME ZONE", Transform::cast, "", ""},
  };
  return all;
}

std::string fits_sql(const Candidate& candidate, const std::string& cell_sql) {
  if (*candidate.type == '\0') {
    return plain_number_sql(cell_sql, candidate.transform == Transform::thousands);
  }
  return "(" + strict_cast_sql(cell_sql, candidate.type, candidate.transform, candidate.format) +
         ") IS NOT NULL";
}

}  // namespace sluice::lakehouse::medallion
