#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/fair_slots.h"
#include "base/wake.h"
#include "dataset/dataset.h"
#include "intake/job_places.h"
#include "intake/running_uploads.h"
#include "intake/undecided_files.h"
#include "metadata/store.h"
#include "sandbox/fork_server.h"
#include "storage/dataset_files.h"
#include "storage/partial_files.h"
#include "storage/verified_files.h"

namespace sluice::intake {

/// Of docs/settings.md, what this room needs.
struct Options {
  bool sync_possible = true;  ///< DATABRICKS_SYNC_ENABLED and MCP_ENABLED.
  bool auto_sync = true;
  std::string lakehouse = "local";
  std::uint64_t disk_free_bytes_min = 1ULL << 30;
  Micros upload_idle_us = 86'400'000'000;  ///< How long a client may be silent.
  bool keep_source = true;
};

/// Who is told that there is something to do. Made before those who tell and those who listen.
struct Wakes {
  Wake dispatcher;         ///< A commit put something into the outbox.
  Wake upload_ingester;    ///< A resumable upload is complete.
  Wake source_compressor;  ///< An original was stored.
  Wake profiler;           ///< A version without a profile was committed.
};

/// What this room works with. All that is referred to outlives it. Safe for concurrent use.
struct Context {
  metadata::Store& store;
  const storage::DatasetFiles& files;
  const storage::PartialFiles& partial_files;
  /// Shared with the pool of queries: a file is read once to be verified, whoever opens it.
  storage::VerifiedFiles& verified;
  sandbox::ForkServer& file_workers;  ///< Who reads files; this process never does.
  const Clock& clock;
  Options options = {};
  Wakes wakes = {};
  RunningUploads running = {};
  UndecidedFiles undecided = {};
  FairSlots ingest_slots{ingest_places};
};

/// Settled question 7: the switches and the dataset's own flag.
inline bool sync_enabled(const Context& context, const Dataset& dataset) {
  return context.options.sync_possible && dataset.sync_enabled;
}

}  // namespace sluice::intake
