#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::lakehouse {

/// A data file of a table.
struct DeltaFile {
  std::string
      path;  ///< Relative to the table's folder; ours have no character that wants escaping.
  std::int64_t bytes = 0;
  std::int64_t row_count = 0;
  std::optional<std::int64_t> batch;        ///< Bronze: the value of the partition column `_batch`.
  std::map<std::string, std::string> tags;  ///< What it was made of: how a repetition is known.
};

/// A table at its newest commit.
struct DeltaSnapshot {
  std::int64_t log_version = -1;  ///< -1: there is no table.
  std::string table_id;
  std::string dataset_id;
  std::string schema_json;
  std::int64_t reader_version = 0;
  std::vector<DeltaFile> files;  ///< One, or none; more where someone else wrote to the table.
  std::vector<std::string> removed_last;  ///< Paths that the newest commit removed.

  /// The one file of a table as we leave it; null otherwise.
  const DeltaFile* file() const { return files.size() == 1 ? files.data() : nullptr; }
};

/// A commit that replaces the table's content.
struct DeltaReplace {
  std::string dataset_id;
  std::int64_t dataset_version = 0;
  std::vector<Column> columns;
  std::optional<DeltaFile> file;  ///< None leaves the table empty.
};

/// The `_delta_log` of one table, as far as our own tables need it: JSON commits from 0 on, no
/// checkpoints. Source: the Delta transaction log protocol (delta-io/delta, PROTOCOL.md). Threads:
/// the caller holds the table's lock for `replace`.
class DeltaLog {
 public:
  explicit DeltaLog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// `data_loss` (`delta_log_damaged`) where a commit is missing or is none. A log that cannot be
  /// opened is that error, and no absent table.
  Result<DeltaSnapshot> snapshot() const;
  /// Whose table it is, also where the log is damaged: the dataset that its newest readable commit
  /// names. Empty where none does.
  Result<std::string> owner() const;
  /// Durable once it returns; an existing commit is never overwritten: `unavailable`
  /// (`delta_conflict`).
  Result<void> replace(const DeltaSnapshot& base, const DeltaReplace& change,
                       std::int64_t now_ms) const;

 private:
  std::filesystem::path commit_path(std::int64_t version) const;
  /// From the oldest to the newest; none where there is no log.
  Result<std::vector<std::filesystem::path>> commits() const;
  std::filesystem::path folder_;
};

}  // namespace sluice::lakehouse
