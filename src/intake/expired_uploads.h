#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"
#include "storage/partial_files.h"

namespace sluice::intake {

/// Removes resumable uploads whose time has come, with their partial files: those for which nothing
/// came any more, and finished ones that were shown long enough. One that a request holds just now
/// stays. The file of a settled one goes at once: a crash came before it could be removed. A
/// partial file that no upload knows goes a week after its last change: a crash left it, or this is
/// not the database that belongs here.
Result<void> sweep_expired_uploads(metadata::Store& store, const storage::PartialFiles& files,
                                   const Clock& clock);

}  // namespace sluice::intake
