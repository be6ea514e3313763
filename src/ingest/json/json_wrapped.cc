#include "ingest/json/json_wrapped.h"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "ingest/cells/type_guess.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

bool is_container(const json::value& value) { return value.is_object() || value.is_array(); }

/// `{"id": {"0": 1, "1": 2}, "name": {"0": "x", "1": "y"}}`: the same keys in each, plain values.
bool are_columns(const std::vector<json::value>& values) {
  if (!values[0].is_object() || values[0].as_object().empty()) return false;
  const json::object& first = values[0].as_object();
  return std::ranges::all_of(values, [&](const json::value& value) {
    return value.is_object() && value.as_object().size() == first.size() &&
           std::ranges::all_of(value.as_object(), [&](const auto& cell) {
             return first.contains(cell.key()) && !is_container(cell.value());
           });
  });
}

/// `{"ann": {"town": "Rome", "age": 33}, "bob": {…}}`: as columns, but what stands in each is of
/// several kinds.
bool are_records_by_key(const std::vector<json::value>& values) {
  return are_columns(values) && std::ranges::any_of(values, [](const json::value& value) {
           json::kind kind = json::kind::null;
           for (const auto& cell : value.as_object()) {
             const json::kind here =
                 cell.value().is_number() ? json::kind::double_ : cell.value().kind();
             if (here == json::kind::null || here == kind) continue;
             if (kind != json::kind::null) return true;
             kind = here;
           }
           return false;
         });
}

/// `{"id": [1, 2], "name": ["x", "y"]}`.
bool are_lists(const std::vector<json::value>& values) {
  if (!values[0].is_array() || values[0].as_array().size() < 2) return false;
  const std::size_t size = values[0].as_array().size();
  return std::ranges::all_of(values, [&](const json::value& value) {
    return value.is_array() && value.as_array().size() == size &&
           std::ranges::none_of(value.as_array(), is_container);
  });
}

bool is_array_of_arrays(const json::value& value) {
  return value.is_array() && !value.as_array().empty() &&
         std::ranges::all_of(value.as_array(),
                             [](const json::value& one) { return one.is_array(); });
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
  const bool all_nested = values.size() == cells_.size();
  if (all_nested && are_records_by_key(values)) {
    return std::string(
        "The file is one object, and a table of one row; it looks like records under keys of "
        "their own. Write them as an array, the key as a field of each.");
  }
  if (all_nested && (are_columns(values) || are_lists(values))) {
    return std::string(
        "The file is one object, and a table of one row; it looks like a table written by "
        "columns, as pandas does by default. Write it by records: to_json(orient='records').");
  }
  if (!rows_of_lists.empty()) {
    return "The file is one object, and a table of one row; it holds rows without names at " +
           shown(rows_of_lists) +
           ", as pandas' orient='split' does. Write it by records: to_json(orient='records').";
  }
  return std::nullopt;
}

}  // namespace sluice::ingest
