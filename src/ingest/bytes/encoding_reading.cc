#include "ingest/bytes/encoding_reading.h"

#include <utf8proc.h>

#include <algorithm>

namespace sluice::ingest {
namespace {

constexpr std::int64_t sign_in_place = 25;
constexpr std::int64_t signs_in_place_max = 75;
constexpr std::int64_t sign_out_of_place = -60;
constexpr std::int64_t sign_within_word = -100;
constexpr std::int64_t letter_beside_digit = -60;
constexpr std::int64_t letter_alone = -100;
constexpr std::int64_t scripts_mixed = -100;
constexpr std::int64_t capital_within_word = -100;
constexpr std::int64_t currency_sign = -150;

bool is_in(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_ascii_letter(char32_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_latin(char32_t c) { return c < 0x250; }

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}
bool is_letter(char32_t c) {
  const utf8proc_category_t is = category(c);
  return (is >= UTF8PROC_CATEGORY_LU && is <= UTF8PROC_CATEGORY_ME);
}

/// Whether a sign stands as its own use wants it, between `before` and `after`.
bool stands_right(char32_t sign, char32_t before, char32_t after) {
  if (is_in(sign, U"°½¼¾")) return is_digit(before) || before == ' ' || before == ',';
  if (is_in(sign, U"²³")) return is_digit(before) || is_letter(before);
  if (is_in(sign, U"€£")) return !is_letter(before) && !is_letter(after);
  if (is_in(sign, U"“‘«„‚¿¡µ")) return !is_letter(before);
  if (is_in(sign, U"ªº")) return is_digit(before) || is_letter(before);
  if (is_in(sign, U"”’»…")) return !is_letter(after);
  return is_in(sign, U"§–—•™®©·×±№\u00A0");
}

std::int64_t points_of_sign(char32_t sign, char32_t before, char32_t after) {
  const bool within = is_letter(before) && is_letter(after);
  if (is_in(sign, U"’·‑\u200C\u200D")) return within ? sign_in_place : 0;
  if (sign == U'¤') return currency_sign;
  if (within) return sign_within_word;
  if (stands_right(sign, before, after)) return sign_in_place;
  const utf8proc_category_t is = category(sign);
  const bool is_odd = is == UTF8PROC_CATEGORY_SO || is == UTF8PROC_CATEGORY_SK ||
                      is == UTF8PROC_CATEGORY_CF || is_in(sign, U"¦¬¯¹°½¼¾²³€£“‘«„‚¿¡”»…ªº");
  return is_odd && sign != U'\u200E' && sign != U'\u200F' ? sign_out_of_place : 0;
}

std::int64_t points_of_letter(char32_t letter, char32_t before, char32_t after) {
  std::int64_t points = is_digit(before) || is_digit(after) ? letter_beside_digit : 0;
  if (category(letter) == UTF8PROC_CATEGORY_LU && category(before) == UTF8PROC_CATEGORY_LL) {
    points += capital_within_word;
  }
  if (!is_latin(letter)) {
    if (is_ascii_letter(before)) points += scripts_mixed;
    if (is_ascii_letter(after)) points += scripts_mixed;
    return points;
  }
  const bool alone = !is_letter(before) && !is_letter(after);
  return alone && !is_in(letter, U"àéèóíáøåæüöÀÉÓÅÆØÖÜ") ? points + letter_alone : points;
}

std::int64_t strays_of(const std::u32string& letters,
                       std::span<const std::u32string_view> alphabets) {
  if (alphabets.empty()) return 0;
  std::ptrdiff_t least = PTRDIFF_MAX;
  for (const std::u32string_view alphabet : alphabets) {
    least = std::min(
        least, std::ranges::count_if(letters, [&](char32_t c) { return !is_in(c, alphabet); }));
  }
  return least;
}

}  // namespace

std::optional<TextLook> look_of(std::string_view sample, const UpperHalf& half,
                                std::span<const std::u32string_view> alphabets) {
  const auto at = [&](std::size_t i) -> char32_t {
    if (i >= sample.size()) return '\n';
    const auto byte = static_cast<unsigned char>(sample[i]);
    return byte < 0x80 ? byte : half[byte - 0x80U];
  };
  TextLook look;
  std::u32string letters;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const char32_t c = at(i);
    if (static_cast<unsigned char>(sample[i]) < 0x80) continue;
    if (c < 0xA0) return std::nullopt;
    const char32_t before = at(i - 1);  // Of the first one: beyond the end.
    const char32_t after = at(i + 1);
    if (!is_letter(c) || is_in(c, U"ªºµ")) {
      look.signs += points_of_sign(c, before, after);
      continue;
    }
    look.signs += points_of_letter(c, before, after);
    letters += c == U'İ' ? c : static_cast<char32_t>(utf8proc_tolower(static_cast<int>(c)));
  }
  look.signs = std::min(look.signs, signs_in_place_max);
  look.strays = strays_of(letters, alphabets);
  return look;
}

}  // namespace sluice::ingest
