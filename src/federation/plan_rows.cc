#include "federation/plan_rows.h"

#include <cstddef>
#include <limits>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "federation/plan_scans.h"

namespace sluice::federation {
namespace {

namespace json = boost::json;

/// The limits between the answer and the one scan; nothing where there is anything else.
std::optional<std::size_t> limits_above_scan(const json::value& plan) {
  const json::value* node = &plan;
  for (std::size_t limits = 0;;) {
    if (node->is_array() && node->get_array().size() == 1) {
      node = &node->get_array()[0];
      continue;
    }
    const json::object* object = node->if_object();
    const json::value* name = object == nullptr ? nullptr : object->if_contains("name");
    if (name == nullptr || !name->is_string() || !object->contains("children")) {
      return std::nullopt;
    }
    if (name->get_string() == scan_name) {
      // Rows that a filter drops here after they came would be missing.
      const json::value* info = object->if_contains("extra_info");
      if (info == nullptr || !info->is_object() || info->get_object().contains("Filters")) {
        return std::nullopt;
      }
      return limits;
    }
    if (name->get_string() == "STREAMING_LIMIT" || name->get_string() == "LIMIT") {
      ++limits;
    } else if (name->get_string() != "PROJECTION") {
      return std::nullopt;
    }
    node = &object->at("children");
  }
}

}  // namespace

std::optional<std::int64_t> rows_needed(const json::value& plan,
                                        const query::ParsedStatement& statement,
                                        std::int64_t row_limit) {
  const std::optional<std::size_t> limits = limits_above_scan(plan);
  if (!limits || *limits != statement.limit_clauses || statement.has_offset) return std::nullopt;
  if (*limits == 1) return statement.limit;
  const bool is_bounded = *limits == 0 && row_limit < std::numeric_limits<std::int64_t>::max();
  return is_bounded ? std::optional(row_limit + 1) : std::nullopt;
}

}  // namespace sluice::federation
