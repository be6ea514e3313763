#include "cli/exact_rows.h"

#include <limits>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "cli/error_codes.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;
using ParseError = boost::system::error_code;

/// Depths within the answer: its object is 1, `rows` 2, a row 3; what lies deeper is a nested cell.
constexpr int row_depth = 3;

/// Events of the parser; true means go on.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  bool on_document_begin(ParseError&) { return true; }
  bool on_document_end(ParseError&) { return true; }
  bool on_object_begin(ParseError&) { return open('{'); }
  bool on_object_end(std::size_t, ParseError&) { return close('}'); }
  bool on_array_begin(ParseError&) { return open('['); }
  bool on_array_end(std::size_t, ParseError&) { return close(']'); }
  bool on_key_part(std::string_view part, std::size_t, ParseError&) { return keep(part); }
  bool on_key(std::string_view part, std::size_t, ParseError&) {
    keep(part);
    if (depth_ == 1) in_rows_ = text_ == "rows";
    if (depth_ > row_depth) {
      separate();
      nested_ += json::serialize(json::value(text_)) + ":";
      first_ = true;
    }
    text_.clear();
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, ParseError&) { return keep(part); }
  bool on_string(std::string_view part, std::size_t, ParseError&) {
    keep(part);
    return scalar(depth_ > row_depth ? json::serialize(json::value(text_)) : text_);
  }
  bool on_number_part(std::string_view part, ParseError&) { return keep(part); }
  bool on_int64(std::int64_t, std::string_view part, ParseError&) { return number(part); }
  bool on_uint64(std::uint64_t, std::string_view part, ParseError&) { return number(part); }
  bool on_double(double, std::string_view part, ParseError&) { return number(part); }
  bool on_bool(bool value, ParseError&) { return scalar(value ? "true" : "false"); }
  bool on_null(ParseError&) { return scalar(depth_ > row_depth ? "null" : ""); }
  bool on_comment_part(std::string_view, ParseError&) { return true; }
  bool on_comment(std::string_view, ParseError&) { return true; }

  std::vector<std::vector<std::string>> rows;

 private:
  bool keep(std::string_view part) {
    text_ += part;
    return true;
  }
  bool number(std::string_view part) {
    keep(part);
    return scalar(text_);
  }
  void separate() {
    if (!first_) nested_ += ',';
    first_ = false;
  }
  bool open(char mark) {
    ++depth_;
    if (!in_rows_) return true;
    if (depth_ == row_depth) rows.emplace_back();
    if (depth_ > row_depth) {
      if (depth_ == row_depth + 1) first_ = true;
      separate();
      nested_ += mark;
      first_ = true;
    }
    return true;
  }
  bool close(char mark) {
    --depth_;
    if (!in_rows_ || depth_ < row_depth) return true;
    nested_ += mark;
    first_ = false;
    if (depth_ == row_depth) {
      rows.back().push_back(std::move(nested_));
      nested_.clear();
    }
    return true;
  }
  bool scalar(const std::string& shown) {
    if (in_rows_ && depth_ == row_depth) rows.back().push_back(shown);
    if (in_rows_ && depth_ > row_depth) {
      separate();
      nested_ += shown;
    }
    text_.clear();
    return true;
  }

  int depth_ = 0;
  bool in_rows_ = false;
  bool first_ = true;
  std::string text_;
  std::string nested_;
};

}  // namespace

Result<std::vector<std::vector<std::string>>> exact_rows(std::string_view body) {
  json::parse_options options;
  options.max_depth = 128;
  json::basic_parser<Handler> parser(options);
  ParseError code;
  const std::size_t taken = parser.write_some(false, body.data(), body.size(), code);
  if (code || taken != body.size()) {
    return fail(Errc::internal, Code::bad_answer, "The server's answer is not JSON.");
  }
  return std::move(parser.handler().rows);
}

}  // namespace sluice::cli
