#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "api/context.h"
#include "dataset/dataset.h"
#include "ingest/ingest.h"
#include "storage/dataset_files.h"

namespace sluice::api {

/// What to convert, and who watches.
struct Source {
  std::filesystem::path path;  ///< Not changing; complete, unless `arrival` says how far it is.
  std::string label;           ///< What the client calls it.
  bool records = false;        ///< The body of POST /ingest.
  ingest::IngestOptions options;
  std::stop_token stop;
  std::shared_ptr<ingest::IngestProgress> progress;
  std::shared_ptr<const ingest::Arrival> arrival = nullptr;
  std::optional<std::uint64_t> packed_from = std::nullopt;  ///< Its size before we packed it.
};

/// A converted source: its files, not yet published, and what is known of it.
struct Converted {
  storage::TemporaryFile parquet;
  storage::TemporaryFile rejects;
  std::optional<storage::TemporaryFile> source;  ///< The original, where it is kept.
  DatasetVersion version;
  std::string name;         ///< From the body; records only.
  std::string description;  ///< From the body; records only.
};

/// Ingests a source. The caller holds an ingest slot. Errors: those of ingest.
Result<Converted> convert(Context& context, const Source& source);

/// Names the files of a version after its Parquet file: `x.parquet`, `x.rejects.parquet`,
/// `x.source`.
void name_files(Converted& converted, const std::string& file_name);

/// Makes the files durable under their names, all or none.
Result<void> publish(Context& context, Converted& converted);
/// Takes them away again, after a transaction that failed or a process that died before it.
void unpublish(Context& context, const DatasetVersion& version);

}  // namespace sluice::api
