#include "ingest/bytes/utf16_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <string>

#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t looked_at_bytes = 4096;

char32_t unit_of(char first, char second, bool is_little_endian) {
  const auto a = static_cast<unsigned char>(first);
  const auto b = static_cast<unsigned char>(second);
  return is_little_endian ? static_cast<char32_t>(b << 8U | a) : static_cast<char32_t>(a << 8U | b);
}

bool is_printable_ascii(char32_t c) { return c >= 0x20 && c < 0x7F; }
bool is_malayalam(char32_t c) { return c >= 0x0D02 && c < 0x0D80; }

/// Whether the unit at `at` can stand in text.
bool is_text(std::string_view head, std::size_t at, bool is_little_endian) {
  const char32_t unit = unit_of(head[at], head[at + 1], is_little_endian);
  if (unit < 0x20) return unit == '\n' || unit == '\r' || unit == '\t';
  if (unit >= 0xD800 && unit < 0xE000) {
    // A pair: a letter beyond U+FFFF.
    const bool is_low = unit >= 0xDC00;
    const std::size_t other = is_low ? at - 2 : at + 2;  // Before the first: beyond the end.
    if (other > head.size() - 2) return !is_low;
    const char32_t pair = unit_of(head[other], head[other + 1], is_little_endian);
    return is_low ? pair >= 0xD800 && pair < 0xDC00 : pair >= 0xDC00 && pair < 0xE000;
  }
  const utf8proc_category_t category = utf8proc_category(static_cast<int>(unit));
  return category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_CO &&
         category != UTF8PROC_CATEGORY_CC;
}

bool is_utf16(std::string_view head, bool is_little_endian) {
  std::size_t separators = 0;
  std::size_t two_ascii = 0;  // Units whose both bytes are letters of ASCII: those of a text in it.
  for (std::size_t at = 0; at + 2 <= head.size(); at += 2) {
    if (!is_text(head, at, is_little_endian)) return false;
    const char32_t unit = unit_of(head[at], head[at + 1], is_little_endian);
    if (unit < 0x80 &&
        std::string_view("\n\r\t,;|").find(static_cast<char>(unit)) != std::string_view::npos) {
      ++separators;
    }
    if (is_printable_ascii(unit & 0xFF) && is_printable_ascii(unit >> 8U)) ++two_ascii;
  }
  return separators > 0 && two_ascii * 4 <= head.size();
}

}  // namespace

std::string_view unmarked_utf16(std::string_view head) {
  head = head.substr(0, looked_at_bytes);
  head.remove_suffix(head.size() % 2);
  if (head.size() < 8) return {};
  std::size_t nul_at_even = 0;
  std::size_t nul_at_odd = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') ++(i % 2 == 0 ? nul_at_even : nul_at_odd);
  }
  // U+4E00 (一) has one as well, at the other place.
  if (nul_at_odd > nul_at_even && is_utf16(head, true)) return "utf-16le";
  if (nul_at_even > nul_at_odd && is_utf16(head, false)) return "utf-16be";
  return {};
}

Error Utf16LineEnds::error(std::uint64_t place) const {
  return Error{Errc::unprocessable, Code::encoding_invalid,
               std::string("The file is ") + (is_little_endian_ ? "utf-16le" : "utf-16be") +
                   ", but there is a line end of a single byte at byte " + std::to_string(place) +
                   ".",
               "Write it again with one tool, which makes all of it UTF-16; or as UTF-8."};
}

Result<void> Utf16LineEnds::take(char first, char second) {
  const char32_t unit = unit_of(first, second, is_little_endian_);
  if (is_open_ && !is_malayalam(unit)) return fail(error(*suspect_));
  // U+0A0D is no letter, but a line end of two single bytes; U+0A00 is the second half of one.
  const bool ends = first == '\n' || first == '\r';
  if (unit == 0x0A0D || unit == 0x0A00) return fail(error(ends ? at_ : suspect_.value_or(at_)));
  if (is_little_endian_ && ends && is_printable_ascii(static_cast<unsigned char>(second))) {
    suspect_ = at_;
  }
  // In the other order these are Malayalam letters, which stand among their like.
  is_open_ = !is_little_endian_ && (unit == 0x0D0A || unit == 0x0D00) && !is_malayalam(before_);
  if (is_open_) suspect_ = at_;
  before_ = unit;
  at_ += 2;
  return {};
}

Result<void> Utf16LineEnds::finish() const {
  if (is_open_) return fail(error(*suspect_));
  return {};
}

Result<void> Utf16LineEnds::feed(std::string_view piece) {
  if (piece.empty()) return {};
  std::size_t i = 0;
  if (half_) {
    TRY(take(*half_, piece[i++]));
    half_.reset();
  }
  for (; i + 2 <= piece.size(); i += 2) TRY(take(piece[i], piece[i + 1]));
  if (i < piece.size()) half_ = piece[i];
  return {};
}

}  // namespace sluice::ingest
