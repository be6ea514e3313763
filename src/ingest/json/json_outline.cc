#include "ingest/json/json_outline.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>

#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/json/json_bounds.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// Boost.JSON's events → places. What is deeper than the records, or beside objects, is only
/// counted.
class OutlineHandler : public JsonBounds {
 public:
  bool on_document_begin(ParseError&) { return true; }
  bool on_document_end(ParseError&) { return true; }
  bool on_object_begin(ParseError& code);
  bool on_object_end(std::size_t, ParseError&) { return close(); }
  bool on_array_begin(ParseError& code);
  bool on_array_end(std::size_t, ParseError&) { return close(); }
  bool on_key_part(View part, std::size_t, ParseError&) { return keep(part, json_key_bytes_max); }
  bool on_key(View rest, std::size_t size, ParseError& code);
  bool on_string_part(View part, std::size_t, ParseError&) {
    return keep(part, outline_text_bytes_max);
  }
  bool on_string(View rest, std::size_t size, ParseError& code) {
    keep(rest, outline_text_bytes_max);
    return scalar(size + 2, size == 0, code);
  }
  bool on_number_part(View part, ParseError&) {
    seen_ += part.size();
    return true;
  }
  bool on_int64(std::int64_t, View rest, ParseError& code) {
    return scalar(rest.size(), false, code);
  }
  bool on_uint64(std::uint64_t, View rest, ParseError& code) {
    return scalar(rest.size(), false, code);
  }
  bool on_double(double, View rest, ParseError& code) { return scalar(rest.size(), false, code); }
  bool on_bool(bool, ParseError& code) { return scalar(4, false, code); }
  bool on_null(ParseError& code) { return scalar(4, true, code); }
  bool on_comment_part(View, ParseError&) { return true; }
  bool on_comment(View, ParseError&) { return true; }

  /// The places, also of containers that are still open.
  std::vector<JsonPlace> take() {
    while (!open_.empty()) close();
    return std::move(places_);
  }

 private:
  enum class Role : std::uint8_t { object, array, record };
  /// A container that is open and not skipped.
  struct Open {
    Role role = Role::object;
    std::size_t place = 0;  ///< Of a record, that of its array.
    std::uint64_t begun = 0;
    bool only_records = true;                ///< Of an array.
    std::unordered_set<std::size_t> keys{};  ///< Of an array's records, hashed.
  };

  bool keep(View part, std::size_t bytes_max) {
    text_.append(part.data(), std::min(part.size(), bytes_max - std::min(bytes_max, text_.size())));
    return true;
  }
  bool scalar(std::size_t characters, bool is_blank, ParseError& code);
  bool add(JsonPlace::Kind kind, ParseError& code);
  void open(Role role) { open_.push_back({role, places_.size() - 1, seen_}); }
  bool skip() { return ++skipped_ > 0; }
  bool close();

  std::vector<JsonPlace> places_;
  std::vector<Open> open_;
  std::uint64_t skipped_ = 0;  ///< Open containers of which nothing is told.
  std::uint64_t seen_ = 0;     ///< Characters.
  std::string key_;            ///< Of the value to come.
  std::string text_;
};

/// A place for the member of the innermost object whose key was read.
bool OutlineHandler::add(JsonPlace::Kind kind, ParseError& code) {
  if (places_.size() == outline_places_max) {
    code = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }
  JsonPlace& place = places_.emplace_back();
  place.parent = open_.empty() ? 0 : open_.back().place;
  place.key = std::exchange(key_, {});
  place.kind = kind;
  return true;
}

bool OutlineHandler::on_object_begin(ParseError& code) {
  seen_ += 2;
  if (skipped_ > 0) return skip();
  if (!open_.empty() && open_.back().role == Role::record) return skip();
  if (!open_.empty() && open_.back().role == Role::array) {
    ++places_[open_.back().place].records;
    open_.push_back({Role::record, open_.back().place, seen_});
    return true;
  }
  if (!add(JsonPlace::Kind::object, code)) return false;
  if (open_.size() == outline_keys_max) return skip();
  open(Role::object);
  return true;
}

