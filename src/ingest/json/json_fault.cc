#include "ingest/json/json_fault.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/cells/type_guess.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;
using Next = JsonPosition::Next;

/// Of a number or word that is not over.
constexpr std::size_t token_bytes_max = 64;
/// Behind the place.
constexpr std::size_t rest_bytes = 64;

constexpr const char* as_python = "Write it with json.dumps (Python) or another writer of JSON.";
constexpr const char* as_script = "Write it with JSON.stringify or another writer of JSON.";

bool is_word(char c) {
  return is_alphanumeric(c) || c == '_' || c == '$' || c == '.' || c == '+' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The character that stands there, whole.
std::string first_character(std::string_view rest) {
  std::size_t size = 1;
  while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xC0) == 0x80) ++size;
  return shown(rest.substr(0, size));
}

bool is_number_start(std::string_view word) {
  const std::size_t sign = word.find_first_not_of("+-");
  if (sign == word.npos || sign > 1) return false;
  const char first = word[sign];
  return is_digit(first) || (first == '.' && sign + 1 < word.size() && is_digit(word[sign + 1]));
}

std::optional<JsonFault> comment(std::string_view rest) {
  const bool is_one = rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#');
  if (!is_one) return std::nullopt;
  return JsonFault{"there is a comment, which JSON has not", "Take the comments out."};
}

std::optional<JsonFault> quotes(std::string_view rest, const char* noun) {
  if (rest.starts_with('\'')) {
    return JsonFault{std::string(noun) + " stands in single quotes, as Python prints it",
                     as_python};
  }
  for (const std::string_view quote :
       {"\u201C"sv, "\u201D"sv, "\u2018"sv, "\u2019"sv, "\u00AB"sv}) {
    if (!rest.starts_with(quote)) continue;
    return JsonFault{
        std::string(noun) + " stands in typographic quotes (" + std::string(quote) + ")",
        "Write straight ones (\"); a word processor turned them."};
  }
  return std::nullopt;
}

JsonFault wrong_number(std::string_view word) {
  const std::string name = "the number " + shown(word);
  const std::string_view digits = word.substr(word.find_first_not_of("+-"));
  if (word.starts_with('+')) {
    return {name + " has a plus sign, which JSON has not", "Leave the sign out."};
  }
  if (digits.starts_with('.')) {
    return {name + " has no digit before its point", "Write a 0 before the point."};
  }
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) {
    return {name + " begins with 0",
            "A number has no zeros in front; a code is a text: \"" + std::string(digits) + "\"."};
  }
  if (digits.size() > 1 && (digits[1] == 'x' || digits[1] == 'X')) {
    return {name + " is hexadecimal", "Write it as a text, or with digits to base 10."};
  }
  if (std::ranges::all_of(digits, [](char c) { return is_digit(c) || c == '.'; })) {
    return {name + " has a point without a digit behind it, or two of them",
            "Write a 0 behind the point; what is no number is a text, in quotes."};
  }
  return {shown(word) + " is no number of JSON, and has no quotes",
          "Write texts, dates too, in quotes (\")."};
}

/// A word where a value has to be.
std::optional<JsonFault> wrong_word(std::string_view word, std::string_view behind) {
  const std::string name(word);
  const std::string plain = lowered(word);
  const std::string_view unsigned_word =
      std::string_view(plain).substr(plain.starts_with('-') || plain.starts_with('+') ? 1 : 0);
  if (unsigned_word == "nan" || unsigned_word == "inf" || unsigned_word == "infinity") {
    return JsonFault{name + " is no value of JSON",
                     "Write null instead, as pandas' to_json does; Python's json.dumps writes it "
                     "unless it is given allow_nan=False."};
  }
  if (word == "None" || word == "True" || word == "False") {
    return JsonFault{name + " is Python's word, not JSON's", as_python};
  }
  if (plain == "null" || plain == "true" || plain == "false") {
    return JsonFault{name + " is not in small letters", "JSON's words are null, true and false."};
  }
  if (word == "undefined") {
    return JsonFault{"undefined is JavaScript's word, not JSON's", as_script};
  }
  if (word == "NA" || word == "nil" || word == "nan.0") {
    return JsonFault{name + " is no value of JSON", "Write null instead."};
  }
  if (is_number_start(word)) return wrong_number(word);
  if (behind.starts_with('(')) {
    return JsonFault{
        "a value is a call, " + name + "(…), as a database's shell or a script prints it",
        "Export it as JSON: with mongoexport for MongoDB, else with a writer of JSON."};
  }
  return JsonFault{shown(word) + " has no quotes", "Write texts in quotes (\")."};
}

