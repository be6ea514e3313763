#include "base/ids.h"

#include <sodium.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace sluice {

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  randombytes_buf(raw.data(), raw.size());
  std::string hex(2 * bytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), raw.data(), raw.size());
  hex.pop_back();
  return hex;
}

std::string new_uuid_v7() {
  unsigned char raw[16];
  randombytes_buf(raw, sizeof raw);
  const auto now_ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
  for (int i = 0; i < 6; ++i) raw[i] = static_cast<unsigned char>(now_ms >> (40 - 8 * i));
  raw[6] = static_cast<unsigned char>((raw[6] & 0x0F) | 0x70);
  raw[8] = static_cast<unsigned char>((raw[8] & 0x3F) | 0x80);
  char hex[33];
  sodium_bin2hex(hex, sizeof hex, raw, sizeof raw);
  const std::string text(hex, 32);
  return text.substr(0, 8) + "-" + text.substr(8, 4) + "-" + text.substr(12, 4) + "-" +
         text.substr(16, 4) + "-" + text.substr(20);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace sluice
