#include "ingest/options.h"

#include <functional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/utf8.h"
#include "ingest/cells/type_guess.h"
#include "ingest/cells/value_type.h"
#include "ingest/error_codes.h"
#include "ingest/json/json_reader.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

/// No format, range or name is longer; a body of options is no place for data.
constexpr std::size_t option_bytes_max = 1024;
constexpr std::size_t null_tokens_max = 100;
/// In an object of `null_tokens`, all columns that it does not name.
constexpr const char* other_columns = "*";
/// A third row of names is data to us.
constexpr std::int64_t header_rows_max = 2;
/// Sums and signatures below a table; more rows than that are data.
constexpr std::int64_t skip_footer_max = 1000;
/// `~|~` and the like; longer ones are seen nowhere.
constexpr std::size_t delimiter_bytes_max = 8;
/// Of one column at a fixed place, in characters.
constexpr std::int64_t width_max = 1'000'000;
/// Deeper than any service wraps its records.
constexpr std::size_t records_path_keys_max = 20;

tl::unexpected<Error> invalid(std::string_view name, const std::string& want) {
  return fail(Errc::invalid_argument, Code::option_invalid,
              "The option " + std::string(name) + " is not " + want + ".",
              "The options are listed at /docs, in the schema Options.");
}

Result<std::string> text_of(std::string_view name, const json::value& value) {
  if (!value.is_string() || value.as_string().size() > option_bytes_max) {
    return invalid(name, "a text of at most " + std::to_string(option_bytes_max) + " bytes");
  }
  return std::string(value.as_string());
}

Result<std::int64_t> number_of(std::string_view name, const json::value& value,
                               std::int64_t least) {
  if (!value.is_int64() || value.as_int64() < least) {
    return invalid(name, "a whole number from " + std::to_string(least));
  }
  return value.as_int64();
}

/// `tab` and `\t` stand for a tab, which forms and shells make hard to send.
Result<char> character_of(std::string_view name, const json::value& value) {
  TRY_ASSIGN(std::string text, text_of(name, value));
  if (text == "tab" || text == "\\t") text = "\t";
  if (text.size() != 1 || static_cast<unsigned char>(text[0]) >= 0x80 || text[0] == '\n' ||
      text[0] == '\r' || text[0] == '\0') {
    return invalid(name, "one ASCII character");
  }
  return text[0];
}

/// `tab` and `\t` stand for tabs here too.
Result<std::string> delimiter_of(const json::value& value) {
  TRY_ASSIGN(std::string text, text_of("delimiter", value));
  if (text == "tab") text = "\t";
  for (std::size_t at = text.find("\\t"); at != std::string::npos; at = text.find("\\t", at)) {
    text.replace(at, 2, "\t");
  }
  const bool one_line = text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
  if (text.empty() || text.size() > delimiter_bytes_max || !one_line || !is_utf8(text)) {
    return invalid("delimiter", "a text of 1 to " + std::to_string(delimiter_bytes_max) +
                                    " bytes within a line");
  }
  return text;
}

Result<void> set_widths(IngestOptions& options, const json::value& value) {
  constexpr std::string_view want =
      "an array of widths in characters, of which the last may be null";
  if (!value.is_array() || value.as_array().empty() || value.as_array().size() > columns_max) {
    return invalid("widths", std::string(want));
  }
  for (const json::value& width : value.as_array()) {
    const bool is_last = &width == &value.as_array().back();
    if (width.is_null() && is_last) {
      options.widths.push_back(0);
    } else if (width.is_int64() && width.as_int64() >= 1 && width.as_int64() <= width_max) {
      options.widths.push_back(width.as_int64());
    } else {
      return invalid("widths", std::string(want));
    }
  }
  return {};
}

Result<void> check_date_format(const std::string& format) {
  bool year = false;
  bool month = false;
  bool day = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char field = ++i < format.size() ? format[i] : '\0';
    year = year || field == 'Y' || field == 'y';
    month = month || field == 'm';
    day = day || field == 'd';
    if (std::string_view("YymdHMS").find(field) == std::string_view::npos || field == '\0') {
      return invalid("date_format", "made of %Y %y %m %d %H %M %S and the marks between");
    }
  }
  if (year && month && day) return {};
  return invalid("date_format", "one of a day: it lacks the year, the month or the day");
}

Result<void> set_header(IngestOptions& options, const json::value& value) {
  if (value.is_bool()) {
    options.header = value.as_bool() ? HeaderOption::present : HeaderOption::absent;
    return {};
  }
  if (value.is_string() && value.as_string() == "auto") return {};
  return invalid("header", "true, false or \"auto\"");
}

Result<void> set_types(IngestOptions& options, const json::value& value) {
  if (!value.is_object()) return invalid("column_types", "an object of header and type");
  for (const auto& [header, type] : value.as_object()) {
    TRY_ASSIGN(std::string text, text_of("column_types", type));
    ValueType parsed;
    if (!parse_scalar_type(text, parsed)) {
      return invalid("column_types",
                     "of VARCHAR, BIGINT, DECIMAL(p,s), DOUBLE, BOOLEAN, DATE, TIMESTAMP or "
                     "TIMESTAMPTZ, as " +
                         shown(text) + " is");
    }
    options.column_types[std::string(header)] = std::move(text);
  }
  return {};
}