std::optional<JsonFault> wrong_value(const JsonPosition& position, std::string_view rest) {
  if (auto found = comment(rest)) return found;
  if (auto found = quotes(rest, "a text")) return found;
  const bool is_end = rest.starts_with(']') || rest.starts_with('}');
  if (is_end && position.open().ends_with('[')) {
    return JsonFault{"there is a comma behind the last value of an array", "Take the comma out."};
  }
  if (is_end || rest.starts_with(',')) {
    return JsonFault{"a value is missing", "Write null for it."};
  }
  if (rest.starts_with('(')) {
    return JsonFault{"there is a tuple, as Python prints it", as_python};
  }
  const auto* const end = std::ranges::find_if_not(rest, is_word);
  const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  if (word.empty()) return std::nullopt;
  return wrong_word(word, rest.substr(word.size()));
}

/// Before a document or behind it: text of any kind, which need not be meant as JSON.
std::optional<JsonFault> wrong_between(std::string_view rest) {
  if (!rest.starts_with(',')) return comment(rest);
  return JsonFault{"there is a comma between records that are no array",
                   "Put [ before the first and ] behind the last one; or take the commas out."};
}

std::optional<JsonFault> wrong_key(const JsonPosition& position, std::string_view rest) {
  if (auto found = comment(rest)) return found;
  if (auto found = quotes(rest, "a key")) return found;
  if (rest.starts_with('}') && position.next() == Next::key) {
    return JsonFault{"there is a comma behind the last member of an object", "Take the comma out."};
  }
  if (rest.starts_with(',')) return JsonFault{"there is a comma too much", "Take it out."};
  const auto* const end = std::ranges::find_if_not(rest, is_word);
  const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  if (!word.empty()) {
    return JsonFault{"the key " + shown(word) + " has no quotes", as_script};
  }
  if (rest.starts_with('{') || rest.starts_with('[')) {
    return JsonFault{"an object has a member without a key", "Each member is \"key\": value."};
  }
  return std::nullopt;
}

std::optional<JsonFault> wrong_behind_value(const JsonPosition& position, std::string_view rest) {
  if (auto found = comment(rest)) return found;
  if (rest.starts_with(']') || rest.starts_with('}')) {
    const bool is_object = position.open().ends_with('{');
    return JsonFault{is_object ? "] stands where an object ends" : "} stands where an array ends",
                     is_object ? "Close the object with }." : "Close the array with ]."};
  }
  if (rest.starts_with(';')) {
    return JsonFault{"a semicolon stands between values", "Write commas."};
  }
  if (rest.starts_with('=') || rest.starts_with(':')) {
    return JsonFault{"a value is followed by what belongs to a key", "Is a comma missing before?"};
  }
  return JsonFault{"a comma or a bracket is missing before " + first_character(rest),
                   "Look at that byte, and at what stands before it."};
}

JsonFault wrong_in_text(const JsonPosition& position, std::string_view rest) {
  if (position.in_escape()) {
    return {"a text has a backslash before " + first_character(rest) + ", which is no escape",
            "Write \\\\ for a backslash, as in C:\\\\data."};
  }
  if (rest.starts_with('\n') || rest.starts_with('\r')) {
    return {"a text goes over the end of its line, or its quote is missing",
            "Write \\n for a line end within a text."};
  }
  if (rest.starts_with('\t')) return {"a text holds a tab", "Write \\t for it."};
  return {"a text holds a control character", "Write it as \\u00XX, or take it out."};
}

/// A token that is whole, with something behind it that belongs to none.
bool is_whole(std::string_view token, std::string_view rest) {
  if (token.empty() || is_word(rest.front())) return false;
  return (is_number_start(token) && is_digit(token.back())) || token == "null" || token == "true" ||
         token == "false";
}

