#include "lakehouse/medallion/duckdb/strict_cast.h"

#include <optional>

#include "base/sql_text.h"
#include "lakehouse/medallion/number_format.h"
#include "lakehouse/medallion/value_patterns.h"
#include "lakehouse/medallion/word_pair_look.h"

namespace sluice::lakehouse::medallion {
namespace {

std::string matches(const std::string& cell, const std::string& form) {
  return "regexp_full_match(" + cell + ", " + quote_literal(form) + ")";
}

/// More digits behind the decimal mark are counted apart: forms grow with the square of them.
constexpr std::size_t scale_in_form_max = 8;

/// The significant digits of a number's text: what a DOUBLE must print again.
std::string digits(const std::string& text) {
  return "rtrim(ltrim(replace(regexp_replace(" + text + ", '[eE].*', ''), '.', ''), '-0'), '0')";
}

/// A condition that `value`, a DOUBLE, has all digits of the number that it was cast from.
std::string keeps_digits(const std::string& number, const std::string& value) {
  // Fifteen it always keeps (DBL_DIG of <cfloat>), and most cells have no more; the smallest powers
  // of ten it does not.
  return "CASE WHEN strlen(" + number + ") <= 15 AND NOT contains(" + number +
         ", 'e') AND NOT contains(" + number + ", 'E') THEN true ELSE " + digits(number) + " = " +
         digits("CAST(" + value + " AS VARCHAR)") + " END";
}

/// A strptime format of %d, %m, %b, %B, %Y and marks as a regular expression.
std::string form_of(const std::string& format) {
  std::string form;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      ++i;
      const bool is_name = format[i] == 'b' || format[i] == 'B';
      form += format[i] == 'Y' ? year_form : is_name ? month_form(format[i] == 'B') : "[0-9]{1,2}";
    } else {
      form += format[i] == '.' ? "\\." : std::string(1, format[i]);
    }
  }
  return form;
}

/// A number as its format says, as a plain one.
std::string plain_number(const std::string& cell, const NumberFormat& format) {
  std::string plain = cell;
  for (const auto& [from, to] : plain_number_steps(format)) {
    plain = "replace(" + plain + ", " + quote_literal(from) + ", " + quote_literal(to) + ")";
  }
  if (format.negative != NumberFormat::Negative::minus_behind) return plain;
  return "(CASE WHEN contains(" + cell + ", '-') THEN '-' ELSE '' END || replace(" + plain +
         ", '-', ''))";
}

/// What no cell is.
std::string nothing(const std::string& type) { return "CAST(NULL AS " + type + ")"; }

std::string number_cast(const std::string& cell, const std::string& type,
                        const std::string& model) {
  const std::optional<NumberFormat> format = number_format_of(model);
  if (!format) return nothing(type);
  const std::string plain = plain_number(cell, *format);
  const std::string value = "TRY_CAST(" + plain + " AS " + type + ")";
  std::string more;
  if (type == "DOUBLE") {
    more = keeps_digits(plain, value);
  } else {
    const std::size_t scale = type == "BIGINT" ? 0 : std::stoul(scale_of(type));
    // In a lambda the engine works out twice what stands there twice.
    if (scale <= scale_in_form_max && !format->has_exponent) {
      return "CASE WHEN " + matches(cell, number_form(*format, scale)) + " THEN " + value + " END";
    }
    more = "length(split_part(" + plain + ", '.', 2)) <= " + std::to_string(scale);
  }
  return "CASE WHEN " + matches(cell, number_form(*format)) + " AND " + more + " THEN " + value +
         " END";
}

std::string word_pair_cast(const std::string& cell, const std::string& words) {
  const auto pair = word_pair_of(words);
  if (!pair) return nothing("BOOLEAN");
  return "CASE " + cell + " WHEN " + quote_literal(pair->first) + " THEN true WHEN " +
         quote_literal(pair->second) + " THEN false END";
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

std::string formatted_number_sql(const std::string& cell_sql, const std::string& format) {
  const std::optional<NumberFormat> known = number_format_of(format);
  return known ? matches(cell_sql, number_form(*known)) : "false";
}

std::string strict_cast_sql(const std::string& cell_sql, const std::string& type,
                            Transform transform, const std::string& format) {
  const std::string& cell = cell_sql;
  if (transform == Transform::date_format) {
    return "CASE WHEN " + matches(cell, form_of(format)) + " THEN CAST(try_strptime(" + cell +
           ", " + quote_literal(format) + ") AS " + type + ") END";
  }
  if (transform == Transform::number_format) return number_cast(cell, type, format);
  if (transform == Transform::word_pair) return word_pair_cast(cell, format);
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
    more = " AND " + keeps_digits(cell, value);
  } else if (type == "DATE") {
    form = iso_date_form;
  } else if (type == "TIMESTAMP") {
    form = timestamp_form;
  } else if (type == "TIMESTAMP WITH TIME ZONE" || type == "TIMESTAMPTZ") {
    form = instant_form;
    // The cast wants seconds where there is a zone. They stand behind the 16 characters of date,
    // hour and minute; most cells have them.
    const std::string whole =
        "regexp_replace(" + cell + R"(, '^([^ T]+[ T][0-9]{2}:[0-9]{2})([-+Z])', '\1:00\2'))";
    value = "TRY_CAST(CASE WHEN " + cell + "[17] = ':' THEN " + cell + " ELSE " + whole +
            " END AS TIMESTAMPTZ)";
    more = " AND epoch_us(" + value + ") " + instant_us_range;
  }
  const std::string cast = value.empty() ? "TRY_CAST(" + number + " AS " + type + ")" : value;
  if (form.empty()) return cast;
  return "CASE WHEN " + matches(cell, form) + more + " THEN " + cast + " END";
}

}  // namespace sluice::lakehouse::medallion
