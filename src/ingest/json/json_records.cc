#include "ingest/json/json_records.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/ascii.h"
#include "ingest/cells/type_guess.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;
using namespace std::string_view_literals;
using Kind = JsonPlace::Kind;

// Points: logarithms of how much likelier what is seen makes the array the table.

/// A file of one object is one record, unless something says otherwise.
constexpr double of_one_object = -1;
constexpr double of_nothing_beside = 5;
constexpr double of_records_name = 1.5;
constexpr double of_describing_name = -3;
constexpr double of_an_identity_beside = -3;
constexpr double of_a_value_beside = -0.7;
constexpr double of_values_beside_least = -4;
constexpr double of_one_record = -1;
constexpr double of_records_max = 5;
constexpr double of_share_max = 3;
/// What is a value of another kind, or says itself what it is.
constexpr double of_certainty = 10;
/// Of two arrays the shorter one is no rival where it has so small a part of the other's text.
constexpr std::uint64_t rival_part = 10;
/// Arrays that a note names, and keys that it names beside them.
constexpr std::size_t named_max = 5;

/// As services, exports and standards call their records.
constexpr std::array record_names = {
    "collection"sv, "content"sv,  "contents"sv, "data"sv,    "docs"sv,         "documents"sv,
    "elements"sv,   "entities"sv, "entries"sv,  "entry"sv,   "events"sv,       "features"sv,
    "hits"sv,       "items"sv,    "list"sv,     "objects"sv, "observations"sv, "records"sv,
    "response"sv,   "result"sv,   "results"sv,  "rows"sv,    "series"sv,       "table"sv,
    "value"sv,      "values"sv};
/// They tell of the columns of another array.
constexpr std::array describing_names = {"columns"sv, "dtypes"sv, "fields"sv, "headers"sv,
                                         "schema"sv};
/// About a page of records, and never about one.
constexpr std::array envelope_names = {
    "code"sv,        "context"sv,       "count"sv,    "cursor"sv,
    "error"sv,       "errors"sv,        "hasmore"sv,  "hasnext"sv,
    "hitsperpage"sv, "kind"sv,          "limit"sv,    "message"sv,
    "n"sv,           "nbhits"sv,        "nbpages"sv,  "next"sv,
    "nextpage"sv,    "nextpagetoken"sv, "offset"sv,   "ok"sv,
    "page"sv,        "pages"sv,         "pagesize"sv, "perpage"sv,
    "prev"sv,        "previous"sv,      "query"sv,    "requestid"sv,
    "size"sv,        "start"sv,         "status"sv,   "success"sv,
    "timedout"sv,    "took"sv,          "total"sv,    "totalcount"sv,
    "totalpages"sv,  "totalresults"sv,  "traceid"sv,  "type"sv,
    "version"sv};
/// Of a thing that the document is about.
constexpr std::array identity_names = {"guid"sv, "id"sv, "identifier"sv, "key"sv, "uuid"sv};

