#pragma once

#include <optional>
#include <string_view>

namespace sluice::ingest {

/// What keeps a text that begins like JSON from being JSON, as the end of a sentence that starts
/// with "The file looks like JSON, but"; and what to do.
struct NearlyJson {
  std::string_view fault;
  std::string_view remedy;
};

/// Python's dicts, keys without quotes, comments, a guard or a call around the value, … Pure;
/// `head` is UTF-8 and starts with the first character that is no white space. Nothing where it
/// begins as JSON does, or not like JSON at all.
std::optional<NearlyJson> nearly_json(std::string_view head);

/// Whether the text is one value of JSON and no table: null, or a text with escapes, which no
/// header has. `"name"`, `5` and `true` may be a CSV of one cell. Pure; `text` is a whole file, or
/// so much of it that more would be no single value, from its first character that is no white
/// space.
bool is_lone_json_value(std::string_view text);

}  // namespace sluice::ingest
