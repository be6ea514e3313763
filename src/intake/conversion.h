#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dataset/dataset.h"
#include "ingest/ingest.h"
#include "intake/context.h"
#include "storage/dataset_files.h"

namespace sluice::intake {

/// What to convert, and who watches.
struct Source {
  /// The caller says `source` (complete, unless `arrival` says how far it is), `options`, and,
  /// where it matters, `progress`, `stop` and `packed_from`. Where the result goes and what it may
  /// take of the machine is `convert`'s to say.
  ingest::IngestRequest request;
  std::string label;     ///< What the client calls it.
  bool records = false;  ///< The body of POST /ingest.
};

/// A converted source: its files, not yet published, and what is known of it.
struct Converted {
  storage::TemporaryFile parquet;
  storage::TemporaryFile rejects;
  std::optional<storage::TemporaryFile> source = std::nullopt;  ///< The original, if it is kept.
  DatasetVersion version = {};
  std::string name = {};         ///< From the body; records only.
  std::string description = {};  ///< From the body; records only.
};

/// Ingests a source in a file worker, and blocks until it is done. The caller holds an ingest
/// place. Errors: those of ingest.
Result<Converted> convert(Context& context, const Source& source);

/// Names the files of a version after its Parquet file: `x.parquet`, `x.rejects.parquet`,
/// `x.source`.
void name_files(Converted& converted, const std::string& file_name);

/// Makes the files durable under their names, all or none.
Result<void> publish(Context& context, Converted& converted);
/// Takes them away again, after a transaction that failed or a process that died before it.
void unpublish(const storage::DatasetFiles& files, const DatasetVersion& version);

}  // namespace sluice::intake
