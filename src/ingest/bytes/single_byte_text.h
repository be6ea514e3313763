#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::ingest {

/// Text of an encoding with a letter for each byte, as UTF-8. The same as iconv makes of it, by a
/// table: iconv takes longer than all the rest of reading a text file does. For any thread.
class SingleByteText {
 public:
  /// Nothing where `encoding` is not among those that are known to be such, and to be ASCII below.
  static std::optional<SingleByteText> of(std::string_view encoding);

  /// Takes from the front of `piece` all that means something, and gives it as UTF-8, in `buffer`.
  std::string_view take(std::string_view& piece, std::vector<char>& buffer) const;

 private:
  /// A letter beyond ASCII in UTF-8.
  struct Letter {
    std::array<char, 4> bytes{};
    std::uint8_t size = 0;  ///< 0: the byte means nothing.
  };

  std::array<Letter, 128> letters_{};  ///< Of the bytes 80–FF.
};

}  // namespace sluice::ingest
