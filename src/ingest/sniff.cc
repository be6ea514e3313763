#include "ingest/sniff.h"

#include <cstring>

namespace sluice::ingest {
namespace {

struct Magic {
  std::string_view bytes;
  const char* what;
  const char* remedy;
};

constexpr const char* excel_remedy =
    "Excel comes with the next release; export the sheet as CSV (UTF-8).";
constexpr const char* unpack_remedy = "Unpack it and upload the CSV or JSON file inside.";
constexpr const char* utf8_remedy = "Save it as UTF-8 and upload it again.";

using namespace std::string_view_literals;
constexpr Magic magics[] = {
    {"PK\x03\x04"sv, "a zip archive, which .xlsx, .xlsb and .ods files are too", excel_remedy},
    {"PK\x05\x06"sv, "an empty zip archive", unpack_remedy},
    {"\xD0\xCF\x11\xE0"sv, "an old Microsoft Office file (.xls)", excel_remedy},
    {"PAR1"sv, "a Parquet file", "Upload CSV or JSON; Parquet is not read yet."},
    {"\x1F\x8B"sv, "a gzip file", unpack_remedy},
    {"\x28\xB5\x2F\xFD"sv, "a zstd file", unpack_remedy},
    {"BZh"sv, "a bzip2 file", unpack_remedy},
    {"\xFD\x37zXZ"sv, "an xz file", unpack_remedy},
    {"7z\xBC\xAF"sv, "a 7z archive", unpack_remedy},
    {"%PDF-"sv, "a PDF document", "Export its table as CSV."},
    {"SQLite format 3\0"sv, "a SQLite database", "Export the table as CSV."},
    {"\xFF\xFE\0\0"sv, "UTF-32 text", utf8_remedy},
    {"\xFF\xFE"sv, "UTF-16 text", utf8_remedy},
    {"\xFE\xFF"sv, "UTF-16 text", utf8_remedy},
};

Error text_error(const char* code, const std::string& what, std::uint64_t at, const char* remedy) {
  return Error{Errc::unprocessable, code, what + " at byte " + std::to_string(at) + ".", remedy};
}

}  // namespace

std::string_view name_of(Format format) {
  switch (format) {
    case Format::csv:
      return "csv";
    case Format::json:
      return "json";
    case Format::ndjson:
      return "ndjson";
    case Format::records:
      return "records";
  }
  return "csv";
}

Result<Format> sniff_format(std::string_view head, std::optional<Format> hint) {
  for (const Magic& magic : magics) {
    if (head.starts_with(magic.bytes)) {
      return fail(Errc::unprocessable, "unsupported_format",
                  std::string("The file is ") + magic.what + ", not CSV or JSON.", magic.remedy);
    }
  }
  if (head.size() >= 4 && (head[0] == 0) != (head[1] == 0) && (head[0] == 0) == (head[2] == 0)) {
    return fail(Errc::unprocessable, "unsupported_format",
                "The file is UTF-16 text without a byte order mark.", utf8_remedy);
  }
  if (head.starts_with(utf8_bom)) head.remove_prefix(utf8_bom.size());
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    return fail(Errc::unprocessable, "no_columns", "The file is empty.",
                "Upload a file with a header or records.");
  }
  if (hint == Format::csv) return Format::csv;
  const std::size_t next = head.find_first_not_of(" \t\r\n", start + 1);
  const char second = next == std::string_view::npos ? '\0' : head[next];
  if (head[start] == '[') {
    // `[1,2]` and `["a"]` are JSON of the wrong shape, and better told so than read as CSV.
    if (std::string_view("{]\"0123456789-tfn[").find(second) != std::string_view::npos) {
      return Format::json;
    }
  } else if (head[start] == '{' && (second == '"' || second == '}')) {
    return Format::ndjson;
  }
  return hint.value_or(Format::csv);
}

Result<void> TextCheck::feed(std::string_view piece) {
  if (const void* nul = std::memchr(piece.data(), 0, piece.size()); nul != nullptr) {
    const std::size_t at = static_cast<std::size_t>(static_cast<const char*>(nul) - piece.data());
    return fail(text_error("nul_byte", "The file is not text: there is a NUL byte", fed_ + at,
                           "Save it as UTF-8 text and upload it again."));
  }
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (expected_ == 0) {
      std::uint64_t word = 0;
      while (i + 8 <= piece.size()) {
        std::memcpy(&word, piece.data() + i, 8);
        if ((word & 0x8080808080808080ULL) != 0) break;
        i += 8;
      }
      if (i == piece.size()) break;
    }
    const unsigned char c = static_cast<unsigned char>(piece[i]);
    bool ok = true;
    if (expected_ > 0) {
      ok = c >= low_ && c <= high_;
      low_ = 0x80;
      high_ = 0xBF;
      --expected_;
    } else if (c >= 0x80) {
      ok = c >= 0xC2 && c <= 0xF4;
      expected_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
      // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
      low_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
      high_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    }
    if (!ok) {
      return fail(text_error("invalid_utf8", "The file is not UTF-8: there is an invalid sequence",
                             fed_ + i,
                             "Save it as UTF-8 (it may be Latin-1 or Windows-1252 now)."));
    }
  }
  fed_ += piece.size();
  return {};
}

Result<void> TextCheck::finish() const {
  if (expected_ == 0) return {};
  return fail(text_error("invalid_utf8", "The file ends within a UTF-8 sequence", fed_,
                         "It seems cut off; upload it again."));
}

}  // namespace sluice::ingest
