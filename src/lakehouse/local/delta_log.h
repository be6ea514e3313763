#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::lakehouse {

/// The one data file of a table's current version.
struct DeltaFile {
  std::string path;  ///< Relative to the table's folder.
  std::int64_t bytes = 0;
  std::int64_t row_count = 0;
  std::optional<std::int64_t> batch;  ///< Bronze: the value of the partition column `_batch`.
};

/// A table at its newest commit.
struct DeltaSnapshot {
  std::int64_t log_version = -1;  ///< -1: there is no table.
  std::string table_id;
  std::string dataset_id;
  std::optional<DeltaFile> file;
};

/// A commit that replaces the table's content.
struct DeltaReplace {
  std::string dataset_id;
  std::int64_t dataset_version = 0;
  std::vector<Column> columns;
  DeltaFile file;
};

struct DeltaSchema {
  std::string json;                ///< `schemaString`.
  bool has_timestamp_ntz = false;  ///< Wants a table feature.
};

/// `unprocessable` (`delta_type`) for a type that Delta does not have.
Result<DeltaSchema> delta_schema(const std::vector<Column>& columns, bool with_batch);

/// The `_delta_log` of one table, as far as our own tables need it: JSON commits, no checkpoints. Source: the Delta
/// transaction log protocol (delta-io/delta, PROTOCOL.md). Threads: the caller holds the table's lock for `replace`.
class DeltaLog {
 public:
  explicit DeltaLog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// `data_loss` (`delta_log_damaged`) where a commit cannot be read.
  Result<DeltaSnapshot> snapshot() const;
  /// Durable once it returns; an existing commit is never overwritten: `conflict` (`delta_conflict`).
  Result<void> replace(const DeltaSnapshot& base, const DeltaReplace& change,
                       std::int64_t now_ms) const;

 private:
  std::filesystem::path commit_path(std::int64_t version) const;
  std::filesystem::path folder_;
};

}  // namespace sluice::lakehouse
