#include "ingest/json/json_handler.h"

#include <algorithm>
#include <utility>

#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t level_buckets_kept_max = 128;
constexpr std::size_t first_keys_max = 16;
constexpr std::size_t beside_max = 20;

}  // namespace

JsonHandler::JsonHandler(Format format, JsonKeys& keys, JsonSink& sink,
                         std::vector<std::string> path)
    : format_(format),
      row_depth_(!path.empty()               ? path.size() + 1
                 : format == Format::records ? 2
                 : format == Format::json    ? 1
                                             : 0),
      keys_(keys),
      sink_(sink),
      path_(std::move(path)),
      path_seen_(path_.size(), false) {}

std::string_view JsonHandler::whole(View rest) {
  if (!partial_) {
    text_.clear();
    return {rest.data(), rest.size()};
  }
  text_.append(rest.data(), rest.size());
  partial_ = false;
  done_.swap(text_);
  text_.clear();
  return done_;
}

bool JsonHandler::refuse(ParseError& code, Errc kind, ErrorCode error_code, std::string detail,
                         std::string remedy) {
  if (!error_) error_ = Error{kind, std::move(error_code), std::move(detail), std::move(remedy)};
  code = boost::json::make_error_code(boost::json::error::syntax);
  return false;
}

bool JsonHandler::not_an_object(ParseError& code) {
  return refuse(code, Errc::unprocessable, Code::json_record_not_object,
                "Record " + std::to_string(records_ + 1) + " is not an object",
                "Send records as objects: [{\"id\": 1}, …].");
}

bool JsonHandler::too_long(ParseError& code) {
  return refuse(code, Errc::too_large, Code::json_cell_too_long,
                "A value in record " + std::to_string(records_ + 1) + " is longer than " +
                    std::to_string(cell_bytes_max) + " bytes (cell_bytes_max)",
                "Flatten it, or split it over records.");
}

bool JsonHandler::on_number_part(View part, ParseError& code) {
  if (text_.size() + part.size() > cell_bytes_max) return too_long(code);
  return keep(part);
}

bool JsonHandler::on_object_begin(ParseError& code) {
  if (depth_ > row_depth_) return open_nested(false, code);
  if (depth_ == row_depth_) {
    next_column_ = 0;
  } else if (!path_.empty()) {
    return open_on_path(false, code);
  } else if (format_ == Format::json) {
    return refuse(code, Errc::unprocessable, Code::json_not_an_array, "The JSON is not an array",
                  "Send one array, or one object per line.");
  } else if (depth_ == 1) {
    return envelope_value(JsonKind::nested, "an object", code);
  }
  ++depth_;
  return true;
}

bool JsonHandler::on_object_end(std::size_t, ParseError& code) {
  if (skipped_ > 0) {
    --skipped_;
    return true;
  }
  --depth_;
  if (depth_ > row_depth_) return close_nested(code);
  if (depth_ < row_depth_) return true;
  ++records_;
  Result<void> ended = sink_.end_record();
  if (ended) return true;
  error_ = std::move(ended).error();
  return refuse(code, Errc::internal, {}, {}, {});
}

bool JsonHandler::on_array_begin(ParseError& code) {
  if (depth_ > row_depth_) return open_nested(true, code);
  if (depth_ == row_depth_) return not_an_object(code);
  if (!path_.empty()) return open_on_path(true, code);
  if (format_ == Format::records) {
    if (depth_ == 0) return envelope_value(JsonKind::nested, "an array", code);
    if (field_ != "records") return envelope_value(JsonKind::nested, "an array", code);
    saw_records_ = true;
  }
  ++depth_;
  return true;
}

bool JsonHandler::on_array_end(std::size_t, ParseError& code) {
  if (skipped_ > 0) {
    --skipped_;
    return true;
  }
  --depth_;
  return depth_ > row_depth_ ? close_nested(code) : true;
}

bool JsonHandler::on_key(View rest, std::size_t, ParseError& code) {
  const std::string_view key = whole(rest);
  if (depth_ == row_depth_ + 1) return record_key(key, code);
  if (depth_ > row_depth_ + 1) return nested_key(key, code);
  return path_.empty() ? envelope_key(key, code) : path_key(key, code);
}

bool JsonHandler::nul_character(ParseError& code) {
  return refuse(code, Errc::unprocessable, Code::nul_byte,
                "A text or key in record " + std::to_string(records_ + 1) + " holds \\u0000",
                "Take the character out, or encode binary data as base64.");
}

