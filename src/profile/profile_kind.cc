#include "profile/profile_kind.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "profile/profile.h"

namespace sluice::profile {
namespace {

bool is_floating(const std::string& type) { return type == "FLOAT" || type == "DOUBLE"; }

bool is_whole(ProfileKind kind) {
  return kind == ProfileKind::integer || kind == ProfileKind::date || kind == ProfileKind::text;
}

}  // namespace

ProfileKind profile_kind(const std::string& type) {
  static const std::set<std::string> integers = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",
                                                 "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
                                                 "HUGEINT",  "UHUGEINT"};
  if (integers.contains(type)) return ProfileKind::integer;
  const bool decimal = type.starts_with("DECIMAL(") && type.ends_with(")");
  if (decimal || is_floating(type)) return ProfileKind::number;
  if (type == "DATE") return ProfileKind::date;
  if (type == "TIMESTAMP") return ProfileKind::timestamp;
  if (type == "TIMESTAMPTZ" || type == "TIMESTAMP WITH TIME ZONE") return ProfileKind::instant;
  if (type == "BOOLEAN") return ProfileKind::boolean;
  if (type == "VARCHAR") return ProfileKind::text;
  return ProfileKind::opaque;
}

bool is_number(ProfileKind kind) {
  return kind == ProfileKind::integer || kind == ProfileKind::number;
}

bool is_time(ProfileKind kind) {
  return kind == ProfileKind::date || kind == ProfileKind::timestamp ||
         kind == ProfileKind::instant;
}

std::string finite_sql(ProfileKind kind, const std::string& cell, const std::string& type) {
  if (!is_time(kind) && !is_floating(type)) return cell;
  return "CASE WHEN isfinite(" + cell + ") THEN " + cell + " END";
}

std::string position_sql(ProfileKind kind, const std::string& cell, const std::string& type) {
  const std::string finite = finite_sql(kind, cell, type);
  switch (kind) {
    case ProfileKind::integer:
    case ProfileKind::number:
      return "CAST(" + finite + " AS DOUBLE)";
    case ProfileKind::date:
      return "CAST(" + finite + " - DATE '1970-01-01' AS DOUBLE)";
    case ProfileKind::timestamp:
    case ProfileKind::instant:
      return "CAST(epoch_us(" + finite + ") AS DOUBLE)";
    case ProfileKind::text:
      return "CAST(length(" + cell + ") AS DOUBLE)";
    case ProfileKind::boolean:
    case ProfileKind::opaque:
      break;
  }
  return "";
}

std::string candidate_sql(ProfileKind kind, const std::string& cell) {
  if (kind != ProfileKind::text) return cell;
  return "CASE WHEN strlen(" + cell + ") <= " + std::to_string(top_value_bytes_max) + " THEN " +
         cell + " END";
}

std::string mean_sql(const std::string& finite, const std::string& type) {
  const bool narrow = !type.starts_with("DECIMAL(") && type != "HUGEINT" && type != "UHUGEINT";
  return narrow ? finite : "CAST(" + finite + " AS DOUBLE)";
}

std::string bin_sql(ProfileKind kind, const std::string& position, const std::string& from,
                    const std::string& to) {
  const std::string most = std::to_string(histogram_bins_max);
  const std::string span = "(" + to + " - " + from + (is_whole(kind) ? " + 1)" : ")");
  const std::string bins = is_whole(kind) ? "least(" + most + ", " + span + ")" : most;
  // Multiplied before divided: with as many bins as whole positions the quotient is then exact.
  // least() leaves NULLs out, so that they are sorted out first.
  return "CASE WHEN " + position + " IS NULL THEN NULL WHEN " + to + " > " + from +
         " AND isfinite(" + span + " * " + most + ") THEN least(CAST(floor((" + position + " - " +
         from + ") * " + bins + " / " + span + ") AS INTEGER), " + bins + " - 1) ELSE 0 END";
}

Bins bins_between(ProfileKind kind, double from, double to) {
  const double span = to - from + (is_whole(kind) ? 1 : 0);
  if (to <= from || !std::isfinite(span * histogram_bins_max)) return {from, to - from, 1};
  const double bins =
      is_whole(kind) ? std::min<double>(histogram_bins_max, span) : histogram_bins_max;
  return {from, span / bins, static_cast<int>(bins)};
}

}  // namespace sluice::profile
