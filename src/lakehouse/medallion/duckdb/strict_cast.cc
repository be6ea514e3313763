#include "lakehouse/medallion/duckdb/strict_cast.h"

#include "base/sql_text.h"
#include "lakehouse/medallion/value_patterns.h"

namespace sluice::lakehouse::medallion {
namespace {

std::string matches(const std::string& cell, const std::string& form) {
  return "regexp_full_match(" + cell + ", " + quote_literal(form) + ")";
}

/// The significant digits of a number's text: what a DOUBLE must print again.
std::string digits(const std::string& text) {
  return "rtrim(ltrim(replace(regexp_replace(" + text + ", '[eE].*', ''), '.', ''), '-0'), '0')";
}

/// A strptime format of %d, %m, %Y and marks as a regular expression.
std::string form_of(const std::string& format) {
  std::string form;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      ++i;
      form += format[i] == 'Y' ? year_form : "[0-9]{1,2}";
    } else {
      form += format[i] == '.' ? "\\." : std::string(1, format[i]);
    }
  }
  return form;
}

}  // namespace

std::string trimmed_sql(const std::string& text_sql) {
  return "trim(" + text_sql + ", E' \\t\\r\\n')";
}

std::string has_blank_end_sql(const std::string& text_sql) {
  const std::string& x = text_sql;
  // All that is trimmed stands before `!`.
  return x + " < '!' OR ends_with(" + x + ", ' ') OR ends_with(" + x + R"(, E'\t') OR ends_with()" +
         x + R"(, E'\r') OR ends_with()" + x + R"(, E'\n'))";
}

std::string quickly_trimmed_sql(const std::string& text_sql) {
  return "CASE WHEN " + has_blank_end_sql(text_sql) + " THEN " + trimmed_sql(text_sql) + " ELSE " +
         text_sql + " END";
}

std::string plain_number_sql(const std::string& cell_sql, bool thousands) {
  return matches(cell_sql, number_form(thousands));
}

std::string strict_cast_sql(const std::string& cell_sql, const std::string& type,
                            Transform transform, const std::string& format) {
  const std::string& cell = cell_sql;
  if (transform == Transform::date_format) {
    return "CASE WHEN " + matches(cell, form_of(format)) + " THEN CAST(try_strptime(" + cell +
           ", " + quote_literal(format) + ") AS " + type + ") END";
  }
  const bool thousands = transform == Transform::thousands;
  const std::string number = thousands ? "replace(" + cell + ", ',', '')" : cell;
  std::string form;
  std::string more;
  std::string value;
  if (type == "BOOLEAN") {
    form = boolean_form;
  } else if (type == "BIGINT" || type.rfind("DECIMAL(", 0) == 0) {
    form = number_form(thousands);
    const std::string scale = type == "BIGINT" ? "0" : scale_of(type);
    more = scale == "0" ? " AND NOT contains(" + cell + ", '.')"
                        : " AND length(split_part(" + cell + ", '.', 2)) <= " + scale;
  } else if (type == "DOUBLE") {
    form = double_form();
    value = "TRY_CAST(" + cell + " AS DOUBLE)";
    more = " AND " + digits(cell) + " = " + digits("CAST(" + value + " AS VARCHAR)");
  } else if (type == "DATE") {
    form = iso_date_form;
  } else if (type == "TIMESTAMP") {
    form = timestamp_form;
  } else if (type == "TIMESTAMP WITH TIME ZONE" || type == "TIMESTAMPTZ") {
    form = instant_form;
    // The cast wants seconds where there is a zone.
    const std::string whole =
        "regexp_replace(" + cell + R"(, '^([^ T]+[ T][0-9]{2}:[0-9]{2})([-+Z])', '\1:00\2'))";
    value = "TRY_CAST(" + whole + " AS TIMESTAMPTZ)";
    more = " AND epoch_us(" + value + ") " + instant_us_range;
  }
  const std::string cast = value.empty() ? "TRY_CAST(" + number + " AS " + type + ")" : value;
  if (form.empty()) return cast;
  return "CASE WHEN " + matches(cell, form) + more + " THEN " + cast + " END";
}

}  // namespace sluice::lakehouse::medallion
