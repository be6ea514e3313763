#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/utf8.h"
#include "ingest/ingest.h"

namespace sluice::ingest {

inline constexpr std::string_view utf8_bom = "\xEF\xBB\xBF";

enum class Compression { none, gzip, zstd, bzip2, xz };
std::string_view name_of(Compression compression);
/// By the first bytes.
Compression sniff_compression(std::string_view head);

/// The encoding that a byte order mark or the pattern of NUL bytes tells (utf16_text.h), as iconv
/// names it; `utf-8` where neither does.
std::string sniff_encoding(std::string_view head);

/// What the first bytes of a file say it is. Refuses by name what Sluice does not read
/// (other_formats.h, `unsupported_format`), what is nearly JSON (`json_syntax`), and nothing at all
/// (`no_columns`). `head` starts at byte 0 and is UTF-8 where it is text.
Result<Format> sniff_format(std::string_view head, std::optional<Format> hint);

/// Checks text fed in pieces, in their order and by one thread: UTF-8 (RFC 3629) and no NUL byte.
/// Remembers a sequence cut by a piece's end.
class TextCheck {
 public:
  /// Positions in errors count from `offset` before the first byte fed.
  explicit TextCheck(std::uint64_t offset = 0) : fed_(offset) {}

  /// Error `invalid_utf8` or `nul_byte` with the position from the start of all that was fed.
  Result<void> feed(std::string_view piece);
  /// A sequence must not be cut by the end.
  Result<void> finish() const;

 private:
  std::uint64_t fed_;
  Utf8Check utf8_;
};

}  // namespace sluice::ingest