template <std::size_t N>
bool is_among(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

/// `total_count`, `totalCount` and `@odata.totalcount` are one name.
std::string plain_name(std::string_view key) {
  if (const std::size_t dot = key.rfind('.'); dot != key.npos) key.remove_prefix(dot + 1);
  std::string name;
  for (const char c : lowered(key)) {
    if (is_alphanumeric(c)) name += c;
  }
  return name;
}

/// `id`, `order_id`, `orderId`; not `valid`.
bool is_identity(std::string_view key) {
  return is_among(plain_name(key), identity_names) || key.ends_with("_id") ||
         key.ends_with("-id") || key.ends_with("Id") || key.ends_with("ID");
}

/// As the option takes it.
std::string path_text(const std::vector<std::string>& keys) {
  const bool is_plain = keys[0][0] != '$' && std::ranges::none_of(keys, [](const std::string& key) {
                          return key.find_first_of("./") != std::string::npos;
                        });
  std::string text;
  for (const std::string& key : keys) {
    text += is_plain ? (text.empty() ? "" : ".") : "/";
    if (is_plain) {
      text += key;
      continue;
    }
    for (const char c : key) {
      text += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    }
  }
  return text;
}

/// An outline, asked about one of its arrays.
class Evidence {
 public:
  Evidence(const JsonOutline& outline, std::size_t array)
      : places_(outline.places), array_(outline.places[array]), index_(array) {
    for (std::size_t at = index_; at != 0; at = places_[at].parent) on_path_.push_back(at);
    on_path_.push_back(0);
  }

  /// Its keys can be named, and its records become columns.
  bool is_possible() const {
    const auto has_key = [this](std::size_t at) { return at == 0 || !places_[at].key.empty(); };
    return array_.different_keys > 0 && array_.different_keys <= columns_max &&
           std::ranges::all_of(on_path_, has_key);
  }

  bool is_declared() const {
    return array_.key == "features" && array_.parent == 0 && says_type(0, "FeatureCollection");
  }

  RecordArray weigh() const {
    RecordArray found;
    for (auto at = on_path_.rbegin() + 1; at != on_path_.rend(); ++at) {
      found.keys.push_back(places_[*at].key);
    }
    found.path = path_text(found.keys);
    found.records = array_.records;
    const auto whole = static_cast<double>(places_[0].characters);
    const auto own = static_cast<double>(array_.characters);
    found.share = whole > 0 ? own / whole : 0;
    const double beside = of_beside(found.is_alone);
    found.score = of_records() + of_names() + (found.is_alone ? of_nothing_beside : beside);
    if (is_declared()) found.score += of_certainty;
    // One geometry of several parts; a tree, whose root is like its members.
    const bool is_value = says_type(array_.parent, "GeometryCollection");
    if (is_value || array_.has_itself_in_it) found.score -= of_certainty;
    return found;
  }

 private:
  bool says_type(std::size_t object, std::string_view type) const {
    return std::ranges::any_of(places_, [&](const JsonPlace& place) {
      return &place != places_.data() && place.parent == object && place.key == "type" &&
             place.text == type;
    });
  }

  double of_records() const {
    if (array_.records == 1) return of_one_record;
    const auto records = static_cast<double>(array_.records);
    const double fill =
        static_cast<double>(array_.keys) / (records * static_cast<double>(array_.different_keys));
    // Rows may lack a cell; what has hardly a key in common is no table.
    const double of_fill = (fill - 0.5) * (fill < 0.5 ? 15 : 2);
    return std::min(1 + std::log(records), of_records_max) + of_fill;
  }

  double of_names() const {
    const std::string name = plain_name(array_.key);
    if (is_among(name, describing_names)) return of_describing_name;
    return is_among(name, record_names) ? of_records_name : 0;
  }

  /// What the objects on the way have beside it.
  double of_beside(bool& is_alone) const {
    is_alone = true;
    double of_values = 0;
    for (std::size_t at = 1; at < places_.size(); ++at) {
      const JsonPlace& place = places_[at];
      const bool is_on_path = std::ranges::find(on_path_, at) != on_path_.end();
      const bool is_beside =
          !is_on_path && std::ranges::find(on_path_, place.parent) != on_path_.end();
      if (!is_beside) continue;
      is_alone = false;
      const std::string name = plain_name(place.key);
      if (place.kind != Kind::scalar || place.is_blank || is_among(name, envelope_names)) continue;
      of_values += is_identity(place.key) ? of_an_identity_beside : of_a_value_beside;
    }
    const auto own = static_cast<double>(array_.characters);
    const double other = std::max(static_cast<double>(places_[0].characters) - own, 1.0);
    const double of_share = std::clamp(0.8 * std::log(own / other), -of_share_max, of_share_max);
    return of_one_object + of_share + std::max(of_values, of_values_beside_least);
  }

  const std::vector<JsonPlace>& places_;
  const JsonPlace& array_;
  std::size_t index_;
  std::vector<std::size_t> on_path_;  ///< From the array to the outermost object.
};

bool is_rival(const RecordArray& other, const RecordArray& best) {
  const bool describes = is_among(plain_name(other.keys.back()), describing_names);
  return !describes && other.records > 1 &&
         other.share * static_cast<double>(rival_part) >= best.share;
}

std::string counted(const RecordArray& array) {
  return std::to_string(array.records) + (array.records == 1 ? " record at " : " records at ") +
         shown(array.path);
}

std::string option_text(std::string_view path) {
  return "{\"records_path\": " + json::serialize(json::value(path)) + "}";
}

}  // namespace

