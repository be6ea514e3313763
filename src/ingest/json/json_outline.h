#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::ingest {

/// Keys on the way to a value that is still told of; services wrap their records in two or three.
inline constexpr std::size_t outline_keys_max = 5;
/// A document of more members is a map of ids, not an envelope.
inline constexpr std::size_t outline_places_max = 2000;
/// Of a text, what is kept of it.
inline constexpr std::size_t outline_text_bytes_max = 32;

/// A value of a document that is reached through objects alone.
struct JsonPlace {
  enum class Kind : std::uint8_t { scalar, object, array, records };
  std::size_t parent = 0;  ///< Index of the object that it is in; 0 for the outermost as well.
  std::string key;
  Kind kind = Kind::scalar;      ///< `records`: an array of objects, one at least.
  bool is_blank = false;         ///< null, or an empty text.
  std::string text;              ///< Of a text, its beginning.
  std::uint64_t characters = 0;  ///< Of what is in it, without blanks.

  // Of records:
  std::uint64_t records = 0;
  std::uint64_t keys = 0;          ///< Of all of them together.
  std::size_t different_keys = 0;  ///< Counted to columns_max, and one beyond.
  bool has_itself_in_it = false;   ///< A record has the key that the array has: a tree.
};

/// What a document consists of, its outermost object first.
struct JsonOutline {
  std::vector<JsonPlace> places;
  bool is_cut = false;  ///< The file ends within it.
};

/// Reads the file until it is clear that it is not one object alone: then nothing. Nothing too
/// where it is no JSON, or has more than `outline_places_max` places. Where the file `is_cut`, what
/// is there of its object. Memory: the places' keys. Errors: of the file, `cancelled`.
Result<std::optional<JsonOutline>> outline_document(const std::filesystem::path& path,
                                                    const std::stop_token& stop, bool is_cut);

}  // namespace sluice::ingest
