#include "ingest/bytes/single_byte_text.h"

#include <algorithm>
#include <cstring>

#include "ingest/bytes/ascii_run.h"
#include "ingest/bytes/encoding_candidates.h"

namespace sluice::ingest {
namespace {

/// No letter of these has more bytes in UTF-8: all are of the first 65,536.
constexpr std::size_t letter_bytes_max = 3;

/// Those that Sluice names itself, without windows-1255, where a letter and a mark may join.
bool is_known(std::string_view encoding) {
  if (encoding == "iso-8859-1" || encoding == "koi8-r") return true;
  return encoding != "windows-1255" &&
         std::ranges::any_of(encoding_candidates(), [&](const EncodingCandidate& candidate) {
           return candidate.is_single_byte && candidate.name == encoding;
         });
}

}  // namespace

std::optional<SingleByteText> SingleByteText::of(std::string_view encoding) {
  if (!is_known(encoding)) return std::nullopt;
  const std::optional<UpperHalf> half = upper_half(encoding);
  if (!half) return std::nullopt;
  SingleByteText text;
  for (std::size_t i = 0; i < half->size(); ++i) {
    const char32_t c = half->at(i);
    if (c == 0) continue;
    if (c < 0x80 || c > 0xFFFF) return std::nullopt;
    Letter& letter = text.letters_.at(i);
    const auto put = [&letter](char32_t byte) {
      letter.bytes.at(letter.size++) = static_cast<char>(byte);
    };
    if (c < 0x800) {
      put(0xC0 | c >> 6U);
    } else {
      put(0xE0 | c >> 12U);
      put(0x80 | (c >> 6U & 0x3F));
    }
    put(0x80 | (c & 0x3F));
  }
  return text;
}

std::string_view SingleByteText::take(std::string_view& piece, std::vector<char>& buffer) const {
  // Each letter is copied with the bytes that it might have.
  const std::size_t room = piece.size() * letter_bytes_max + sizeof(Letter::bytes);
  if (buffer.size() < room) buffer.resize(room);
  char* to = buffer.data();
  std::size_t at = 0;
  while (at < piece.size()) {
    const std::size_t high = next_beyond_ascii(piece, at);
    std::memcpy(to, piece.data() + at, high - at);
    to += high - at;
    at = high;
    if (at == piece.size()) break;
    const Letter& letter = letters_[static_cast<unsigned char>(piece[at]) - 0x80U];
    if (letter.size == 0) break;
    std::memcpy(to, letter.bytes.data(), letter.bytes.size());
    to += letter.size;
    ++at;
  }
  piece.remove_prefix(at);
  return {buffer.data(), static_cast<std::size_t>(to - buffer.data())};
}

}  // namespace sluice::ingest
