#pragma once

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace sluice::ingest {

/// What the bytes of a text tell of its encoding. All of the file but for `sample`, which is
/// bounded.
struct EncodingSurvey {
  std::uint64_t bytes = 0;
  std::uint64_t utf8_sequences = 0;  ///< Right ones, of more than one byte,
  std::uint64_t utf8_in_words = 0;   ///< and those of them beside a small letter of ASCII.
  std::uint64_t not_utf8 = 0;        ///< Places where no sequence can go on or begin.
  std::optional<std::uint64_t> first_not_utf8;
  bool ends_within_sequence =
      false;              ///< After a continuation byte: cut off, and not a last letter.
  std::bitset<256> seen;  ///< Of the bytes 80–FF.
  std::string sample;     ///< Words that have such bytes, with what ends each.
};

/// Reads the whole file once; memory is that of the sample. Where it `is_cut`, the last word, which
/// may end within a letter, is left out of the sample.
Result<EncodingSurvey> survey_encoding(const std::filesystem::path& path,
                                       const std::stop_token& stop, bool is_cut = false);

}  // namespace sluice::ingest