/// What a parser has read of a token is part of the fault.
std::string_view whole_token(const JsonPosition& position, std::string_view rest,
                             std::string& text) {
  if (position.token().empty()) return rest;
  text = position.token();
  text += rest;
  return text;
}

}  // namespace

void JsonPosition::end_value() {
  token_.clear();
  next_ = Next::comma_or_end;
}

void JsonPosition::take(char c) {
  if (in_escape_) {
    in_escape_ = false;
    return;
  }
  if (in_text_) {
    in_escape_ = c == '\\';
    if (c != '"') return;
    in_text_ = false;
    const bool is_key = next_ == Next::key || next_ == Next::key_or_end;
    next_ = is_key ? Next::colon : Next::comma_or_end;
    return;
  }
  if (is_word(c)) {
    if (token_.size() < token_bytes_max) token_ += c;
    return;
  }
  if (!token_.empty()) end_value();
  const bool in_object = open_.ends_with('{');
  if (c == '"') {
    in_text_ = true;
  } else if (c == '{' || c == '[') {
    open_ += c;
    next_ = c == '{' ? Next::key_or_end : Next::value_or_end;
  } else if (c == '}' || c == ']') {
    if (!open_.empty()) open_.pop_back();
    end_value();
  } else if (c == ':') {
    next_ = Next::value;
  } else if (c == ',') {
    next_ = in_object ? Next::key : Next::value;
  }
}

void JsonPosition::feed(std::string_view text) {
  for (const char c : text) take(c);
}

std::optional<JsonFault> name_fault(const JsonPosition& position, std::string_view rest) {
  if (rest.empty()) return std::nullopt;
  if (position.in_text()) return wrong_in_text(position, rest);
  const bool is_in_document = !position.open().empty();
  if (is_in_document && is_whole(position.token(), rest)) return wrong_behind_value(position, rest);
  std::string text;
  rest = whole_token(position, rest, text);
  if (!is_in_document) return wrong_between(rest);
  switch (position.next()) {
    case Next::value:
    case Next::value_or_end:
      return wrong_value(position, rest);
    case Next::key:
    case Next::key_or_end:
      return wrong_key(position, rest);
    case Next::colon:
      if (auto found = comment(rest)) return found;
      if (rest.starts_with('=')) {
        return JsonFault{"= or => stands between a key and its value",
                         "Write a colon: with to_json (Ruby) or json_encode (PHP)."};
      }
      return JsonFault{"a key has no colon behind it", "Each member is \"key\": value."};
    case Next::comma_or_end:
      break;
  }
  return wrong_behind_value(position, rest);
}

Result<std::optional<JsonFault>> find_fault(const std::filesystem::path& path, std::uint64_t begin,
                                            std::uint64_t at) {
  JsonPosition position;
  std::string rest;
  std::uint64_t offset = 0;
  const auto look = [&](std::string_view piece) -> Result<void> {
    const std::uint64_t end = offset + piece.size();
    const auto in_piece = [&](std::uint64_t place) {
      return static_cast<std::size_t>(std::clamp(place, offset, end) - offset);
    };
    position.feed(piece.substr(in_piece(begin), in_piece(at) - in_piece(begin)));
    rest += piece.substr(in_piece(at), rest_bytes - rest.size());
    offset = end;
    return {};
  };
  TRY(read_pieces(path, {}, look));
  return name_fault(position, rest);
}

std::string open_at_end(const std::filesystem::path& path, std::uint64_t begin) {
  JsonPosition position;
  std::uint64_t offset = 0;
  const auto look = [&](std::string_view piece) -> Result<void> {
    const std::uint64_t skipped =
        std::min<std::uint64_t>(begin - std::min(begin, offset), piece.size());
    position.feed(piece.substr(static_cast<std::size_t>(skipped)));
    offset += piece.size();
    return {};
  };
  if (!read_pieces(path, {}, look)) return {};
  if (position.in_text()) return "within a text";
  if (position.open().empty()) return {};
  const std::size_t count = position.open().size();
  return "with " + std::to_string(count) + (count == 1 ? " bracket open" : " brackets open");
}

}  // namespace sluice::ingest
