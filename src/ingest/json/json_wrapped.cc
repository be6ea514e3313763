#include "ingest/json/json_wrapped.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "ingest/cells/type_guess.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

/// The members of one object, which may be columns or rows.
using Members = std::vector<const json::value*>;

/// Members that are lists, but of different lengths: fewer are the lists of one record.
constexpr std::size_t lists_by_key_least = 4;

bool is_container(const json::value& value) { return value.is_object() || value.is_array(); }

json::kind kind_of(const json::value& value) {
  return value.is_number() ? json::kind::double_ : value.kind();
}

bool all_are(json::kind kind, const Members& members) {
  return std::ranges::all_of(members,
                             [kind](const json::value* member) { return member->kind() == kind; });
}

/// But for null, which is of each kind.
template <class Values, class ValueOf>
bool are_of_one_kind(const Values& values, const ValueOf& value_of) {
  json::kind kind = json::kind::null;
  return std::ranges::all_of(values, [&](const auto& one) {
    const json::kind here = kind_of(value_of(one));
    if (here == json::kind::null) return true;
    const json::kind before = std::exchange(kind, here);
    return before == here || before == json::kind::null;
  });
}

/// `{"id": {"0": 1, "1": 2}, "name": {"0": "x", "1": "y"}}`: the same keys in each, plain values.
bool are_alike(const Members& members) {
  if (!all_are(json::kind::object, members) || members[0]->as_object().empty()) return false;
  const json::object& first = members[0]->as_object();
  return std::ranges::all_of(members, [&](const json::value* member) {
    return member->as_object().size() == first.size() &&
           std::ranges::all_of(member->as_object(), [&](const auto& cell) {
             return first.contains(cell.key()) && !is_container(cell.value());
           });
  });
}

/// As columns, but what stands in each is of several kinds; or objects that share most keys.
bool are_records_by_key(const Members& members) {
  if (members.size() < 2 || !all_are(json::kind::object, members)) return false;
  if (are_alike(members)) {
    return std::ranges::any_of(members, [](const json::value* member) {
      return !are_of_one_kind(member->as_object(),
                              [](const auto& cell) -> const json::value& { return cell.value(); });
    });
  }
  std::set<std::string_view> different;
  std::size_t keys = 0;
  for (const json::value* member : members) {
    for (const auto& cell : member->as_object()) different.insert(cell.key());
    keys += member->as_object().size();
  }
  // Two of three keys, on average, are in each.
  return keys * 3 >= different.size() * members.size() * 2 && !different.empty();
}

/// `{"id": [1, 2], "name": ["x", "y"]}`.
bool are_lists(const Members& members) {
  if (!all_are(json::kind::array, members) || members[0]->as_array().size() < 2) return false;
  const std::size_t size = members[0]->as_array().size();
  return std::ranges::all_of(members, [&](const json::value* member) {
    return member->as_array().size() == size &&
           std::ranges::none_of(member->as_array(), is_container);
  });
}

/// `{"10024-97-2": [785.5, 1741.1], "10028-15-6": [980.4], …}`: of one kind, and of many keys.
bool are_lists_by_key(const Members& members) {
  if (members.size() < lists_by_key_least || !all_are(json::kind::array, members)) return false;
  std::vector<const json::value*> elements;
  for (const json::value* member : members) {
    for (const json::value& element : member->as_array()) elements.push_back(&element);
  }
  // Of columns there are seldom more than rows.
  const bool may_be_columns = are_lists(members) && members.size() <= members[0]->as_array().size();
  return !elements.empty() && !may_be_columns &&
         are_of_one_kind(elements,
                         [](const json::value* one) -> const json::value& { return *one; });
}

bool is_array_of_arrays(const json::value& value) {
  return value.is_array() && !value.as_array().empty() &&
         std::ranges::all_of(value.as_array(),
                             [](const json::value& one) { return one.is_array(); });
}

/// What the members look like, and what would make rows of them; empty where they are a record's.
std::string look_of(const Members& members, const std::string& where) {
  if (members.empty()) return {};
  if (are_records_by_key(members)) {
    return "records under keys of their own" + where +
           ". Write them as an array, the key as a field of each: [{\"key\": …}, …].";
  }
  if (are_lists_by_key(members)) {
    return "lists under keys of their own" + where +
           ". Write records: [{\"key\": …, \"values\": […]}, …].";
  }
  if (are_alike(members) || are_lists(members)) {
    return "a table written by columns" + where +
           ", as pandas does by default. Write it by records: to_json(orient='records').";
  }
  return {};
}

}  // namespace

void FirstRecord::cell(std::size_t column, JsonKind kind, std::string_view text) {
  if (forgotten_) return;
  const bool is_nested = kind == JsonKind::nested;
  cells_.push_back({column, is_nested, std::string(is_nested ? text : std::string_view())});
}

void FirstRecord::forget() {
  forgotten_ = true;
  cells_ = {};
}

std::optional<std::string> FirstRecord::note(const std::vector<std::string>& keys) const {
  std::vector<json::value> values;
  std::string rows_of_lists;
  for (const Cell& cell : cells_) {
    if (!cell.is_nested) continue;
    boost::system::error_code code;
    json::parse_options options;
    options.max_depth = json_depth_max;
    values.push_back(json::parse(cell.text, code, {}, options));
    if (code) return std::nullopt;
    if (is_array_of_arrays(values.back())) rows_of_lists = keys.at(cell.column);
  }
  if (values.empty()) return std::nullopt;
  Members members;
  std::string where;
  if (values.size() == cells_.size()) {
    for (const json::value& value : values) members.push_back(&value);
  }
  // `{"data": {"ann": {…}, "bob": {…}}}`.
  const bool is_wrapped =
      members.size() == 1 && values[0].is_object() && values[0].as_object().size() > 1 &&
      std::ranges::all_of(values[0].as_object(),
                          [](const auto& member) { return is_container(member.value()); });
  if (is_wrapped) {
    members.clear();
    for (const auto& member : values[0].as_object()) members.push_back(&member.value());
    where = " at " + shown(keys.at(cells_[0].column));
  }
  const std::string said =
      "The file is one object, and a table of one row, which is a guess: it looks like ";
  if (const std::string look = look_of(members, where); !look.empty()) return said + look;
  if (!rows_of_lists.empty()) {
    return said + "rows without names at " + shown(rows_of_lists) +
           ", as pandas' orient='split' writes them. Write it by records: "
           "to_json(orient='records').";
  }
  return std::nullopt;
}

}  // namespace sluice::ingest
