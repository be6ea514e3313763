#include "dataset/name_key.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/ascii.h"

namespace sluice {
namespace {

using CodePoint = utf8proc_int32_t;

/// Folded, decomposed and without ignorable characters; nothing where the text is no UTF-8.
std::optional<std::vector<CodePoint>> folded(std::string_view text) {
  constexpr auto how = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  std::vector<CodePoint> out(text.size());
  for (;;) {
    const utf8proc_ssize_t length =
        utf8proc_decompose(bytes, size, out.data(), static_cast<utf8proc_ssize_t>(out.size()), how);
    if (length < 0) return std::nullopt;
    const bool fits = static_cast<std::size_t>(length) <= out.size();
    out.resize(static_cast<std::size_t>(length));
    if (fits) return out;
  }
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

void append(std::string& out, CodePoint c) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t size = utf8proc_encode_char(c, bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

bool is_blank(CodePoint c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
      return true;
    default:
      return c == '_' || utf8proc_get_property(c)->ignorable;
  }
}

/// Joiners and selectors of a glyph, which belong to the letter before them where that is one of a
/// script without case (Persian, Devanagari) or a picture.
bool shapes(CodePoint c, CodePoint before) {
  const bool is_shape = c == 0x200C || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F);
  if (!is_shape) return false;
  switch (utf8proc_category(before)) {
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_SO:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string typable_name(std::string_view name) {
  if (is_ascii(name)) return std::string(name);
  std::string out;
  CodePoint before = 0;
  while (!name.empty()) {
    CodePoint c = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                         static_cast<utf8proc_ssize_t>(name.size()), &c);
    const std::string_view bytes = name.substr(0, size > 0 ? static_cast<std::size_t>(size) : 1);
    name.remove_prefix(bytes.size());
    if (size <= 0) {
      out += bytes;
      continue;
    }
    const utf8proc_category_t category = utf8proc_category(c);
    const bool is_space = category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
                          category == UTF8PROC_CATEGORY_ZP || category == UTF8PROC_CATEGORY_CC;
    if (is_space) {
      out += ' ';
    } else if (!utf8proc_get_property(c)->ignorable || shapes(c, before)) {
      out += bytes;
    }
    before = c;
  }
  return out;
}

std::string name_key(std::string_view name) {
  if (is_ascii(name)) return lowered(name);
  const std::optional<std::vector<CodePoint>> letters = folded(name);
  if (!letters) return lowered(name);
  std::string key;
  bool within_i = false;  // An i and the marks above and below it.
  for (const CodePoint c : *letters) {
    constexpr CodePoint dot_above = 0x307;
    // To equalsIgnoreCase, which folds by characters, each of İ and ı is an i, and to toLowerCase İ
    // is an i with a dot: all of them are one.
    const CodePoint low = utf8proc_tolower(utf8proc_toupper(c));
    if (within_i && low == dot_above) continue;
    append(key, low);
    within_i = low == 'i' || (within_i && utf8proc_get_property(low)->combining_class != 0);
  }
  return key;
}

bool is_blank_name(std::string_view name) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(name.data());
  auto left = static_cast<utf8proc_ssize_t>(name.size());
  while (left > 0) {
    CodePoint c = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(at, left, &c);
    if (size <= 0 || !is_blank(c)) return false;
    at += size;
    left -= size;
  }
  return true;
}

}  // namespace sluice
