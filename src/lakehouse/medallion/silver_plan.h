#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::lakehouse::medallion {

/// How a silver column is made from its bronze column. Enumerators are stable: they are stored by
/// name.
enum class Transform {
  keep,           ///< Bronze's type is already right: as it is.
  text,           ///< Text, trimmed at the ends, null tokens to NULL.
  cast,           ///< Trimmed, null tokens to NULL, then cast to `type`.
  thousands,      ///< As cast, with `,` between groups of three digits taken out first.
  date_format,    ///< Trimmed, null tokens to NULL, then read by `format` (strptime form).
  number_format,  ///< As cast, of numbers written like `format` (number_format.h).
  word_pair       ///< As cast, of two words: `format` is `Yes/No`, that of true first.
};

/// Which rows are duplicates of each other (docs/decisions/0022). Stored by name.
enum class DuplicatesBy {
  bronze,  ///< Alike in every bronze cell, as it came: `2.1` and `2.10` are two.
  silver   ///< Alike in silver.
};

/// One silver column.
struct SilverColumn {
  std::string source;  ///< Bronze's column name.
  std::string name;    ///< snake_case.
  std::string type;    ///< DuckDB type text.
  Transform transform = Transform::keep;
  std::string format;                    ///< With date_format, number_format and word_pair.
  std::vector<std::string> null_tokens;  ///< Compared after trimming, as written.
  std::string reason;                    ///< Why, in words for `/{id}/schema`.
};

/// From bronze to silver: computed once with the ingest, stored with the version, rendered in two
/// dialects.
struct Plan {
  std::vector<SilverColumn> columns;
  bool remove_duplicates = true;  ///< Of duplicates one stays.
  /// Nothing in plans that were stored before this was asked: by silver.
  std::optional<DuplicatesBy> duplicates_by = std::nullopt;
};

std::string to_json(const Plan& plan);
Result<Plan> plan_from_json(const std::string& text);

}  // namespace sluice::lakehouse::medallion
