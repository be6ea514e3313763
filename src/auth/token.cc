#include "auth/token.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/ids.h"

namespace sluice::auth {
namespace {

constexpr std::string_view token_mark = "slc_";
constexpr std::size_t shown_digits = 8;
constexpr std::size_t token_random_bytes = 32;
constexpr std::string_view bearer_scheme = "bearer";

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_b64token_char(char c) {
  return is_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

}  // namespace

std::string make_token() { return std::string(token_mark) + random_hex(token_random_bytes); }

bool is_token(std::string_view text) {
  if (!text.starts_with(token_mark)) return false;
  text.remove_prefix(token_mark.size());
  return text.size() == 2 * token_random_bytes &&
         std::all_of(text.begin(), text.end(), is_lower_hex);
}

std::string token_prefix(std::string_view token) {
  return std::string(token.substr(0, token_mark.size() + shown_digits));
}

std::string token_sha256(std::string_view token) { return sha256_hex(token); }

std::optional<std::string_view> bearer_credential(std::string_view header_value) {
  if (header_value.size() <= bearer_scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < bearer_scheme.size(); ++i) {
    if (to_lower(header_value[i]) != bearer_scheme[i]) return std::nullopt;
  }
  std::string_view credential = header_value.substr(bearer_scheme.size());
  if (credential.front() != ' ') return std::nullopt;
  credential.remove_prefix(std::min(credential.find_first_not_of(' '), credential.size()));
  if (credential.empty() || credential.size() > bearer_bytes_max) return std::nullopt;
  // b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
  std::string_view body = credential;
  while (!body.empty() && body.back() == '=') body.remove_suffix(1);
  if (body.empty() || !std::all_of(body.begin(), body.end(), is_b64token_char)) {
    return std::nullopt;
  }
  return credential;
}

}  // namespace sluice::auth
