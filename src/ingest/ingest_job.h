#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "ingest/ingest.h"
#include "ingest/preview.h"
#include "sandbox/fork_server.h"

// The same work as ingest.h and profile.h, in a worker that is locked in with this one file: how a
// process that serves tenants has it done. What the worker answers is checked here, for it may be
// the file that speaks.

namespace sluice::ingest {

/// The workers that do these jobs: `sluice file-worker` of our own binary. An ingest's engine may
/// take `job_memory_bytes`, a profile's profile_memory_bytes of it.
std::unique_ptr<sandbox::ForkServer> start_file_workers(
    std::uint64_t job_memory_bytes = sandbox::job_memory_bytes_default);
std::uint64_t profile_memory_bytes(std::uint64_t job_memory_bytes);
/// The same of a preview.
std::uint64_t preview_memory_bytes(std::uint64_t job_memory_bytes);

/// As ingest_file, or ingest_records where `records` is true. Of the request, `room` is not asked:
/// instead `disk_free_bytes_min` stay free. `temp_folder`, `output` and `rejects_output` are on one
/// file system. Errors further: those of sandbox::Job::result, and `file_unreadable` where the file
/// needs more memory than an ingest may take.
Result<IngestedRecords> ingest_in_worker(sandbox::ForkServer& workers, const IngestRequest& request,
                                         bool records, std::uint64_t disk_free_bytes_min);

/// Reads a source as ingest_in_worker does, shows its first rows and keeps nothing: what it wrote
/// goes with its folder below `temp_folder`. Errors: as there, and `whole_file_needed`,
/// `beginning_too_short` where only a beginning is there.
Result<Preview> preview_in_worker(sandbox::ForkServer& workers, const PreviewRequest& request,
                                  std::uint64_t disk_free_bytes_min);

/// As make_profile, of the columns of a Parquet file that is open for reading.
Result<std::string> profile_in_worker(sandbox::ForkServer& workers, FileDescriptor parquet,
                                      const std::filesystem::path& temp_folder,
                                      const std::vector<Column>& columns,
                                      const std::stop_token& stop);

}  // namespace sluice::ingest