bool OutlineHandler::on_array_begin(ParseError& code) {
  seen_ += 2;
  if (open_.empty()) {
    code = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }
  if (skipped_ > 0 || open_.back().role == Role::record) return skip();
  if (open_.back().role == Role::array) {
    open_.back().only_records = false;
    return skip();
  }
  if (!add(JsonPlace::Kind::array, code)) return false;
  open(Role::array);
  return true;
}

bool OutlineHandler::on_key(View rest, std::size_t size, ParseError&) {
  keep(rest, json_key_bytes_max);
  seen_ += size + 3;
  if (skipped_ == 0 && open_.back().role == Role::object) {
    key_ = text_;
  } else if (skipped_ == 0) {
    JsonPlace& records = places_[open_.back().place];
    ++records.keys;
    records.has_itself_in_it = records.has_itself_in_it || text_ == records.key;
    std::unordered_set<std::size_t>& keys = open_[open_.size() - 2].keys;
    if (keys.size() <= columns_max) keys.insert(std::hash<std::string_view>{}(text_));
  }
  text_.clear();
  return true;
}

bool OutlineHandler::scalar(std::size_t characters, bool is_blank, ParseError& code) {
  seen_ += characters + 1;
  const bool is_followed = skipped_ == 0 && !open_.empty();
  if (is_followed && open_.back().role == Role::array) open_.back().only_records = false;
  if (is_followed && open_.back().role == Role::object) {
    if (!add(JsonPlace::Kind::scalar, code)) return false;
    places_.back().is_blank = is_blank;
    places_.back().text = text_;
    places_.back().characters = characters;
  }
  text_.clear();
  return true;
}

bool OutlineHandler::close() {
  if (skipped_ > 0) {
    --skipped_;
    return true;
  }
  const Open& closed = open_.back();
  if (closed.role != Role::record) {
    JsonPlace& place = places_[closed.place];
    place.characters = seen_ - closed.begun;
    if (closed.role == Role::array && closed.only_records && place.records > 0) {
      place.kind = JsonPlace::Kind::records;
      place.different_keys = closed.keys.size();
    }
  }
  open_.pop_back();
  return true;
}

/// Feeds the parser with the first document of a file, and sees whether there is another.
class Outliner {
 public:
  Outliner() : parser_(options()) {}

  /// False where all is known that will be.
  bool feed(std::string_view piece) {
    if (is_first_ && piece.starts_with(utf8_bom)) piece.remove_prefix(utf8_bom.size());
    is_first_ = is_first_ && piece.empty();
    if (!done_) {
      boost::json::error_code code;
      piece.remove_prefix(parser_.write_some(true, piece.data(), piece.size(), code));
      done_ = parser_.done();
      is_none_ = code.failed();
    }
    is_none_ = is_none_ || (done_ && piece.find_first_not_of(" \t\r\n") != std::string_view::npos);
    return !is_none_;
  }

  std::optional<JsonOutline> finish(bool is_cut) {
    if (is_none_ || !(done_ || is_cut)) return std::nullopt;
    JsonOutline outline{parser_.handler().take(), !done_};
    const bool is_object =
        !outline.places.empty() && outline.places[0].kind == JsonPlace::Kind::object;
    if (!is_object) return std::nullopt;
    return outline;
  }
  bool is_none() const { return is_none_; }

 private:
  static boost::json::parse_options options() {
    boost::json::parse_options chosen;
    chosen.max_depth = json_depth_max;
    return chosen;
  }

  boost::json::basic_parser<OutlineHandler> parser_;
  bool is_first_ = true;
  bool done_ = false;
  bool is_none_ = false;
};

}  // namespace

Result<std::optional<JsonOutline>> outline_document(const std::filesystem::path& path,
                                                    const std::stop_token& stop, bool is_cut) {
  Outliner outliner;
  const Result<void> read = read_pieces(path, stop, [&](std::string_view piece) -> Result<void> {
    if (outliner.feed(piece)) return {};
    return fail(cancelled());  // Only ends the reading.
  });
  if (!read && !outliner.is_none()) return fail(read.error());
  return outliner.finish(is_cut);
}

}  // namespace sluice::ingest
