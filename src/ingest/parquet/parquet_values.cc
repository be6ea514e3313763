#include "ingest/parquet/parquet_values.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sql_text.h"

namespace sluice::ingest {
namespace {

/// Parts of `text` between commas that are in no quotes and no brackets.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  std::size_t depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      // A doubled quote closes and opens again.
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (c == ',' && depth == 0) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  for (std::string_view& part : parts) {
    if (part.starts_with(' ')) part.remove_prefix(1);
  }
  return parts;
}

/// `"a ""b"" c" BIGINT` as the name and the type.
std::pair<std::string, std::string> field_of(std::string_view part) {
  if (!part.starts_with('"')) {
    const std::size_t blank = part.find(' ');
    return {std::string(part.substr(0, blank)), std::string(part.substr(blank + 1))};
  }
  std::string name;
  std::size_t i = 1;
  for (; i < part.size(); ++i) {
    if (part[i] == '"') {
      if (i + 1 == part.size() || part[i + 1] != '"') break;
      ++i;
    }
    name += part[i];
  }
  return {std::move(name), std::string(part.substr(std::min(i + 2, part.size())))};
}

std::string inside(const std::string& type, std::string_view before) {
  return type.substr(before.size(), type.size() - before.size() - 1);
}

/// Of a scalar type; empty where all that is read is in range. `$` is the cell.
std::string scalar_range(const std::string& type, Intervals intervals) {
  if (type == "TINYINT") return "$ BETWEEN -128 AND 127";
  if (type == "UTINYINT") return "$ BETWEEN 0 AND 255";
  if (type == "SMALLINT") return "$ BETWEEN -32768 AND 32767";
  if (type == "USMALLINT") return "$ BETWEEN 0 AND 65535";
  if (type == "TIME") return "$ BETWEEN TIME '00:00:00' AND TIME '24:00:00'";
  if (type == "DATE") return "isfinite($) AND $ >= DATE '5877642-06-25 (BC)'";
  if (type == "TIMESTAMP") return "isfinite($) AND $ >= TIMESTAMP '290309-12-22 (BC) 00:00:00'";
  if (type == "TIMESTAMP WITH TIME ZONE") {
    // Nearer to the ends the engine prints other milliseconds than there are.
    return "$ BETWEEN make_timestamptz(-9000000000000000000) AND "
           "make_timestamptz(9000000000000000000)";
  }
  if (type == "TIMESTAMP_S" || type == "TIMESTAMP_MS" || type == "TIMESTAMP_NS") {
    return "isfinite($)";
  }
  if (type == "INTERVAL" && intervals == Intervals::int96) {
    // Less than a day and its leap second to either side, and a Julian day within the years to
    // 290,980: then the microseconds fit 64 bits (parquet_int96.h says what is which).
    return "extract(day FROM $) BETWEEN -20117 AND 20116 AND extract(hour FROM $) BETWEEN 0 AND 29";
  }
  if (type == "INTERVAL") {
    return "extract(year FROM $) >= 0 AND extract(month FROM $) >= 0 AND extract(day FROM $) >= 0";
  }
  if (type.starts_with("DECIMAL(")) {
    const std::size_t digits = std::stoul(type.substr(8));
    const std::size_t scale = std::stoul(type.substr(type.find(',') + 1));
    std::string most(digits, '9');
    if (scale > 0) most.insert(digits - scale, ".");
    const std::string bound = "CAST('" + most + "' AS " + type + ")";
    return "$ BETWEEN -" + bound + " AND " + bound;
  }
  return "";
}

std::string range(const std::string& type, const std::string& cell, Intervals intervals,
                  std::size_t depth) {
  const auto of_elements = [&](const std::string& list, const std::string& element) {
    const std::string x = "x" + std::to_string(depth);
    const std::string each = range(element, x, intervals, depth + 1);
    if (each.empty()) return std::string();
    return "coalesce(len(list_filter(" + list + ", lambda " + x + ": NOT " + each + ")) = 0, true)";
  };
  std::string all;
  const auto also = [&](const std::string& condition) {
    if (!condition.empty()) all += (all.empty() ? "" : " AND ") + condition;
  };
  if (type.ends_with("[]")) return of_elements(cell, type.substr(0, type.size() - 2));
  if (type.starts_with("MAP(") && type.ends_with(")")) {
    const std::string inner = inside(type, "MAP(");
    const std::vector<std::string_view> parts = parts_of(inner);
    if (parts.size() != 2) return "";
    also(of_elements("map_keys(" + cell + ")", std::string(parts[0])));
    also(of_elements("map_values(" + cell + ")", std::string(parts[1])));
  } else if (type.starts_with("STRUCT(") && type.ends_with(")")) {
    const std::string inner = inside(type, "STRUCT(");
    for (const std::string_view part : parts_of(inner)) {
      const auto [name, of] = field_of(part);
      also(
          range(of, "struct_extract(" + cell + ", " + quote_literal(name) + ")", intervals, depth));
    }
  } else {
    std::string scalar = scalar_range(type, intervals);
    if (scalar.empty()) return "";
    for (std::size_t at = 0; (at = scalar.find('$', at)) != std::string::npos; at += cell.size()) {
      scalar.replace(at, 1, cell);
    }
    return "coalesce(" + scalar + ", true)";
  }
  return all.empty() ? "" : "(" + all + ")";
}

}  // namespace

std::string in_range_sql(const std::string& type, const std::string& cell_sql,
                         Intervals intervals) {
  return range(type, cell_sql, intervals, 0);
}

}  // namespace sluice::ingest
