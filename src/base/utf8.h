#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// True for well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing
/// above U+10FFFF.
bool is_utf8(std::string_view text);

/// The same of a text that comes in pieces, which may cut a character. Fast where it is ASCII.
class Utf8Check {
 public:
  /// Where in this piece the first byte stands that cannot; npos: nowhere. Not to be fed further
  /// after one.
  std::size_t feed(std::string_view piece);
  /// A character was begun and has not ended.
  bool is_within_character() const { return expected_ > 0; }

 private:
  int expected_ = 0;  ///< Continuation bytes still to come,
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;  ///< and what the next one may be.
};

/// The text with a question mark in place of each byte that is not part of well-formed UTF-8.
std::string as_utf8(std::string_view text);

}  // namespace sluice
