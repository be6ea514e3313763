#include "ingest/bytes/twice_decoded.h"

#include <utf8proc.h>

#include <algorithm>
#include <optional>

#include "base/utf8.h"
#include "ingest/bytes/encoding_candidates.h"

namespace sluice::ingest {
namespace {

/// One might be meant: `É”` is a letter and a quotation mark.
constexpr std::size_t runs_min = 2;

/// The byte that was taken for `letter`; nothing where none could be.
std::optional<char> byte_of(char32_t letter, const UpperHalf& half) {
  const auto* const found = std::ranges::find(half, letter);
  if (letter >= 0x80 && found != half.end())
    return static_cast<char>(0x80 + (found - half.begin()));
  // Bytes that Windows-1252 lacks are often passed on as they are.
  if (letter >= 0x80 && letter < 0xA0) return static_cast<char>(letter);
  return std::nullopt;
}

}  // namespace

std::string twice_decoded_note(std::string_view head) {
  // Ã, Â, â, Ð …: what the first bytes of most letters and signs become.
  if (head.find('\xC3') == head.npos) return {};
  const std::optional<UpperHalf> half = upper_half("windows-1252");
  if (!half) return {};
  std::size_t runs = 0;
  std::string run;  // The bytes of letters beyond ASCII that stand together.
  const auto* text = reinterpret_cast<const utf8proc_uint8_t*>(head.data());
  for (std::size_t at = 0; at <= head.size();) {
    utf8proc_int32_t letter = '\n';
    utf8proc_ssize_t bytes = 1;
    if (at < head.size()) {
      bytes = utf8proc_iterate(text + at, static_cast<utf8proc_ssize_t>(head.size() - at), &letter);
    }
    if (bytes < 0) {
      // Damaged, or cut by the end of what is looked at: that run is not known.
      if (at + 4 < head.size()) return {};
      break;
    }
    at += static_cast<std::size_t>(bytes);
    if (letter >= 0x80 && letter != 0xFEFF) {
      const std::optional<char> byte = byte_of(static_cast<char32_t>(letter), *half);
      if (!byte) return {};
      run += *byte;
      continue;
    }
    if (!run.empty() && !is_utf8(run)) return {};
    runs += run.empty() ? 0 : 1;
    run.clear();
  }
  if (runs < runs_min) return {};
  return "The text looks as if UTF-8 had been taken for Windows-1252 (Ã¼ for ü) before it was "
         "saved. It is kept as it is; if it is so, export it again as UTF-8.";
}

}  // namespace sluice::ingest
