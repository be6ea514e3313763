#include "auth/secrets.h"

#include <algorithm>

#include "base/ids.h"

namespace sluice::auth {
namespace {

constexpr std::string_view refresh_mark = "slr_";
constexpr std::string_view invitation_mark = "sli_";
constexpr std::size_t random_bytes = 32;
constexpr std::size_t digits = 2 * random_bytes;

/// The mark and so many digits of lower-case hex.
bool is_marked_hex(std::string_view text, std::string_view mark, std::size_t length) {
  if (!text.starts_with(mark) || text.size() != mark.size() + length) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(mark.size()), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string make_family() { return random_hex(random_bytes); }

std::string make_refresh_token(std::string_view family) {
  return std::string(refresh_mark) + std::string(family) + random_hex(random_bytes);
}

std::optional<std::string_view> family_of(std::string_view refresh_token) {
  if (!is_marked_hex(refresh_token, refresh_mark, 2 * digits)) return std::nullopt;
  return refresh_token.substr(refresh_mark.size(), digits);
}

std::string make_invitation() { return std::string(invitation_mark) + random_hex(random_bytes); }

bool is_invitation(std::string_view text) { return is_marked_hex(text, invitation_mark, digits); }

std::string make_csrf_token() { return random_hex(random_bytes); }

}  // namespace sluice::auth
