#include "lakehouse/medallion/databricks/databricks_cast.h"

#include <optional>

#include "lakehouse/medallion/databricks/databricks_sql.h"
#include "lakehouse/medallion/number_format.h"
#include "lakehouse/medallion/value_patterns.h"
#include "lakehouse/medallion/word_pair_look.h"

namespace sluice::lakehouse::medallion {
namespace {

std::string matches(const std::string& cell, const std::string& form) {
  return cell + " RLIKE " + databricks_whole_match(form);
}

std::string replaced(const std::string& text, const std::string& form, const std::string& by) {
  return "regexp_replace(" + text + ", " + databricks_literal(form) + ", " +
         databricks_literal(by) + ")";
}

std::string when(const std::string& condition, const std::string& value) {
  return "CASE WHEN " + condition + " THEN " + value + " END";
}

/// The significant digits of a number's text.
std::string digits(const std::string& text) {
  return "trim(TRAILING '0' FROM trim(LEADING '-0' FROM replace(regexp_replace(" + text +
         ", '[eE].*', ''), '.', '')))";
}

/// Java before 19 prints some doubles with more digits than tell them apart (5E-324 as 4.9E-324),
/// the last of which may be off by one: to the digits that were given, they must be the same, or
/// nearly. Stricter would send rows away that DuckDB has seen to be right.
std::string is_rounded(const std::string& printed, const std::string& given) {
  const std::string more = "length(" + printed + ") - length(" + given + ")";
  const std::string scale = "try_cast(rpad('1', " + more + " + 1, '0') AS BIGINT)";
  return "(" + more + " > 0 AND abs(try_cast(" + given + " AS BIGINT) - (try_cast(" + printed +
         " AS BIGINT) + " + scale + " DIV 2) DIV " + scale + ") <= 1)";
}

/// A plain number as a DOUBLE that has all its digits, where the condition `form` holds.
std::string double_cast(const std::string& plain, const std::string& form) {
  const std::string value = "try_cast(" + plain + " AS DOUBLE)";
  const std::string given = digits(plain);
  const std::string printed = digits("CAST(" + value + " AS STRING)");
  return when(form + " AND length(" + given + ") <= 17 AND (" + given + " = " + printed + " OR " +
                  is_rounded(printed, given) + ") AND abs(" + value + ") < DOUBLE('Infinity')",
              value);
}

/// The same as a BIGINT or DECIMAL.
std::string decimal_cast(const std::string& plain, const std::string& form,
                         const std::string& type) {
  const std::string fits =
      type == "BIGINT" ? " AND NOT contains(" + plain + ", '.')"
                       : " AND length(split_part(" + plain + ", '.', 2)) <= " + scale_of(type);
  return when(form + fits, "try_cast(" + plain + " AS " + type + ")");
}

/// A date in another order as year-month-day, which the cast takes with one digit too.
std::string date_cast(const std::string& cell, const std::string& format) {
  std::string form;
  std::string parts[3];  // Year, month, day: the number of its group.
  int group = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      form += format[i] == '.' ? "\\." : std::string(1, format[i]);
      continue;
    }
    ++i;
    const std::string number = "$" + std::to_string(++group);
    form += format[i] == 'Y' ? "(" + year_form + ")" : "([0-9]{1,2})";
    parts[format[i] == 'Y' ? 0 : format[i] == 'm' ? 1 : 2] = number;
  }
  const std::string iso =
      replaced(cell, "\\A" + form + "\\z", parts[0] + "-" + parts[1] + "-" + parts[2]);
  return when(matches(cell, form), "try_cast(" + iso + " AS DATE)");
}

/// The same where the month stands by its name.
std::string month_date_cast(const std::string& cell, const std::string& format) {
  std::string form;
  std::string parts[3];  // Year, month, day.
  int group = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      form += format[i] == '.' ? "\\." : std::string(1, format[i]);
      continue;
    }
    ++i;
    const bool is_day = format[i] == 'd';
    form += format[i] == 'Y' ? "(" + year_form + ")"
            : is_day         ? "([0-9]{1,2})"
                             : "(" + month_form(format[i] == 'B') + ")";
    parts[format[i] == 'Y' ? 0 : is_day ? 2 : 1] = std::to_string(++group);
  }
  const std::string literal = databricks_whole_match(form);
  const auto part = [&](const std::string& number) {
    return "regexp_extract(" + cell + ", " + literal + ", " + number + ")";
  };
  std::string names;
  for (const std::string_view month : month_names) {
    names += (names.empty() ? "" : ", ") + databricks_literal(month.substr(0, 3));
  }
  const std::string month =
      "array_position(array(" + names + "), lower(left(" + part(parts[1]) + ", 3)))";
  return when(matches(cell, form), "try_cast(concat(" + part(parts[0]) + ", '-', " + month +
                                       ", '-', " + part(parts[2]) + ") AS DATE)");
}