bool JsonHandler::record_key(std::string_view key, ParseError& code) {
  if (key.find('\0') != std::string_view::npos) return nul_character(code);
  column_ = keys_.column_of(key, next_column_);
  next_column_ = column_ + 1;
  if (column_ >= columns_max) {
    return refuse(
        code, Errc::too_large, Code::too_many_columns,
        "There are more than " + std::to_string(columns_max) + " different keys (columns_max)",
        "Turn keys that are data into values: {\"key\": …, \"value\": …}.");
  }
  if (column_ >= seen_in_.size()) seen_in_.resize(column_ + 1, -1);
  if (std::exchange(seen_in_[column_], records_) != records_) return true;
  return refuse(code, Errc::unprocessable, Code::json_duplicate_key,
                "Record " + std::to_string(records_ + 1) + " has the key " + shown(key) + " twice",
                "Send each key once.");
}

bool JsonHandler::nested_key(std::string_view key, ParseError& code) {
  if (key.find('\0') != std::string_view::npos) return nul_character(code);
  Level& level = levels_[nested_ - 1];
  if (!std::exchange(level.empty, false)) nested_text_ += ',';
  const std::size_t begin = nested_text_.size();
  append_quoted(key);
  if (has_key(level, begin)) {
    return refuse(code, Errc::unprocessable, Code::json_duplicate_key,
                  "An object in record " + std::to_string(records_ + 1) + " has the key " +
                      shown(key) + " twice",
                  "Send each key once.");
  }
  nested_text_ += ':';
  return true;
}

bool JsonHandler::has_key(Level& level, std::size_t begin) const {
  const std::string_view text = nested_text_;
  const std::string_view key = text.substr(begin);
  for (const Span& known : level.first_keys) {
    if (text.substr(known.begin, known.size) == key) return true;
  }
  if (level.first_keys.size() < first_keys_max) {
    level.first_keys.push_back({begin, key.size()});
    return false;
  }
  return !level.more_keys.emplace(key).second;
}

bool JsonHandler::wrong_on_path(std::string_view what, ParseError& code) {
  std::string at;
  for (std::size_t i = 0; i < depth_; ++i) at += (i == 0 ? "" : ".") + path_[i];
  return refuse(code, Errc::unprocessable, Code::json_records_path,
                at.empty() ? "The JSON is " + std::string(what) + " at its outermost, not an object"
                           : "What stands at " + shown(at) + " is " + std::string(what) +
                                 (depth_ == path_.size() ? ", not an array" : ", not an object"),
                "The option records_path names the keys that lead to the array of records.");
}

/// An object or array above the records.
bool JsonHandler::open_on_path(bool is_array, ParseError& code) {
  if (skipped_ > 0 || (depth_ > 0 && !on_path_)) {
    ++skipped_;
    return true;
  }
  const bool is_records = depth_ == path_.size();
  if (is_array != is_records) return wrong_on_path(is_array ? "an array" : "an object", code);
  if (is_records) {
    saw_records_ = true;
  } else {
    path_seen_[depth_] = false;
  }
  ++depth_;
  return true;
}

bool JsonHandler::path_key(std::string_view key, ParseError& code) {
  if (skipped_ > 0) return true;
  on_path_ = key == path_[depth_ - 1];
  if (!on_path_) {
    const bool is_known = std::ranges::find(beside_, key) != beside_.end();
    if (!is_known && beside_.size() < beside_max) beside_.emplace_back(key);
    return true;
  }
  if (!path_seen_[depth_ - 1]) {
    path_seen_[depth_ - 1] = true;
    return true;
  }
  return refuse(code, Errc::unprocessable, Code::json_duplicate_key,
                "An object has the key " + shown(key) + " twice", "Send each key once.");
}

/// null stands for no records; pages without any have it.
bool JsonHandler::path_scalar(JsonKind kind, ParseError& code) {
  if (skipped_ > 0 || (depth_ > 0 && !on_path_)) return true;
  if (kind == JsonKind::null && depth_ > 0) {
    saw_records_ = true;
    return true;
  }
  return wrong_on_path(kind == JsonKind::string    ? "a text"
                       : kind == JsonKind::number  ? "a number"
                       : kind == JsonKind::boolean ? "true or false"
                                                   : "null",
                       code);
}

