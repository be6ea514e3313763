#include "ingest/json/json_lines.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>

#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/json/json_bounds.h"
#include "ingest/json/json_fault.h"
#include "ingest/source_limits.h"
#include "ingest/write/reject_log.h"

namespace sluice::ingest {
namespace {

/// A wrong line is kept whole, as text.
constexpr std::size_t wrong_line_bytes_max = 1U << 20;

/// Boost.JSON's events of a line: whether its values are objects. Values are looked at by
/// JsonHandler, which refuses more than a line's syntax.
class ObjectCheck : public JsonBounds {
 public:
  bool on_document_begin(ParseError&) {
    depth_ = 0;
    return true;
  }
  bool on_document_end(ParseError&) { return true; }
  bool on_array_begin(ParseError& code) { return value(code) && ++depth_ > 0; }
  bool on_array_end(std::size_t, ParseError&) { return depth_-- > 0; }
  bool on_object_begin(ParseError&) { return ++depth_ > 0; }
  bool on_object_end(std::size_t, ParseError&) { return depth_-- > 0; }
  bool on_string_part(View, std::size_t, ParseError&) { return true; }
  bool on_string(View, std::size_t, ParseError& code) { return value(code); }
  bool on_key_part(View, std::size_t, ParseError&) { return true; }
  bool on_key(View, std::size_t, ParseError&) { return true; }
  bool on_number_part(View, ParseError&) { return true; }
  bool on_int64(std::int64_t, View, ParseError& code) { return value(code); }
  bool on_uint64(std::uint64_t, View, ParseError& code) { return value(code); }
  bool on_double(double, View, ParseError& code) { return value(code); }
  bool on_bool(bool, ParseError& code) { return value(code); }
  bool on_null(ParseError& code) { return value(code); }
  bool on_comment_part(View, ParseError&) { return true; }
  bool on_comment(View, ParseError&) { return true; }

  bool is_no_object() const { return is_no_object_; }
  void begin_line() { is_no_object_ = false; }

 private:
  /// Anything but an object.
  bool value(ParseError& code) {
    if (depth_ > 0) return true;
    is_no_object_ = true;
    code = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }

  std::size_t depth_ = 0;
  bool is_no_object_ = false;
};

/// What a line is, from its bytes in pieces.
class LineCheck {
 public:
  enum class Verdict { blank, right, wrong, cut };

  LineCheck() : parser_(options()) {}

  void feed(std::string_view text) {
    while (!text.empty() && !error_) {
      if (!in_value_) {
        const std::size_t blanks = std::min(text.find_first_not_of(" \t\r"), text.size());
        text.remove_prefix(blanks);
        parsed_ += blanks;
        if (text.empty()) return;
        if (first_ == '\0') first_ = text.front();
        in_value_ = true;
      }
      boost::json::error_code code;
      const std::size_t used = parser_.write_some(true, text.data(), text.size(), code);
      text.remove_prefix(used);
      parsed_ += used;
      if (code) {
        error_ = code;
      } else if (parser_.done()) {
        in_value_ = false;
        parser_.reset();
      }
    }
  }

  /// The next line begins afresh.
  Verdict end() {
    boost::json::error_code code;
    // A number ends only where nothing follows.
    if (in_value_ && !error_) parser_.write_some(false, "", 0, code);
    if (code) error_ = code;
    Verdict verdict = Verdict::right;
    if (first_ == '\0') verdict = Verdict::blank;
    if (error_ && !is_limit(*error_)) {
      verdict = *error_ == boost::json::error::incomplete ? Verdict::cut : Verdict::wrong;
    }
    is_no_object_ = parser_.handler().is_no_object();
    message_ = error_ ? error_->message() : std::string();
    parser_.handler().begin_line();
    parser_.reset();
    error_.reset();
    in_value_ = false;
    fault_at_ = std::exchange(parsed_, 0);
    last_first_ = std::exchange(first_, '\0');
    return verdict;
  }

  /// Of the line that ended.
  char first() const { return last_first_; }
  Reject reject(Verdict verdict, std::uint64_t line, std::string raw) const {
    if (is_no_object_) {
      return {line, "not_an_object", "The line is JSON, but no object.", std::move(raw)};
    }
    std::string detail = verdict == Verdict::cut ? "The line ends before its object does."
                                                 : "The line is not JSON: " + fault_in(raw) + ".";
    return {line, "not_json", std::move(detail), std::move(raw)};
  }

