#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"

namespace sluice::intake {

/// Removes Parquet files of versions that were replaced an hour ago, when no query or sync may
/// still be reading them, and of deleted datasets, where a crash came between deleting and
/// removing. A file that the store never knew stays: it may be the only copy, where the database
/// was exchanged or restored. What is removed here is gone for good. Blocks on store and disk; may
/// run in several processes at once.
Result<void> sweep_unused_files(const metadata::Store& store, const storage::DatasetFiles& files,
                                const Clock& clock);

/// The three files that a version may have, by the name of its Parquet file.
Result<void> remove_version_files(const storage::DatasetFiles& files, const std::string& name);

/// Removes what a process published that died before its transaction (DatasetFiles::unsettled). To
/// be called before anything publishes.
Result<void> sweep_unsettled_files(const metadata::Store& store,
                                   const storage::DatasetFiles& files);

}  // namespace sluice::intake
