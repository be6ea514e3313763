#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"

namespace sluice::app {

/// Removes Parquet files that no dataset names: a crash between publishing and committing, or between deleting
/// and removing, leaves them. Only those older than an hour, for another API process may be about to commit.
Result<void> sweep_orphans(metadata::Store& store, const storage::DatasetFiles& files,
                           const Clock& clock);

}  // namespace sluice::app