 private:
  static boost::json::parse_options options() {
    boost::json::parse_options chosen;
    chosen.max_depth = json_depth_max;
    return chosen;
  }
  /// Not of the syntax: such a file is refused, whatever its lines are.
  static bool is_limit(const boost::json::error_code& code) {
    using boost::json::error;
    return code == error::too_deep || code == error::exponent_overflow ||
           code == error::string_too_large || code == error::key_too_large;
  }

  /// Of the line that ended.
  std::string fault_in(std::string_view raw) const {
    const std::size_t at = std::min(fault_at_, raw.size());
    JsonPosition position;
    position.feed(raw.substr(0, at));
    const std::optional<JsonFault> fault = name_fault(position, raw.substr(at));
    return (fault ? fault->what : message_) + " (byte " + std::to_string(at) + " of the line)";
  }

  boost::json::basic_parser<ObjectCheck> parser_;
  std::optional<boost::json::error_code> error_;
  std::string message_;
  bool is_no_object_ = false;
  bool in_value_ = false;
  std::size_t parsed_ = 0;    ///< Bytes of the line.
  std::size_t fault_at_ = 0;  ///< The same, of the line that ended.
  char first_ = '\0';         ///< That is no blank.
  char last_first_ = '\0';
};

/// The lines of a file, one after another.
class Lines {
 public:
  explicit Lines(std::optional<std::int64_t> rejects_max)
      : log_(rejects_max, RejectsOf::json_lines) {}

  Result<void> feed(std::string_view piece) {
    if (at_ == 0 && piece.starts_with(utf8_bom)) {
      at_ = begin_ = utf8_bom.size();
      piece.remove_prefix(at_);
    }
    while (!piece.empty() && !is_no_list_) {
      const std::size_t end = piece.find('\n');
      const std::string_view part = piece.substr(0, end);
      check_.feed(part);
      at_ += part.size();
      keep(part);
      piece.remove_prefix(part.size());
      if (end == std::string_view::npos) return {};
      piece.remove_prefix(1);
      ++at_;
      TRY(end_line());
    }
    return {};
  }

  Result<std::optional<WrongLines>> finish() {
    if (begin_ < at_) TRY(end_line());
    if (is_no_list_ || ranges_.size() > right_) return std::nullopt;
    return WrongLines{log_.take(), std::move(ranges_)};
  }

 private:
  void keep(std::string_view part) {
    if (raw_.size() <= wrong_line_bytes_max) raw_.append(part);
  }

  Result<void> end_line() {
    using Verdict = LineCheck::Verdict;
    const Verdict verdict = check_.end();
    std::string raw = std::exchange(raw_, {});
    const ByteRange range{std::exchange(begin_, at_), at_};
    ++line_;
    if (verdict == Verdict::blank) return {};
    // An object that goes over lines is no line that was cut off.
    is_no_list_ = is_no_list_ || (was_cut_ && check_.first() != '{');
    was_cut_ = verdict == Verdict::cut;
    if (verdict == Verdict::right) {
      ++right_;
      return {};
    }
    is_no_list_ = is_no_list_ || raw.size() > wrong_line_bytes_max;
    if (is_no_list_) return {};
    while (raw.ends_with('\r')) raw.pop_back();
    ranges_.push_back(range);
    return log_.add(line_, {check_.reject(verdict, line_, std::move(raw))});
  }

  RejectLog log_;
  LineCheck check_;
  std::vector<ByteRange> ranges_;
  std::uint64_t at_ = 0;
  std::uint64_t begin_ = 0;  ///< Of the line.
  std::uint64_t line_ = 0;
  std::size_t right_ = 0;
  bool was_cut_ = false;
  bool is_no_list_ = false;
  std::string raw_;
};

}  // namespace

Result<std::optional<WrongLines>> find_wrong_lines(const std::filesystem::path& path,
                                                   std::optional<std::int64_t> rejects_max,
                                                   const std::stop_token& stop) {
  Lines lines(rejects_max);
  const auto feed = [&lines](std::string_view piece) { return lines.feed(piece); };
  TRY(read_pieces(path, stop, feed));
  return lines.finish();
}

}  // namespace sluice::ingest
