#include "ingest/bytes/nearly_json.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view skip_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_of("\r\n"), text.size()));
  return skip_space(text);
}

bool is_word_character(char c) { return is_alphanumeric(c) || c == '_' || c == '$'; }

/// An object or an array as JSON writes it: `{"`, `[{"`, `[[`, `["a",`, `[1,`.
bool begins_as_json(std::string_view text) {
  if (text.starts_with('{')) {
    const std::string_view rest = skip_space(text.substr(1));
    return rest.starts_with('"') || rest.starts_with('}');
  }
  if (!text.starts_with('[')) return false;
  const std::string_view rest = skip_space(text.substr(1));
  return rest.starts_with('{') || rest.starts_with('[') || rest.starts_with('"');
}

/// The texts behind `{` or `[` that other languages write.
std::optional<NearlyJson> wrong_inside(std::string_view text) {
  constexpr NearlyJson python = {"its texts stand in single quotes, as Python prints them",
                                 "Write it with json.dumps (Python) or another writer of JSON."};
  const bool is_object = text.starts_with('{');
  if (!is_object && !text.starts_with('[')) return std::nullopt;
  std::string_view rest = skip_space(text.substr(1));
  if (!is_object && rest.starts_with('{')) rest = skip_space(rest.substr(1));
  const bool in_object = is_object || text.find('{') < text.size() - rest.size();
  for (const std::string_view quote : {"'"sv, "u'"sv, "b'"sv}) {
    if (rest.starts_with(quote) && (in_object || rest.find("',") != rest.npos)) return python;
  }
  if (rest.starts_with("(")) {
    return NearlyJson{"it holds tuples, as Python prints them",
                      "Write it with json.dumps (Python) or another writer of JSON."};
  }
  if (rest.starts_with("//") || rest.starts_with("/*") || (in_object && rest.starts_with('#'))) {
    return NearlyJson{"it has a comment", "Take the comments out."};
  }
  if (!in_object) return std::nullopt;
  const auto* const end = std::ranges::find_if_not(rest, is_word_character);
  const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  const std::string_view behind = skip_space(rest.substr(word.size()));
  if (!word.empty() && behind.starts_with(':')) {
    return NearlyJson{"its keys have no quotes",
                      "Write it with JSON.stringify or another writer of JSON."};
  }
  if (!word.empty() && behind.starts_with("=>")) {
    return NearlyJson{"it has => between keys and values", "Write it with to_json or json_encode."};
  }
  if (rest.starts_with("\"") && text.starts_with('{')) {
    // `{"a" => 1}`, as Ruby prints it.
    const std::size_t close = rest.find('"', 1);
    if (close != rest.npos && skip_space(rest.substr(close + 1)).starts_with("=>")) {
      return NearlyJson{"it has => between keys and values",
                        "Write it with to_json or json_encode."};
    }
  }
  return std::nullopt;
}

/// `callback(`, `var rows =`, `window.data =`, `export default`, `module.exports =`: what stands
/// before the value; empty where the text is none of these.
std::string_view behind_script(std::string_view text) {
  constexpr std::size_t names_bytes_max = 200;
  const std::string_view start = text.substr(0, names_bytes_max);
  const std::size_t end = start.find_first_of("=(");
  constexpr std::string_view default_export = "export default ";
  if (text.starts_with(default_export)) return skip_space(text.substr(default_export.size()));
  if (end == std::string_view::npos || end == 0) return {};
  const bool is_names = std::ranges::all_of(start.substr(0, end), [](char c) {
    return is_word_character(c) || c == '.' || c == ' ' || c == '[' || c == ']' || c == '\'' ||
           c == '"';
  });
  if (!is_names || !(is_alpha(text[0]) || text[0] == '_' || text[0] == '$')) return {};
  return skip_space(text.substr(end + 1));
}

}  // namespace

std::optional<NearlyJson> nearly_json(std::string_view head) {
  for (const std::string_view guard :
       {")]}',"sv, ")]}'"sv, ")]}"sv, "for(;;);"sv, "for (;;);"sv, "while(1);"sv, "while (1);"sv,
        "throw 1;"sv, "&&&START&&&"sv, "{}&&"sv, "/**/"sv}) {
    if (!head.starts_with(guard)) continue;
    const std::string_view rest = skip_space(head.substr(guard.size()));
    const bool goes_on = begins_as_json(rest) || wrong_inside(rest) || !behind_script(rest).empty();
    if (!goes_on) continue;
    return NearlyJson{"a web service's guard stands before it",
                      "Take out what stands before the first bracket."};
  }
  // Comments, however many, and JSON below them.
  std::string_view text = head;
  for (;;) {
    if (text.starts_with("//") || text.starts_with("#")) {
      text = skip_line(text);
    } else if (text.starts_with("/*")) {
      const std::size_t end = text.find("*/");
      text = end == text.npos ? std::string_view() : skip_space(text.substr(end + 2));
    } else {
      break;
    }
  }
  if (text.size() != head.size()) {
    // `[name]` below a comment is a header, and `[1]` hardly a file.
    if (!begins_as_json(text) && !wrong_inside(text)) return std::nullopt;
    return NearlyJson{"there is a comment before it", "Take the comments out."};
  }
  if (head.starts_with("\"{\\\"") || head.starts_with("\"[{\\\"") || head.starts_with("\"{}\"")) {
    return NearlyJson{"it is a text that holds JSON: it was written twice",
                      "Write it once: leave out the second json.dumps or JSON.stringify."};
  }
  if (head.starts_with('\x1E') && begins_as_json(skip_space(head.substr(1)))) {
    return NearlyJson{"each record begins with the character 0x1E (RFC 7464)",
                      "Write one object per line instead (NDJSON)."};
  }
  if (const std::string_view value = behind_script(head); begins_as_json(value)) {
    return NearlyJson{"it is a script that holds it",
                      "Take out what stands before the first bracket and behind the last."};
  }
  return wrong_inside(head);
}

bool is_lone_json_value(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (text == "null") return true;
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  bool has_escape = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || static_cast<unsigned char>(text[i]) < 0x20) return false;
    if (text[i] != '\\') continue;
    has_escape = true;
    if (++i == text.size() || "\"\\/bfnrtu"sv.find(text[i]) == std::string_view::npos) return false;
  }
  return has_escape;
}

}  // namespace sluice::ingest
