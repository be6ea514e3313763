#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

/// Bytes of the character at the beginning of a text that is not empty; 0 where none stands there.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = lead < 0x80U ? 1 : lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
  return bytes <= text.size() && is_utf8(text.substr(0, bytes)) ? bytes : 0;
}

}  // namespace

std::size_t Utf8Check::feed(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (expected_ == 0) {
      std::uint64_t word = 0;
      while (i + 8 <= piece.size()) {
        std::memcpy(&word, piece.data() + i, 8);
        if ((word & 0x8080808080808080ULL) != 0) break;
        i += 8;
      }
      if (i == piece.size()) break;
    }
    const auto c = static_cast<unsigned char>(piece[i]);
    if (expected_ > 0) {
      if (c < low_ || c > high_) return i;
      low_ = 0x80;
      high_ = 0xBF;
      --expected_;
    } else if (c >= 0x80) {
      if (c < 0xC2 || c > 0xF4) return i;
      expected_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
      // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
      low_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
      high_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    }
  }
  return std::string_view::npos;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.feed(text) == std::string_view::npos && !check.is_within_character();
}

std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    out += bytes == 0 ? std::string_view("?") : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

}  // namespace sluice
