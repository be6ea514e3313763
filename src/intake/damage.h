#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "intake/context.h"
#include "metadata/records.h"

namespace sluice::intake {

/// Notes that a stored file, or the data file of a lakehouse table, is not what was written, and
/// logs it the first time. Any thread.
void note_damage(metadata::Store& store, const storage::DatasetFiles& files,
                 const std::filesystem::path& path);
/// The same where it is what was written.
void clear_damage(metadata::Store& store, const storage::DatasetFiles& files,
                  const std::filesystem::path& path);

/// What mends it, as an order; `damage` is all that is known of the dataset.
std::string remedy_of(const Dataset& dataset, const SyncState& state, metadata::FileKind kind,
                      const std::vector<metadata::Damage>& damage);

/// The same, looked up when it is called. The store must outlive it.
std::function<std::string()> remedy_later(const metadata::Store& store, const TenantId& tenant,
                                          const std::string& dataset_id, metadata::FileKind kind);

/// The original of a dataset's current version, open and verified. Errors: `source_not_kept`,
/// `source_damaged`, `cancelled`.
Result<FileDescriptor> open_source(Context& context, const Dataset& dataset,
                                   const std::filesystem::path& path, std::stop_token stop);

}  // namespace sluice::intake
