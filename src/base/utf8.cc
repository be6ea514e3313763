#include "base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace sluice {
namespace {

/// Bytes of the character at the beginning of a text that is not empty; 0 where none stands there.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80U) return 1;
  const std::size_t more = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : 1;
  if (lead < 0xC2U || lead > 0xF4U || more >= text.size()) return 0;
  std::uint32_t point = lead & (0x3FU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return 0;
    point = point << 6U | (next & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xD800U && point < 0xE000U;
  return point < least[more] || point > 0x10FFFFU || is_surrogate ? 0 : more + 1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
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
