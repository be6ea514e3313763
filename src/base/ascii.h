#pragma once

#include <string>
#include <string_view>

/// Letters, digits and blanks of ASCII, whatever the locale says. Bytes above 0x7F are none of
/// them.
namespace sluice {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alphanumeric(char c) { return is_alpha(c) || is_digit(c); }
/// A space or a tab.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
/// A blank or what ends or feeds a line: space, \t, \n, \v, \f, \r.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// The text with A–Z in small letters.
inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

/// The text without what `is_one` takes at its ends.
template <typename IsOne>
constexpr std::string_view trimmed(std::string_view text, IsOne is_one) {
  while (!text.empty() && is_one(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_one(text.back())) text.remove_suffix(1);
  return text;
}
/// The text without white space (is_space) at its ends.
constexpr std::string_view trimmed(std::string_view text) { return trimmed(text, is_space); }
/// The same for spaces and tabs only, as HTTP's fields have them (RFC 9110, OWS).
constexpr std::string_view trimmed_blanks(std::string_view text) { return trimmed(text, is_blank); }

/// True where the texts differ in nothing but the case of A–Z.
constexpr bool equals_ignore_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

}  // namespace sluice
