#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "lakehouse/medallion/silver_plan.h"
#include "wire/form.h"

// How a plan stands in JSON: in metadata.db and in calls of transform_to_silver.

namespace sluice::lakehouse::medallion {

constexpr auto wire_names(const Transform*) {
  return std::array<std::pair<Transform, const char*>, 7>{{
      {Transform::keep, "keep"},
      {Transform::text, "text"},
      {Transform::cast, "cast"},
      {Transform::thousands, "thousands"},
      {Transform::date_format, "date_format"},
      {Transform::number_format, "number_format"},
      {Transform::word_pair, "word_pair"},
  }};
}

constexpr auto wire_names(const DuplicatesBy*) {
  return std::array<std::pair<DuplicatesBy, const char*>, 2>{
      {{DuplicatesBy::bronze, "bronze"}, {DuplicatesBy::silver, "silver"}}};
}

constexpr auto wire_fields(const SilverColumn*) {
  using T = SilverColumn;
  return std::tuple(wire::field("source", &T::source, "Bronze's column."),
                    wire::field("name", &T::name, "Silver's column."),
                    wire::field("type", &T::type, "DuckDB type of silver's column."),
                    wire::field("transform", &T::transform, "How one is made of the other."),
                    wire::field("format", &T::format,
                                "With date_format strptime's; with number_format how "
                                "-1234.5 is written; with word_pair `Yes/No`; else empty."),
                    wire::field("null_tokens", &T::null_tokens, "Texts that stand for no value."),
                    wire::field("reason", &T::reason, "Why, in words."));
}

constexpr auto wire_fields(const Plan*) {
  return std::tuple(
      wire::field("columns", &Plan::columns, "Silver's columns."),
      wire::field("remove_duplicates", &Plan::remove_duplicates, "Of duplicate rows one stays."),
      wire::optional_field("duplicates_by", &Plan::duplicates_by,
                           "Whether rows that are equal in bronze are duplicates, "
                           "or those equal in silver, as where it is not said."));
}

}  // namespace sluice::lakehouse::medallion
