#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/ingest.h"

namespace sluice::ingest {

inline constexpr std::string_view utf8_bom = "\xEF\xBB\xBF";

/// What the first bytes of a file say it is. Refuses by name what is not UTF-8 text: Excel, zip,
/// gzip, Parquet, UTF-16, … (`unsupported_format`), and nothing at all (`no_columns`). `head`
/// starts at byte 0.
Result<Format> sniff_format(std::string_view head, std::optional<Format> hint);

/// Checks text fed in pieces: UTF-8 (RFC 3629) and no NUL byte. Remembers a sequence cut by a
/// piece's end.
class TextCheck {
 public:
  /// Error `invalid_utf8` or `nul_byte` with the position from the start of all that was fed.
  Result<void> feed(std::string_view piece);
  /// A sequence must not be cut by the end.
  Result<void> finish() const;

 private:
  std::uint64_t fed_ = 0;
  int expected_ = 0;  ///< Continuation bytes still to come.
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

}  // namespace sluice::ingest
