#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ingest/bytes/encoding_abi.h"

namespace sluice::ingest {

/// How often an encoding is met: points beside those of its letters.
enum class Use { usual, common, rare, old };

/// An encoding that text may be in. Where chardetng does not know it, the text is rewritten as
/// `scored_as` (the same letters at other places) and asked for there.
struct EncodingCandidate {
  std::string_view name;  ///< As iconv names it, and as the decision says it.
  SluiceEncoding scored_as;
  Use use;
  bool is_single_byte;
  bool is_rewritten;
  /// The letters beyond ASCII of each language that is written in it; empty: they are not asked.
  std::span<const std::u32string_view> alphabets;
  /// `name` and its supersets, for a file that has what `name` lacks; empty: there are none.
  std::span<const std::string_view> wider;
};

/// All that are tried. Of those that give the same text, the first is named.
std::span<const EncodingCandidate> encoding_candidates();

/// What each of the bytes 80–FF means; 0: nothing.
using UpperHalf = std::array<char32_t, 128>;

/// As iconv has it; nothing where iconv lacks the encoding.
std::optional<UpperHalf> upper_half(std::string_view encoding);

/// `text` of an encoding with `from`, in another with `to`; nothing where a letter is missing.
std::optional<std::string> rewritten(std::string_view text, const UpperHalf& from,
                                     const UpperHalf& to);

}  // namespace sluice::ingest
