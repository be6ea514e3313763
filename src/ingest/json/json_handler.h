#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ingest/json/json_bounds.h"
#include "ingest/json/json_reader.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {

/// Boost.JSON's events → cells of records. One object serves all documents of an NDJSON file.
class JsonHandler : public JsonBounds {
 public:
  /// `path`: the keys that lead to the array of records, of which Format::ndjson may have some.
  JsonHandler(Format format, JsonKeys& keys, JsonSink& sink, std::vector<std::string> path = {});

  bool on_document_begin(ParseError&) { return true; }
  bool on_document_end(ParseError&) { return true; }
  bool on_array_begin(ParseError& code);
  bool on_array_end(std::size_t, ParseError& code);
  bool on_object_begin(ParseError& code);
  bool on_object_end(std::size_t, ParseError& code);
  bool on_string_part(View part, std::size_t, ParseError&) { return keep(part); }
  bool on_string(View rest, std::size_t, ParseError& code) {
    return scalar(JsonKind::string, whole(rest), code);
  }
  bool on_key_part(View part, std::size_t, ParseError&) { return keep(part); }
  bool on_key(View rest, std::size_t, ParseError& code);
  bool on_number_part(View part, ParseError& code);
  bool on_int64(std::int64_t, View rest, ParseError& code) { return number(rest, code); }
  bool on_uint64(std::uint64_t, View rest, ParseError& code) { return number(rest, code); }
  bool on_double(double, View rest, ParseError& code) { return number(rest, code); }
  bool on_bool(bool value, ParseError& code) {
    return scalar(JsonKind::boolean, value ? "true" : "false", code);
  }
  bool on_null(ParseError& code) { return scalar(JsonKind::null, {}, code); }
  bool on_comment_part(View, ParseError&) { return true; }
  bool on_comment(View, ParseError&) { return true; }

  /// Why the last event was refused; its `detail` still lacks the position.
  std::optional<Error>& error() { return error_; }
  JsonFields& fields() { return fields_; }
  /// Keys that stand beside the path, as far as a person wants to read them.
  const std::vector<std::string>& beside() const { return beside_; }
  bool saw_records() const { return saw_records_; }
  std::int64_t records() const { return records_; }

 private:
  /// A part of a text.
  struct Span {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  /// An object or array inside a record.
  struct Level {
    bool is_array = false;
    bool empty = true;
    /// Its first keys, as they stand in `nested_text_`: most objects have no more, and comparing
    /// them is cheaper than keeping a set.
    std::vector<Span> first_keys;
    std::unordered_set<std::string> more_keys;
  };

  bool keep(View part) {
    text_.append(part.data(), part.size());
    partial_ = true;
    return true;
  }
  std::string_view whole(View rest);
  bool number(View rest, ParseError& code) { return scalar(JsonKind::number, whole(rest), code); }
  bool scalar(JsonKind kind, std::string_view text, ParseError& code);
  bool envelope_value(JsonKind kind, std::string_view text, ParseError& code);
  bool record_key(std::string_view key, ParseError& code);
  bool nested_key(std::string_view key, ParseError& code);
  bool envelope_key(std::string_view key, ParseError& code);
  bool open_on_path(bool is_array, ParseError& code);
  bool path_key(std::string_view key, ParseError& code);
  bool path_scalar(JsonKind kind, ParseError& code);
  bool wrong_on_path(std::string_view what, ParseError& code);
  bool open_nested(bool is_array, ParseError& code);
  bool close_nested(ParseError& code);
  void separate();
  void append_quoted(std::string_view text);
  /// Whether the innermost object has the key already that stands at the end of `nested_text_`.
  bool has_key(Level& level, std::size_t begin) const;
  bool emit(JsonKind kind, std::string_view text, ParseError& code);
  bool refuse(ParseError& code, Errc kind, ErrorCode error_code, std::string detail,
              std::string remedy);
  bool not_an_object(ParseError& code);
  bool too_long(ParseError& code);
  bool nul_character(ParseError& code);

  Format format_;
  std::size_t row_depth_;  ///< Containers around a record.
  JsonKeys& keys_;
  JsonSink& sink_;
  std::size_t depth_ = 0;  ///< Open containers, without those that are skipped.
  std::vector<std::string> path_;
  std::size_t skipped_ = 0;      ///< Open containers beside the path.
  bool on_path_ = false;         ///< The last key was the path's.
  std::vector<bool> path_seen_;  ///< Per key of the path: its object had it already.
  std::vector<std::string> beside_;
  std::int64_t records_ = 0;
  std::string text_;  ///< The parts of a string, key or number cut by a piece's end.
  std::string done_;  ///< Such a string once it is complete; what `whole` gave lives here.
  bool partial_ = false;
  std::size_t column_ = 0;
  std::size_t next_column_ = 0;
  std::vector<std::int64_t> seen_in_;  ///< Per column, the last record that had its key.
  std::vector<Level> levels_;          ///< As many as were ever open; kept for their memory.
  std::size_t nested_ = 0;             ///< How many of `levels_` are open.
  std::string nested_text_;
  std::string field_;  ///< The body's current field.
  std::unordered_set<std::string> seen_fields_;
  bool saw_records_ = false;
  JsonFields fields_;
  std::optional<Error> error_;
};

}  // namespace sluice::ingest
