#include "profile/profile_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>

#include "base/clock.h"
#include "duckdb/cells/json_cells.h"

namespace sluice::profile {
namespace {

constexpr std::array<const char*, 5> quantile_names = {"0.05", "0.25", "0.5", "0.75", "0.95"};
constexpr double day_us = 86'400e6;
/// What four digits of a year can say; DuckDB's days and moments go far beyond.
constexpr double year_1_us = -62'135'596'800e6;
constexpr double year_10000_us = 253'402'300'800e6;

double number_of(const std::string& json) { return std::strtod(json.c_str(), nullptr); }
std::int64_t count_of(const std::string& json) { return std::strtoll(json.c_str(), nullptr, 10); }

void append_member(std::string& json, const std::string& name, const std::string& value) {
  if (json.back() != '{') json += ',';
  duckdb::append_json_text(json, name);
  json += ':' + value;
}

std::string json_text(const std::string& text) {
  std::string json;
  duckdb::append_json_text(json, text);
  return json;
}

std::string json_number(double value) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

/// A position as the column's own kind of value.
std::string json_position(ProfileKind kind, double position) {
  if (!is_time(kind)) return json_number(position);
  const double us = kind == ProfileKind::date ? std::floor(position) * day_us : position;
  if (!(us >= year_1_us && us < year_10000_us)) return "null";
  std::string text = to_rfc3339(static_cast<Micros>(us));
  if (kind == ProfileKind::date) text.resize(std::min(text.size(), text.find('T')));
  if (kind == ProfileKind::timestamp) {
    std::replace(text.begin(), text.end(), 'T', ' ');
    text.pop_back();
  }
  return json_text(text);
}

struct Counted {
  std::string value;
  std::int64_t count;
};

/// `keys` and `counts` of a MAP, as counts by key.
std::map<std::int64_t, std::int64_t> counts_by_key(const std::string& keys,
                                                   const std::string& counts) {
  const std::vector<std::string> at = elements_of(keys);
  const std::vector<std::string> values = elements_of(counts);
  std::map<std::int64_t, std::int64_t> found;
  for (std::size_t i = 0; i < at.size() && i < values.size(); ++i) {
    found[count_of(at[i])] = count_of(values[i]);
  }
  return found;
}

std::string histogram_json(ProfileKind kind, double from, double to,
                           const std::map<std::int64_t, std::int64_t>& counts) {
  const Bins bins = bins_between(kind, from, to);
  std::string json = "[";
  for (int i = 0; i < bins.count; ++i) {
    if (i > 0) json += ',';
    const auto found = counts.find(i);
    // The last one includes its end, which is the greatest position.
    const double end = i + 1 == bins.count ? to : bins.from + bins.width * (i + 1);
    std::string bin = "{";
    append_member(bin, "from", json_position(kind, i == 0 ? from : bins.from + bins.width * i));
    append_member(bin, "to", json_position(kind, end));
    append_member(bin, "count", std::to_string(found == counts.end() ? 0 : found->second));
    json += bin + '}';
  }
  return json + "]";
}

std::string quantiles_json(ProfileKind kind, const std::string& found) {
  const std::vector<std::string> values = elements_of(found);
  std::string json = "{";
  for (std::size_t i = 0; i < values.size() && i < quantile_names.size(); ++i) {
    append_member(json, quantile_names[i], json_position(kind, number_of(values[i])));
  }
  return json + "}";
}

}  // namespace

std::vector<std::string> elements_of(const std::string& array) {
  std::vector<std::string> elements;
  if (array.size() < 3 || array.front() != '[') return elements;
  std::size_t start = 1;
  bool in_text = false;
  for (std::size_t i = 1; i < array.size(); ++i) {
    const char c = array[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == ',' || c == ']') {
      elements.push_back(array.substr(start, i - start));
      start = i + 1;
    }
  }
  return elements;
}

void append_column(std::string& json, const Column& column, ProfileKind kind,
                   const std::function<std::string(const std::string& name)>& cell) {
  std::string out = "{";
  append_member(out, "name", json_text(column.name));
  append_member(out, "original", json_text(column.original));
  append_member(out, "type", json_text(column.type));
  const std::int64_t count = count_of(cell("count"));
  append_member(out, "count", std::to_string(count));
  append_member(out, "nulls", std::to_string(count_of(cell("rows")) - count));
  if (kind == ProfileKind::opaque) {
    json += out + '}';
    return;
  }
  const std::vector<std::string> candidates = elements_of(cell("top"));
  const auto counts = counts_by_key(cell("top_at"), cell("top_counts"));
  std::vector<Counted> top;
  std::int64_t covered = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    // SQL counts positions from 1.
    const auto found = counts.find(static_cast<std::int64_t>(i) + 1);
    if (found == counts.end()) continue;
    top.push_back({candidates[i], found->second});
    covered += found->second;
  }
  const bool all_are_shown = covered == count;
  std::stable_sort(top.begin(), top.end(),
                   [](const Counted& a, const Counted& b) { return a.count > b.count; });
  const std::int64_t distinct = all_are_shown ? static_cast<std::int64_t>(top.size())
                                              : std::min(count, count_of(cell("distinct")));
  append_member(out, "distinct", std::to_string(distinct));
  append_member(out, "distinct_is_exact", all_are_shown ? "true" : "false");
  append_member(out, "min", cell("min"));
  append_member(out, "max", cell("max"));
  // Where every value is another, ten of them say nothing.
  if (!all_are_shown) std::erase_if(top, [](const Counted& value) { return value.count < 2; });
  std::string top_json;
  for (const Counted& value : top) {
    if (!top_json.empty()) top_json += ',';
    top_json += "{\"value\":" + value.value + ",\"count\":" + std::to_string(value.count) + "}";
  }
  if (is_number(kind)) append_member(out, "mean", cell("mean"));
  const bool has_positions = kind != ProfileKind::boolean && cell("from") != "null";
  const double from = has_positions ? number_of(cell("from")) : 0;
  const double to = has_positions ? number_of(cell("to")) : 0;
  if (kind == ProfileKind::text) {
    append_member(out, "min_length", has_positions ? json_number(from) : "null");
    append_member(out, "max_length", has_positions ? json_number(to) : "null");
  } else if (kind != ProfileKind::boolean) {
    append_member(out, "quantiles",
                  has_positions ? quantiles_json(kind, cell("quantiles")) : "null");
  }
  append_member(out, "top", "[" + top_json + "]");
  if (kind != ProfileKind::boolean) {
    const auto bins = counts_by_key(cell("bins_at"), cell("bins"));
    append_member(out, kind == ProfileKind::text ? "length_histogram" : "histogram",
                  has_positions ? histogram_json(kind, from, to, bins) : "[]");
  }
  json += out + '}';
}

}  // namespace sluice::profile
