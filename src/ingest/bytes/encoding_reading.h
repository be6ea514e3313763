#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ingest/bytes/encoding_candidates.h"

namespace sluice::ingest {

/// What a sample says when it is read in one encoding of single bytes, beside how frequent its
/// pairs of letters are.
struct TextLook {
  std::int64_t signs = 0;   ///< Points: signs that stand where they do, less those within words.
  std::int64_t strays = 0;  ///< Letters that the likeliest language does not have.
};

/// Nothing where a byte means nothing, or a control character.
std::optional<TextLook> look_of(std::string_view sample, const UpperHalf& half,
                                std::span<const std::u32string_view> alphabets);

}  // namespace sluice::ingest
