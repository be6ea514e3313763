#pragma once

#include <string>

namespace sluice::profile {

/// What can be said of a column depends on this.
enum class ProfileKind {
  integer,  ///< Up to HUGEINT: bins of whole numbers.
  number,   ///< DECIMAL, FLOAT, DOUBLE.
  date,
  timestamp,
  instant,  ///< TIMESTAMP WITH TIME ZONE.
  boolean,
  text,    ///< Profiled by its length.
  opaque,  ///< STRUCT, LIST, BLOB, …: counted only.
};

/// By DuckDB's type text.
ProfileKind profile_kind(const std::string& type);
bool is_number(ProfileKind kind);
bool is_time(ProfileKind kind);

// DuckDB's SQL over a cell of such a column.
/// NaN and infinities, which have no place between others, as NULL.
std::string finite_sql(ProfileKind kind, const std::string& cell, const std::string& type);
/// Where it lies, as a DOUBLE: its value, days or microseconds since 1970, a text's length. Empty
/// where the kind has no such thing.
std::string position_sql(ProfileKind kind, const std::string& cell, const std::string& type);
/// What may become a top value.
std::string candidate_sql(ProfileKind kind, const std::string& cell);
/// What avg takes: sums of wide numbers would leave their own type.
std::string mean_sql(const std::string& finite, const std::string& type);
/// The number of the bin of a position, counted from 0; see Bins.
std::string bin_sql(ProfileKind kind, const std::string& position, const std::string& from,
                    const std::string& to);

/// The bins between the least and the greatest position: `count` of them, equally wide. Where
/// positions are whole, the last ends behind the greatest, and there are no more bins than whole
/// positions.
struct Bins {
  double from = 0;
  double width = 0;
  int count = 0;
};
Bins bins_between(ProfileKind kind, double from, double to);

}  // namespace sluice::profile
