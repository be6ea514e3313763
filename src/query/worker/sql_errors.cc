#include "query/worker/sql_errors.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <regex>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/utf8.h"
#include "query/near_names.h"
#include "query/protocol/wire.h"
#include "query/worker/dialect_hints.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

constexpr std::string_view memory_remedy =
    "Select fewer columns or rows, or aggregate before sorting and joining.";

/// The engine's error, taken apart.
struct Said {
  std::string type;  ///< `Binder`
  std::string text;
  std::string name;                     ///< What was not found.
  std::vector<std::string> candidates;  ///< Names that are like it.
  std::optional<std::size_t> offset;
};

std::string member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::optional<Said> from_json(const std::string& message) {
  const std::size_t begin = message.find('{');
  if (begin == std::string::npos) return std::nullopt;
  boost::system::error_code bad;
  const json::value parsed = json::parse(std::string_view(message).substr(begin), bad);
  if (bad || !parsed.is_object() || !parsed.get_object().contains("exception_type")) {
    return std::nullopt;
  }
  const json::object& object = parsed.get_object();
  Said said;
  said.type = member(object, "exception_type");
  said.text = member(object, "exception_message");
  said.name = member(object, "name");
  std::string candidates = member(object, "candidates");
  for (std::size_t from = 0; from < candidates.size();) {
    const std::size_t comma = std::min(candidates.find(',', from), candidates.size());
    said.candidates.push_back(candidates.substr(from, comma - from));
    from = comma + 1;
  }
  const std::string position = member(object, "position");
  std::size_t offset = 0;
  if (!position.empty() &&
      std::from_chars(position.data(), position.data() + position.size(), offset).ec ==
          std::errc()) {
    said.offset = offset;
  }
  return said;
}

/// Where there is no JSON: out of memory, and what is thrown outside a statement.
Said from_text(const std::string& message) {
  Said said;
  const std::size_t colon = message.find(" Error: ");
  said.type = message.starts_with("Out of Memory") ? "Out of Memory" : message.substr(0, colon);
  said.text = colon == std::string::npos ? message : message.substr(colon + 8);
  return said;
}

bool is_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

/// The engine's own hints say what our remedy says, with less care.
std::string without_hints(std::string text) {
  for (const std::string_view hint : {"\nCandidate bindings", "\nDid you mean", "\nLINE "}) {
    if (const std::size_t at = text.find(hint); at != std::string::npos) text.resize(at);
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string scrubbed(const std::string& message) {
  static const std::regex descriptor("/proc/self/fd/[0-9]+");
  return as_utf8(std::regex_replace(message, descriptor, "(data file)"));
}

std::string missing_column(const Error& error) {
  static const std::regex said("does not have a column named \"(.+)\"$");
  std::smatch match;
  if (!error.remedy.empty() || !std::regex_search(error.detail, match, said)) return {};
  return match[1];
}

TextPosition position_of(std::string_view text, std::size_t offset) {
  TextPosition at{1, 1};
  for (const char byte : text.substr(0, offset)) {
    if (byte == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(byte) & 0xC0U) != 0x80U) {
      ++at.column;
    }
  }
  return at;
}

Error error_from_engine(const char* message, std::string_view sql, const TextPlaces& places) {
  const std::string raw = scrubbed(message == nullptr ? "The query failed." : message);
  std::optional<Said> taken_apart = from_json(raw);
  const Said said = taken_apart ? std::move(*taken_apart) : from_text(raw);
  if (said.type.starts_with("Out of Memory") || raw.find("bad_alloc") != std::string::npos ||
      raw.find("failed to allocate") != std::string::npos) {
    return query_error(Code::query_memory, "The query needs more memory than it may use.",
                       std::string(memory_remedy));
  }
  const std::string text = without_hints(said.text);
  // After an error of its own the engine refuses all that comes: the pool kills such a worker.
  if (is_of(said.type, {"INTERNAL", "FATAL"})) {
    return query_error(Code::query_killed, "The engine broke on this query: " + text,
                       "It is a defect of the engine: write the query in another way.");
  }
  if (said.type == "Permission") return query_error(Code::query_not_allowed, text);
  const bool is_of_the_text =
      is_of(said.type, {"Parser", "Binder", "Catalog", "Syntax", "Not implemented"});
  Error error = query_error(is_of_the_text ? Code::query_syntax : Code::query_failed, text,
                            names_near(said.name, said.candidates));
  // What fails while it runs may stand in a view of ours, whose text the user never saw.
  const std::optional<std::size_t> at =
      said.offset && is_of_the_text ? places.in_users_text(*said.offset) : std::nullopt;
  if (!at || *at > sql.size()) return error;
  error.position = position_of(sql, *at);
  if (std::string hint = quoting_hint(sql, *at); !hint.empty() && !said.name.empty()) {
    error.remedy = std::move(hint) + (error.remedy.empty() ? "" : " " + error.remedy);
  }
  return error;
}

}  // namespace sluice::query