Result<std::vector<std::string>> tokens_of(const json::value& value) {
  if (!value.is_array() || value.as_array().size() > null_tokens_max) {
    return invalid("null_tokens", "an array of at most " + std::to_string(null_tokens_max) +
                                      " texts, or an object of header and such an array");
  }
  std::vector<std::string> tokens;
  for (const json::value& token : value.as_array()) {
    TRY_ASSIGN(std::string text, text_of("null_tokens", token));
    if (text.size() > null_token_bytes_max || text.find('\0') != std::string::npos) {
      return invalid("null_tokens", "of texts of at most " + std::to_string(null_token_bytes_max) +
                                        " bytes without NUL");
    }
    tokens.push_back(std::move(text));
  }
  return tokens;
}

Result<void> set_null_tokens(IngestOptions& options, const json::value& value) {
  if (!value.is_object()) {
    TRY_ASSIGN(options.null_tokens, tokens_of(value));
    return {};
  }
  for (const auto& [header, list] : value.as_object()) {
    TRY_ASSIGN(std::vector<std::string> tokens, tokens_of(list));
    if (header == other_columns) {
      options.null_tokens = std::move(tokens);
    } else {
      options.column_null_tokens.emplace(header, std::move(tokens));
    }
  }
  return {};
}

json::value null_tokens_to_json(const IngestOptions& options) {
  const auto array = [](const std::vector<std::string>& tokens) {
    return json::array(tokens.begin(), tokens.end());
  };
  if (options.column_null_tokens.empty()) return array(*options.null_tokens);
  json::object columns;
  if (options.null_tokens) columns[other_columns] = array(*options.null_tokens);
  for (const auto& [header, tokens] : options.column_null_tokens) columns[header] = array(tokens);
  return columns;
}

Result<void> set(IngestOptions& options, std::string_view name, const json::value& value) {
  if (name == "delimiter") {
    TRY_ASSIGN(options.delimiter, delimiter_of(value));
  } else if (name == "widths") {
    TRY(set_widths(options, value));
  } else if (name == "quote" && value.is_string() && value.as_string().empty()) {
    options.quote = '\0';
  } else if (name == "quote") {
    TRY_ASSIGN(options.quote, character_of(name, value));
  } else if (name == "escape" && value.is_string() && value.as_string().empty()) {
    options.escape = '\0';
  } else if (name == "escape") {
    TRY_ASSIGN(options.escape, character_of(name, value));
  } else if (name == "pad_short_rows") {
    if (!value.is_bool()) return invalid(name, "true or false");
    options.pad_short_rows = value.as_bool();
  } else if (name == "header") {
    TRY(set_header(options, value));
  } else if (name == "header_line") {
    TRY_ASSIGN(options.header_line, number_of(name, value, 1));
  } else if (name == "header_rows") {
    TRY_ASSIGN(options.header_rows, number_of(name, value, 1));
    if (options.header_rows > header_rows_max) return invalid(name, "1 or 2");
  } else if (name == "skip_footer") {
    TRY_ASSIGN(options.skip_footer, number_of(name, value, 0));
    if (options.skip_footer > skip_footer_max) {
      return invalid(name, "at most " + std::to_string(skip_footer_max));
    }
  } else if (name == "encoding") {
    TRY_ASSIGN(options.encoding, text_of(name, value));
  } else if (name == "sheet" && value.is_int64()) {
    TRY_ASSIGN(options.sheet_number, number_of(name, value, 1));
  } else if (name == "member") {
    TRY_ASSIGN(options.member, text_of(name, value));
  } else if (name == "records_path") {
    TRY_ASSIGN(options.records_path, text_of(name, value));
    // `$`, the whole document, looks like one key.
    const std::size_t keys = parse_records_path(options.records_path).size();
    if (keys == 0 || keys > records_path_keys_max) {
      return invalid(name, "one to " + std::to_string(records_path_keys_max) +
                               " keys with dots between, a JSON pointer, or $");
    }
  } else if (name == "sheet") {
    TRY_ASSIGN(options.sheet, text_of(name, value));
  } else if (name == "cell_range") {
    TRY_ASSIGN(options.cell_range, text_of(name, value));
  } else if (name == "decimal_mark") {
    TRY_ASSIGN(options.decimal_mark, character_of(name, value));
    if (options.decimal_mark != '.' && options.decimal_mark != ',') return invalid(name, ". or ,");
  } else if (name == "date_format") {
    TRY_ASSIGN(options.date_format, text_of(name, value));
    TRY(check_date_format(options.date_format));
  } else if (name == "null_tokens") {
    TRY(set_null_tokens(options, value));
  } else if (name == "column_types") {
    TRY(set_types(options, value));
  } else if (name == "rejects_max") {
    TRY_ASSIGN(options.rejects_max, number_of(name, value, 0));
  } else {
    return fail(Errc::invalid_argument, Code::option_unknown,
                "There is no option " + shown(name) + ".",
                "The options are listed at /docs, in the schema Options.");
  }
  return {};
}

