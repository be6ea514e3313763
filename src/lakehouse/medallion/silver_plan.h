#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::lakehouse::medallion {

/// How a silver column is made from its bronze column. Enumerators are stable: they are stored by
/// name.
enum class Transform {
  keep,        ///< Bronze's type is already right: as it is.
  text,        ///< Text, trimmed at the ends, null tokens to NULL.
  cast,        ///< Trimmed, null tokens to NULL, then cast to `type`.
  thousands,   ///< As cast, with `,` between groups of three digits taken out first.
  date_format  ///< Trimmed, null tokens to NULL, then read by `format` (strptime form).
};

/// One silver column.
struct SilverColumn {
  std::string source;  ///< Bronze's column name.
  std::string name;    ///< snake_case.
  std::string type;    ///< DuckDB type text.
  Transform transform = Transform::keep;
  std::string format;                    ///< With date_format.
  std::vector<std::string> null_tokens;  ///< Compared after trimming, as written.
  std::string reason;                    ///< Why, in words for `/{id}/schema`.
};

/// From bronze to silver: computed once with the ingest, stored with the version, rendered in two
/// dialects.
struct Plan {
  std::vector<SilverColumn> columns;
  bool remove_duplicates = true;  ///< Exact duplicates of the silver row; one stays.
};

std::string to_json(const Plan& plan);
Result<Plan> plan_from_json(const std::string& text);

}  // namespace sluice::lakehouse::medallion
