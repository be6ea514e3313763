#include "ingest/json/json_reader.h"

#include <boost/json/basic_parser_impl.hpp>

#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/error_codes.h"
#include "ingest/json/json_handler.h"

namespace sluice::ingest {
namespace {

using Parser = boost::json::basic_parser<JsonHandler>;

boost::json::parse_options options() {
  boost::json::parse_options chosen;  // No comments, no trailing commas, no invalid UTF-8.
  chosen.max_depth = json_depth_max;
  return chosen;
}

/// Feeds a parser, going on with a new document after each where the format has many.
class Feeder {
 public:
  Feeder(Format format, JsonKeys& keys, JsonSink& sink)
      : format_(format), parser_(options(), format, keys, sink) {}

  Result<void> feed(std::string_view piece) {
    if (base_ == 0 && piece.starts_with(utf8_bom)) skip(piece, utf8_bom.size());
    while (!piece.empty()) {
      if (!in_document_) {
        const std::size_t start = piece.find_first_not_of(" \t\r\n");
        skip(piece, start == std::string_view::npos ? piece.size() : start);
        if (piece.empty()) return {};
        if (documents_ > 0 && format_ != Format::ndjson) return fail(extra());
        in_document_ = true;
      }
      boost::json::error_code code;
      const std::size_t used = parser_.write_some(true, piece.data(), piece.size(), code);
      skip(piece, used);
      if (code) return fail(error_at(code));
      if (parser_.done()) {
        ++documents_;
        in_document_ = false;
        parser_.reset();
      }
    }
    return {};
  }

  Result<JsonFields> finish() {
    if (in_document_) {
      return fail(Errc::unprocessable, Code::json_syntax,
                  "The JSON ends too early, at byte " + std::to_string(base_) + ".",
                  "It seems cut off; send it again.");
    }
    if (format_ == Format::records && !parser_.handler().saw_records()) {
      return fail(Errc::invalid_argument, Code::json_missing_field,
                  "The body has no field /records.", "Send {\"name\": …, \"records\": […]}.");
    }
    return std::move(parser_.handler().fields());
  }

 private:
  void skip(std::string_view& piece, std::size_t bytes) {
    piece.remove_prefix(bytes);
    base_ += bytes;
  }

  Error extra() const {
    return Error{Errc::unprocessable, Code::json_syntax,
                 "Something follows the JSON value, at byte " + std::to_string(base_) + ".",
                 "Send one array, or one object per line."};
  }

  Error error_at(boost::json::error_code code) {
    const std::string where = " (byte " + std::to_string(base_) + ").";
    if (std::optional<Error>& refused = parser_.handler().error(); refused) {
      Error error = std::move(*refused);
      if (error.kind == Errc::unprocessable || error.kind == Errc::invalid_argument ||
          error.kind == Errc::too_large) {
        error.detail += where;
      }
      return error;
    }
    using boost::json::error;
    if (code == error::too_deep) {
      return Error{Errc::too_large, Code::json_too_deep,
                   "The JSON is nested deeper than " + std::to_string(json_depth_max) +
                       " levels (json_depth_max)" + where,
                   "Flatten it, or send the inner part as text."};
    }
    if (code == error::exponent_overflow) {
      return Error{Errc::unprocessable, Code::json_number_too_large,
                   "A number's exponent is beyond 2147483647" + where, "Send it as a string."};
    }
    if (code == error::string_too_large || code == error::key_too_large) {
      return Error{
          Errc::too_large,
          code == error::key_too_large ? Code::json_key_too_long : Code::json_cell_too_long,
          code == error::key_too_large
              ? "A key is longer than " + std::to_string(json_key_bytes_max) +
                    " bytes (json_key_bytes_max)" + where
              : "A string is longer than " + std::to_string(cell_bytes_max) +
                    " bytes (cell_bytes_max)" + where,
          {}};
    }
    return Error{Errc::unprocessable, Code::json_syntax, "Not JSON: " + code.message() + where,
                 "Look at that byte. NaN, Infinity, comments and trailing commas are not JSON."};
  }

  Format format_;
  Parser parser_;
  std::uint64_t base_ = 0;
  std::int64_t documents_ = 0;
  bool in_document_ = false;
};

}  // namespace

std::size_t JsonKeys::column_of(std::string_view key, std::size_t next) {
  if (next < names_.size() && names_[next] == key) return next;
  if (const auto found = columns_.find(key); found != columns_.end()) return found->second;
  names_.emplace_back(key);
  columns_.emplace(names_.back(), names_.size() - 1);
  return names_.size() - 1;
}

Result<JsonFields> read_json(const std::filesystem::path& path, Format format, JsonKeys& keys,
                             JsonSink& sink, const std::stop_token& stop,
                             IngestProgress* progress) {
  Feeder feeder(format, keys, sink);
  TextCheck text;
  const auto feed = [&](std::string_view piece) -> Result<void> {
    if (progress != nullptr) progress->bytes_read += static_cast<std::int64_t>(piece.size());
    TRY(text.feed(piece));
    return feeder.feed(piece);
  };
  TRY(read_pieces(path, stop, feed));
  TRY(text.finish());
  return feeder.finish();
}

}  // namespace sluice::ingest
