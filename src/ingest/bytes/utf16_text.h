#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace sluice::ingest {

/// `utf-16le` or `utf-16be` where `head`, which has no mark, is text in it of whatever script; else
/// empty. Pure.
std::string_view unmarked_utf16(std::string_view head);

/// Finds line ends of a single byte in UTF-16, as shells and files opened as text leave them: from
/// there on each letter is another one. Fed in pieces, in order, by one thread.
class Utf16LineEnds {
 public:
  explicit Utf16LineEnds(bool is_little_endian) : is_little_endian_(is_little_endian) {}

  /// Error `encoding_invalid` with the place.
  Result<void> feed(std::string_view piece);
  Result<void> finish() const;

 private:
  Result<void> take(char first, char second);
  Error error(std::uint64_t place) const;

  bool is_little_endian_;
  std::uint64_t at_ = 0;      ///< Of the unit.
  std::optional<char> half_;  ///< Of a unit cut by a piece's end.
  char32_t before_ = 0;
  std::optional<std::uint64_t> suspect_;  ///< A unit that may be a line end and half a letter,
  bool is_open_ = false;                  ///< and was the last one: what follows will tell.
};

}  // namespace sluice::ingest