RecordsChoice choose_records(const JsonOutline& outline) {
  RecordsChoice choice;
  for (std::size_t at = 1; at < outline.places.size(); ++at) {
    if (outline.places[at].kind != Kind::records) continue;
    const Evidence evidence(outline, at);
    if (!evidence.is_possible()) continue;
    choice.arrays.push_back(evidence.weigh());
    choice.is_declared = choice.is_declared || evidence.is_declared();
  }
  if (choice.arrays.empty()) return choice;
  std::ranges::stable_sort(choice.arrays, std::greater<>(), &RecordArray::score);
  const RecordArray& best = choice.arrays.front();
  const bool competes =
      std::any_of(choice.arrays.begin() + 1, choice.arrays.end(),
                  [&best](const RecordArray& other) { return is_rival(other, best); });
  choice.is_taken = best.score > 0 && (choice.is_declared || !competes);
  // Of the document that is cut more may stand behind the cut.
  choice.is_guess = !choice.is_taken || !best.is_alone || outline.is_cut;
  if (choice.is_declared) {
    const auto is_beside = [](const JsonPlace& place) {
      return place.parent == 0 && place.key != "type" && place.key != "features";
    };
    choice.is_guess = std::any_of(outline.places.begin() + 1, outline.places.end(), is_beside);
  }
  return choice;
}

StructureChoice as_structure_choice(const RecordsChoice& choice) {
  const RecordArray& best = choice.arrays.front();
  StructureChoice kept;
  kept.part = StructurePart::records_path;
  kept.settled_by = {"records_path"};
  kept.is_guess = choice.is_guess;
  const std::string whole = "the outermost object, one row";
  const std::string path = choice.is_taken ? std::string(whole_document_path) : best.path;
  kept.taken = choice.is_taken ? best.path : whole;
  kept.runner_up = choice.is_taken ? whole : best.path;
  kept.runner_up_options.emplace().records_path = path;
  // Where arrays compete, it is not the score that decides.
  if (choice.is_taken || best.score <= 0) {
    kept.score = choice.is_taken ? best.score : 0;
    kept.margin = std::abs(best.score);
  }
  const std::string share = std::to_string(std::lround(best.share * 100)) + " % of the document.";
  kept.why = choice.is_declared && choice.is_taken
                 ? "The document says that it is a FeatureCollection (GeoJSON)."
             : choice.is_taken && best.is_alone
                 ? "The file is one object with nothing in it but " + counted(best) + "."
                 : "The file is one object; the array at " + shown(best.path) + " is " + share;
  return kept;
}

std::string left_out(const std::vector<std::string>& beside) {
  std::string keys;
  for (const std::string& key : beside) keys += (keys.empty() ? "" : ", ") + shown(key);
  return keys.empty() ? "" : "; what stands beside them is left out: " + keys;
}

std::string records_note(const RecordsChoice& choice, const std::vector<std::string>& beside) {
  const RecordArray& best = choice.arrays.front();
  if (choice.is_taken) {
    return "The file is one object; the array at " + shown(best.path) + " is its table, of " +
           std::to_string(best.records) + (best.records == 1 ? " row" : " rows") +
           (choice.is_guess ? ", which is a guess" : "") + left_out(beside) + ". " +
           option_text(whole_document_path) + " reads the object as one row.";
  }
  std::string all;
  for (std::size_t i = 0; i < std::min(choice.arrays.size(), named_max); ++i) {
    all += (i == 0 ? "" : ", ") + counted(choice.arrays[i]);
  }
  if (choice.arrays.size() > named_max) all += ", …";
  return "The file is one object, and a table of one row, which is a guess; it holds " + all +
         ", which " + option_text(best.path) + " reads as rows.";
}

}  // namespace sluice::ingest