/// Times without seconds get them; which forms a cast takes differs by runtime.
std::string with_seconds(const std::string& cell) {
  return replaced(cell, "\\A([^ T]+[ T][0-9]{2}:[0-9]{2})(?!:)", "$1:00");
}

/// `+05` and `+0530` as `+05:00` and `+05:30`.
std::string with_long_zone(const std::string& cell) {
  return replaced(replaced(cell, "([-+][0-9]{2})\\z", "$1:00"), "([-+][0-9]{2})([0-9]{2})\\z",
                  "$1:$2");
}

/// A number as its format says, as a plain one.
std::string plain_number(const std::string& cell, const NumberFormat& format) {
  std::string plain = cell;
  for (const auto& [from, to] : plain_number_steps(format)) {
    plain =
        "replace(" + plain + ", " + databricks_literal(from) + ", " + databricks_literal(to) + ")";
  }
  if (format.negative != NumberFormat::Negative::minus_behind) return plain;
  return "concat(CASE WHEN contains(" + cell + ", '-') THEN '-' ELSE '' END, replace(" + plain +
         ", '-', ''))";
}

/// What no cell is.
std::string nothing(const std::string& type) { return "CAST(NULL AS " + type + ")"; }

std::string number_cast(const std::string& cell, const std::string& type,
                        const std::string& model) {
  const std::optional<NumberFormat> format = number_format_of(model);
  if (!format) return nothing(type);
  const std::string plain = plain_number(cell, *format);
  const std::string form = matches(cell, number_form(*format));
  if (type == "DOUBLE") return double_cast(plain, form);
  return decimal_cast(plain, form, type);
}

std::string word_pair_cast(const std::string& cell, const std::string& words) {
  const auto pair = word_pair_of(words);
  if (!pair) return nothing("BOOLEAN");
  return "CASE " + cell + " WHEN " + databricks_literal(pair->first) + " THEN true WHEN " +
         databricks_literal(pair->second) + " THEN false END";
}

}  // namespace

std::string databricks_trimmed(const std::string& text_sql) {
  return "trim(BOTH " + databricks_literal(" \t\r\n") + " FROM " + text_sql + ")";
}

std::string databricks_strict_cast(const std::string& cell_sql, const std::string& type,
                                   Transform transform, const std::string& format) {
  const std::string& cell = cell_sql;
  if (transform == Transform::date_format) {
    const bool has_name =
        format.find("%b") != std::string::npos || format.find("%B") != std::string::npos;
    return has_name ? month_date_cast(cell, format) : date_cast(cell, format);
  }
  if (transform == Transform::number_format) return number_cast(cell, type, format);
  if (transform == Transform::word_pair) return word_pair_cast(cell, format);
  if (type == "BOOLEAN") {
    return when(matches(cell, boolean_form), "try_cast(" + cell + " AS BOOLEAN)");
  }
  const bool thousands = transform == Transform::thousands;
  const std::string number = thousands ? "replace(" + cell + ", ',', '')" : cell;
  if (type == "BIGINT") {
    return when(matches(cell, number_form(thousands)) + " AND NOT contains(" + cell + ", '.')",
                "try_cast(" + number + " AS BIGINT)");
  }
  if (type.rfind("DECIMAL(", 0) == 0) {
    return when(matches(cell, number_form(thousands)) + " AND length(split_part(" + cell +
                    ", '.', 2)) <= " + scale_of(type),
                "try_cast(" + number + " AS " + type + ")");
  }
  if (type == "DOUBLE") {
    return double_cast(cell, matches(cell, double_form()));
  }
  if (type == "DATE") {
    return when(matches(cell, iso_date_form), "try_cast(" + cell + " AS DATE)");
  }
  if (type == "TIMESTAMP") {
    return when(matches(cell, timestamp_form),
                "try_cast(" + with_seconds(cell) + " AS TIMESTAMP_NTZ)");
  }
  if (type == "TIMESTAMP WITH TIME ZONE" || type == "TIMESTAMPTZ") {
    const std::string value = "try_cast(" + with_long_zone(with_seconds(cell)) + " AS TIMESTAMP)";
    return when(matches(cell, instant_form) + " AND unix_micros(" + value + ") " + instant_us_range,
                value);
  }
  return cell;
}

}  // namespace sluice::lakehouse::medallion
