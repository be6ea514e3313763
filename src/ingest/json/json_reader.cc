#include "ingest/json/json_reader.h"

#include <algorithm>

#include <boost/json/basic_parser_impl.hpp>

#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/json/json_fault.h"
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
  Feeder(const std::filesystem::path& file, Format format, JsonKeys& keys, JsonSink& sink,
         const std::vector<std::string>& path)
      : file_(file), format_(format), path_(path), parser_(options(), format, keys, sink, path) {}

  Result<void> feed(std::string_view piece) {
    if (base_ == 0 && piece.starts_with(utf8_bom)) skip(piece, utf8_bom.size());
    while (!piece.empty()) {
      if (!in_document_) {
        const std::size_t start = piece.find_first_not_of(" \t\r\n");
        skip(piece, start == std::string_view::npos ? piece.size() : start);
        if (piece.empty()) return {};
        if (documents_ > 0 && format_ != Format::ndjson) return fail(extra());
        in_document_ = true;
        document_at_ = base_;
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

  /// Bytes that are not for the parser.
  void pass(std::size_t bytes) { base_ += bytes; }

  Result<JsonFields> finish(bool is_cut) {
    if (in_document_ && !is_cut) {
      const std::string open = open_at_end(file_, document_at_);
      return fail(
          Errc::unprocessable, Code::json_syntax,
          "The JSON ends too early, at " + place() + (open.empty() ? "" : ", " + open) + ".",
          "It seems cut off; send it again, or take the line out.");
    }
    // Of a document that is cut the records may come behind the cut.
    const bool may_come = in_document_ && is_cut;
    if (!path_.empty() && !parser_.handler().saw_records() && !may_come) return fail(not_found());
    parser_.handler().fields().beside = parser_.handler().beside();
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

  /// How many lines begin before `at`, the first included; 0 where the file cannot be read again.
  std::uint64_t line_of(std::uint64_t at) const {
    std::uint64_t line = 1;
    std::uint64_t left = at;
    const auto count = [&](std::string_view piece) -> Result<void> {
      piece = piece.substr(0, left);
      left -= piece.size();
      line += static_cast<std::uint64_t>(std::ranges::count(piece, '\n'));
      return {};
    };
    return read_pieces(file_, {}, count) ? line : 0;
  }

  /// Where the parser stands, in words. Lines are counted here, where it has failed, and not on the
  /// way.
  std::string place() const {
    const std::string byte = "byte " + std::to_string(base_);
    const std::uint64_t line = line_of(base_);
    const std::uint64_t record_line = format_ == Format::ndjson ? line_of(document_at_) : line;
    if (line == 0 || (line == 1 && format_ != Format::ndjson)) return byte;
    if (line == record_line) return "line " + std::to_string(line) + ", " + byte;
    return byte + ", in the record that begins in line " + std::to_string(record_line);
  }

  Error not_found() {
    std::string keys;
    for (const std::string& key : parser_.handler().beside()) {
      keys += (keys.empty() ? "" : ", ") + shown(key);
    }
    return Error{Errc::unprocessable, Code::json_records_path,
                 "There is no array of records at the path that records_path names.",
                 keys.empty() ? "Leave the option out, or name the keys that lead to the records."
                              : "There are the keys " + keys + "."};
  }

  Error extra() const {
    return Error{Errc::unprocessable, Code::json_syntax,
                 "Something follows the JSON value, at " + place() + ".",
                 "Send one array, or one object per line."};
  }

  Error error_at(boost::json::error_code code) {
    const std::string where = " (" + place() + ").";
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
    return syntax_error(code, where);
  }

  Error syntax_error(boost::json::error_code code, const std::string& where) const {
    std::optional<JsonFault> fault;
    if (code == boost::json::error::syntax) {
      if (auto found = find_fault(file_, document_at_, base_)) fault = *std::move(found);
    }
    std::string remedy = fault ? fault->remedy : "Look at that byte.";
    if (format_ == Format::ndjson && path_.empty()) {
      remedy +=
          " A line of other text goes to the rejects only where each record is a line, and most "
          "lines are records.";
    }
    return Error{Errc::unprocessable, Code::json_syntax,
                 "Not JSON: " + (fault ? fault->what : code.message()) + where, std::move(remedy)};
  }

  const std::filesystem::path& file_;
  Format format_;
  const std::vector<std::string>& path_;
  Parser parser_;
  std::uint64_t base_ = 0;
  std::uint64_t document_at_ = 0;  ///< Where the value began that is being read, or was last.
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

std::vector<std::string> parse_records_path(std::string_view text) {
  if (text.starts_with("$.")) text.remove_prefix(2);  // As JSONPath has it.
  const bool is_pointer = text.starts_with('/');
  if (is_pointer) text.remove_prefix(1);
  std::vector<std::string> keys(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = is_pointer && text[i] == '~' && i + 1 < text.size();
    if (text[i] == (is_pointer ? '/' : '.')) {
      keys.emplace_back();
    } else if (is_escape) {
      keys.back() += text[++i] == '1' ? '/' : '~';
    } else {
      keys.back() += text[i];
    }
  }
  for (const std::string& key : keys) {
    if (key.empty()) return {};
  }
  return keys;
}

Result<JsonFields> read_json(const std::filesystem::path& path, Format format, JsonKeys& keys,
                             JsonSink& sink, const std::stop_token& stop, IngestProgress* progress,
                             const std::vector<std::string>& records_path,
                             const std::vector<ByteRange>& left_out, bool is_cut) {
  Feeder feeder(path, format, keys, sink, records_path);
  TextCheck text;
  auto next = left_out.begin();
  std::uint64_t at = 0;
  const auto feed = [&](std::string_view piece) -> Result<void> {
    if (progress != nullptr) progress->bytes_read += static_cast<std::int64_t>(piece.size());
    TRY(text.feed(piece));
    while (!piece.empty()) {
      const bool is_left_out = next != left_out.end() && at >= next->begin;
      const std::uint64_t end = next == left_out.end() ? UINT64_MAX
                                : is_left_out          ? next->end
                                                       : next->begin;
      const std::string_view part = piece.substr(0, end - at);
      if (is_left_out) {
        feeder.pass(part.size());
      } else {
        TRY(feeder.feed(part));
      }
      at += part.size();
      piece.remove_prefix(part.size());
      if (is_left_out && at == end) ++next;
    }
    return {};
  };
  TRY(read_pieces(path, stop, feed));
  if (!is_cut) TRY(text.finish());
  return feeder.finish(is_cut);
}

}  // namespace sluice::ingest
