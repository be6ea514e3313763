#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::lakehouse {

struct DeltaSchema {
  std::string json;                ///< `schemaString`.
  bool has_timestamp_ntz = false;  ///< At any depth; wants a table feature.
};

/// The columns in Delta's types ("from cell to table" of the design), original headers as comments;
/// with `with_batch` a last column `_batch`. `unprocessable` (`delta_type`) for a type that Delta
/// does not have, such as HUGEINT.
Result<DeltaSchema> delta_schema(const std::vector<Column>& columns, bool with_batch);

/// The columns of a schema that delta_schema made, with DuckDB's type texts and without `_batch`.
/// Throws on JSON that is no schema.
std::vector<Column> columns_of_schema(const std::string& text);

}  // namespace sluice::lakehouse
