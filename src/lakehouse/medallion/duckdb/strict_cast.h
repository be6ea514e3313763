#pragma once

#include <string>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

/// SQL that trims a text column of blanks, tabs and line ends at both ends.
std::string trimmed_sql(const std::string& text_sql);

/// Whether that may take something away.
std::string has_blank_end_sql(const std::string& text_sql);

/// The same, six times as fast where there is nothing to trim. For expressions that stand once in a
/// statement: the optimizer's time grows with the square of the number of ORs.
std::string quickly_trimmed_sql(const std::string& text_sql);

/// SQL that reads the trimmed text `cell_sql` as `type`, NULL where it is not the type's strict
/// form. DuckDB's own casts are laxer: they round 1.5 to a BIGINT, take 12E5 for a number and 007
/// for 7. The plan maker decides by the same expression as silver is made with, so that the two
/// cannot differ.
std::string strict_cast_sql(const std::string& cell_sql, const std::string& type,
                            Transform transform, const std::string& format);

/// SQL, true for a canonical number that a DECIMAL may hold, of whatever digits: no leading zeros,
/// no plus, no exponent, no minus before zero. With `thousands` also `1,234,567.89`.
std::string plain_number_sql(const std::string& cell_sql, bool thousands);

/// The same for the numbers of Transform::number_format.
std::string formatted_number_sql(const std::string& cell_sql, const std::string& format);

}  // namespace sluice::lakehouse::medallion