bool JsonHandler::envelope_key(std::string_view key, ParseError& code) {
  field_ = key;
  if (!seen_fields_.emplace(key).second) {
    return refuse(code, Errc::unprocessable, Code::json_duplicate_key,
                  "The body has the field " + shown(key) + " twice", "Send each field once.");
  }
  if (key == "name" || key == "description" || key == "records") return true;
  std::string pointer = "/";
  for (const char c : key.substr(0, shown_cell_bytes_max)) {
    pointer += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  }
  return refuse(code, Errc::invalid_argument, Code::json_unknown_field,
                "The body has a field that is not known: " + pointer,
                "Send name, description and records only.");
}

bool JsonHandler::envelope_value(JsonKind kind, std::string_view text, ParseError& code) {
  if (depth_ == 0) {
    return refuse(code, Errc::invalid_argument, Code::json_wrong_kind, "The body is not an object",
                  "Send {\"name\": …, \"records\": […]}.");
  }
  const bool is_text_field = field_ == "name" || field_ == "description";
  if (is_text_field && kind == JsonKind::string) {
    if (text.size() > json_field_bytes_max) {
      return refuse(code, Errc::too_large, Code::json_field_too_long,
                    "/" + field_ + " is longer than " + std::to_string(json_field_bytes_max) +
                        " bytes (json_field_bytes_max)",
                    {});
    }
    (field_ == "name" ? fields_.name : fields_.description) = text;
    return true;
  }
  if (field_ == "description" && kind == JsonKind::null) return true;
  return refuse(code, Errc::invalid_argument, Code::json_wrong_kind,
                "/" + field_ + (is_text_field ? " is not a string" : " is not an array"),
                "Send name and description as strings and records as an array of objects.");
}

bool JsonHandler::scalar(JsonKind kind, std::string_view text, ParseError& code) {
  if (depth_ == row_depth_ + 1) return emit(kind, text, code);
  if (depth_ == row_depth_) return not_an_object(code);
  if (depth_ < row_depth_) {
    return path_.empty() ? envelope_value(kind, text, code) : path_scalar(kind, code);
  }
  separate();
  if (kind == JsonKind::string) {
    append_quoted(text);
  } else {
    nested_text_ += kind == JsonKind::null ? std::string_view("null") : text;
  }
  return nested_text_.size() <= cell_bytes_max || too_long(code);
}

/// The comma between an array's elements; an object's comes with the key.
void JsonHandler::separate() {
  if (nested_ == 0) return;
  Level& level = levels_[nested_ - 1];
  if (level.is_array && !std::exchange(level.empty, false)) nested_text_ += ',';
}

bool JsonHandler::open_nested(bool is_array, ParseError& code) {
  if (nested_ == 0) nested_text_.clear();
  if (nested_text_.size() > cell_bytes_max) return too_long(code);
  separate();
  nested_text_ += is_array ? '[' : '{';
  if (nested_ == levels_.size()) levels_.emplace_back();
  Level& level = levels_[nested_];
  level.is_array = is_array;
  level.empty = true;
  level.first_keys.clear();
  // Clearing visits every bucket, also those that one wide object left behind.
  if (level.more_keys.bucket_count() > level_buckets_kept_max) {
    level.more_keys = {};
  } else if (!level.more_keys.empty()) {
    level.more_keys.clear();
  }
  ++nested_;
  ++depth_;
  return true;
}

bool JsonHandler::close_nested(ParseError& code) {
  --nested_;
  nested_text_ += levels_[nested_].is_array ? ']' : '}';
  if (nested_ > 0) return true;
  return emit(JsonKind::nested, nested_text_, code);
}

bool JsonHandler::emit(JsonKind kind, std::string_view text, ParseError& code) {
  if (text.size() > cell_bytes_max) return too_long(code);
  // As in CSV: too much that reads text after us stops at a NUL. Nested text keeps it as an escape.
  if (text.find('\0') != std::string_view::npos) return nul_character(code);
  std::optional<Error> wrong = sink_.cell(column_, kind, text);
  if (!wrong) return true;
  error_ = std::move(wrong);
  return refuse(code, Errc::internal, {}, {}, {});
}

void JsonHandler::append_quoted(std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  nested_text_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      nested_text_ += '\\';
      nested_text_ += c;
    } else if (c == '\n') {
      nested_text_ += "\\n";
    } else if (c == '\t') {
      nested_text_ += "\\t";
    } else if (c == '\r') {
      nested_text_ += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      nested_text_ += "\\u00";
      nested_text_ += hex[static_cast<unsigned char>(c) >> 4];
      nested_text_ += hex[static_cast<unsigned char>(c) & 15];
    } else {
      nested_text_ += c;
    }
  }
  nested_text_ += '"';
}

}  // namespace sluice::ingest
