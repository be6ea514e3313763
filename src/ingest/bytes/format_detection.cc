#include "ingest/bytes/format_detection.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "ingest/bytes/nearly_json.h"
#include "ingest/bytes/other_formats.h"
#include "ingest/bytes/utf16_text.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

Error text_error(Code code, const std::string& what, std::uint64_t at, const char* remedy) {
  return Error{Errc::unprocessable, code, what + " at byte " + std::to_string(at) + ".", remedy};
}

tl::unexpected<Error> unsupported(const OtherFormat& format) {
  return fail(Errc::unprocessable, Code::unsupported_format,
              "The file is " + std::string(format.name) + ", not a table that Sluice reads.",
              std::string(format.remedy));
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
    case Format::excel:
      return "excel";
    case Format::parquet:
      return "parquet";
  }
  return "csv";
}

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::bzip2:
      return "bzip2";
    case Compression::xz:
      return "xz";
    case Compression::none:
      break;
  }
  return "none";
}

Compression sniff_compression(std::string_view head) {
  if (head.starts_with("\x1F\x8B"sv)) return Compression::gzip;
  if (head.starts_with("\x28\xB5\x2F\xFD"sv)) return Compression::zstd;
  if (head.starts_with("\xFD\x37zXZ\0"sv)) return Compression::xz;
  // `BZh` and a digit, then a block's mark or that of the end: pi, and its root.
  const std::string_view mark = head.substr(std::min<std::size_t>(head.size(), 4)).substr(0, 6);
  if (head.starts_with("BZh") && (mark == "1AY&SY" || mark == "\x17\x72\x45\x38\x50\x90"sv)) {
    return Compression::bzip2;
  }
  return Compression::none;
}

std::string sniff_encoding(std::string_view head) {
  if (head.starts_with("\xFF\xFE\0\0"sv)) return "utf-32le";
  if (head.starts_with("\0\0\xFE\xFF"sv)) return "utf-32be";
  if (head.starts_with("\xFF\xFE"sv)) return "utf-16le";
  if (head.starts_with("\xFE\xFF"sv)) return "utf-16be";
  // Text in Latin letters has every other byte 0.
  if (head.size() >= 4 && (head[0] == 0) != (head[1] == 0) && (head[0] == 0) == (head[2] == 0) &&
      (head[1] == 0) == (head[3] == 0)) {
    return head[0] == 0 ? "utf-16be" : "utf-16le";
  }
  const std::string_view unmarked = unmarked_utf16(head);
  return unmarked.empty() ? "utf-8" : std::string(unmarked);
}

Result<Format> sniff_format(std::string_view head, std::optional<Format> hint) {
  if (head.starts_with("PAR1"sv) || head.starts_with("PARE"sv)) return Format::parquet;
  if (head.starts_with("PK\x03\x04"sv) || head.starts_with("\xD0\xCF\x11\xE0"sv)) {
    return Format::excel;
  }
  if (const auto other = other_binary_format(head)) return unsupported(*other);
  if (head.starts_with(utf8_bom)) head.remove_prefix(utf8_bom.size());
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    return fail(Errc::unprocessable, Code::no_columns, "The file is empty.",
                "Upload a file with a header or records.");
  }
  const std::string_view text = head.substr(start);
  if (const auto markup = markup_format(text)) return unsupported(*markup);
  if (const auto other = other_text_format(text)) return unsupported(*other);
  if (hint == Format::csv) return Format::csv;
  if (const auto nearly = nearly_json(text)) {
    return fail(Errc::unprocessable, Code::json_syntax,
                "The file looks like JSON, but " + std::string(nearly->fault) + ".",
                std::string(nearly->remedy));
  }
  if (!hint && is_lone_json_value(text)) {
    return fail(Errc::unprocessable, Code::json_not_an_array,
                "The file is one JSON value, " + shown(trimmed(text)) + ", and no records.",
                "Send an array of objects, one object per line, or a CSV with rows.");
  }
  const std::size_t next = head.find_first_not_of(" \t\r\n", start + 1);
  const char second = next == std::string_view::npos ? '\0' : head[next];
  if (head[start] == '[') {
    // `[1,2]` and `["a"]` are JSON of the wrong shape, and better told so than read as CSV.
    // But `[name],[price]` is a header, though null begins as it does.
    const std::string_view rest = head.substr(std::min(next, head.size()));
    const bool is_word =
        rest.starts_with("true") || rest.starts_with("false") || rest.starts_with("null");
    if (is_word || std::string_view("{]\"0123456789-[").find(second) != std::string_view::npos) {
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
    return fail(text_error(Code::nul_byte, "The file is not text: there is a NUL byte", fed_ + at,
                           "Save it as UTF-8 text and upload it again."));
  }
  if (const std::size_t wrong = utf8_.feed(piece); wrong != std::string_view::npos) {
    return fail(text_error(Code::invalid_utf8,
                           "The file is not UTF-8: there is an invalid sequence", fed_ + wrong,
                           "Save it as UTF-8, or name its encoding (encoding)."));
  }
  fed_ += piece.size();
  return {};
}

Result<void> TextCheck::finish() const {
  if (!utf8_.is_within_character()) return {};
  return fail(text_error(Code::invalid_utf8, "The file ends within a UTF-8 sequence", fed_,
                         "It seems cut off; upload it again."));
}

}  // namespace sluice::ingest