/// That the characters which divide a CSV can be told from one another.
Result<void> check_characters(const IngestOptions& options) {
  const char quote = options.quote.value_or('"');
  const auto is_in_delimiter = [&](char c) {
    return c != '\0' && options.delimiter && options.delimiter->find(c) != std::string::npos;
  };
  if (is_in_delimiter(quote)) {
    return invalid("quote", "another character than those of the delimiter");
  }
  const char escape = options.escape.value_or('\0');
  if (escape != '\0' && (is_in_delimiter(escape) || escape == quote)) {
    return invalid("escape", "another character than the quote and those of the delimiter");
  }
  if (options.widths.empty()) return {};
  if (options.delimiter || quote != '"' || escape != '\0' || options.pad_short_rows) {
    return invalid("widths",
                   "to be given with delimiter, quote, escape or pad_short_rows: columns at fixed "
                   "places have none");
  }
  return {};
}

/// The schema Options of the description says the same.
bool is_used(std::string_view option, std::string_view format) {
  if (option == "rejects_max") return true;  // A limit, not a reading.
  if (option == "member") return true;       // Of what is around the file.
  if (option == "null_tokens") return true;  // Silver's, where bronze has types already.
  if (format == "csv") {
    return option != "sheet" && option != "cell_range" && option != "records_path";
  }
  if (format == "excel") {
    return option != "records_path" && option != "delimiter" && option != "quote" &&
           option != "escape" && option != "widths" && option != "pad_short_rows" &&
           option != "encoding";
  }
  const bool text = format == "json" || format == "ndjson";
  return text && (option == "records_path" || option == "encoding" || option == "date_format");
}

}  // namespace

const std::vector<std::string>* IngestOptions::null_tokens_of(std::string_view column) const {
  const auto found = column_null_tokens.find(column);
  if (found != column_null_tokens.end()) return &found->second;
  return null_tokens ? &*null_tokens : nullptr;
}

Result<IngestOptions> options_from_json(const std::string& text) {
  IngestOptions options;
  if (text.empty()) return options;
  boost::system::error_code code;
  const json::value parsed = json::parse(text, code);
  if (code || !parsed.is_object()) {
    return fail(
        Errc::invalid_argument, Code::option_invalid, "The options are not a JSON object.",
        "For example {\"delimiter\": \";\", \"decimal_mark\": \",\"}. curl's -F cuts a value "
        "at ; which --form-string does not.");
  }
  for (const auto& [name, value] : parsed.as_object()) TRY(set(options, name, value));
  TRY(check_characters(options));
  return options;
}

Result<void> check_used(const IngestOptions& options, std::string_view format) {
  const json::value given = json::parse(to_json(options));
  for (const auto& [name, value] : given.as_object()) {
    if (is_used(name, format)) continue;
    return fail(Errc::unprocessable, Code::option_unused,
                "The option " + std::string(name) + " says nothing about a file of " +
                    std::string(format) + ", which this one is.",
                "Leave it out: the schema Options, at /docs, says which formats an option is for.");
  }
  return {};
}

std::string to_json(const IngestOptions& options) {
  json::object out;
  if (options.delimiter) out["delimiter"] = *options.delimiter;
  if (!options.widths.empty()) {
    json::array widths;
    for (const std::int64_t width : options.widths) {
      widths.push_back(width == 0 ? json::value(nullptr) : json::value(width));
    }
    out["widths"] = std::move(widths);
  }
  if (options.quote) out["quote"] = *options.quote == 0 ? "" : std::string(1, *options.quote);
  if (options.escape) out["escape"] = *options.escape == 0 ? "" : std::string(1, *options.escape);
  if (options.header != HeaderOption::automatic) {
    out["header"] = options.header == HeaderOption::present;
  }
  if (options.header_line > 0) out["header_line"] = options.header_line;
  if (options.header_rows > 0) out["header_rows"] = options.header_rows;
  if (options.skip_footer > 0) out["skip_footer"] = options.skip_footer;
  if (options.pad_short_rows) out["pad_short_rows"] = *options.pad_short_rows;
  if (!options.encoding.empty()) out["encoding"] = options.encoding;
  if (!options.sheet.empty()) out["sheet"] = options.sheet;
  if (options.sheet_number > 0) out["sheet"] = options.sheet_number;
  if (!options.member.empty()) out["member"] = options.member;
  if (!options.records_path.empty()) out["records_path"] = options.records_path;
  if (!options.cell_range.empty()) out["cell_range"] = options.cell_range;
  if (options.decimal_mark) out["decimal_mark"] = std::string(1, *options.decimal_mark);
  if (!options.date_format.empty()) out["date_format"] = options.date_format;
  if (options.null_tokens || !options.column_null_tokens.empty()) {
    out["null_tokens"] = null_tokens_to_json(options);
  }
  if (!options.column_types.empty()) {
    json::object types;
    for (const auto& [header, type] : options.column_types) types[header] = type;
    out["column_types"] = std::move(types);
  }
  if (options.rejects_max) out["rejects_max"] = *options.rejects_max;
  return json::serialize(out);
}

}  // namespace sluice::ingest
