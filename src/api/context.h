#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "api/caller_hints.h"
#include "api/places.h"
#include "api/running_uploads.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "lakehouse/remote_tables.h"
#include "metadata/store.h"
#include "query/pool.h"
#include "query/runs/query_runs.h"
#include "sandbox/fork_server.h"
#include "storage/dataset_files.h"
#include "storage/partial_files.h"
#include "storage/verified_files.h"

namespace sluice::api {

/// Of docs/settings.md, what the handlers need.
struct Options {
  bool sync_possible = true;  ///< DATABRICKS_SYNC_ENABLED and MCP_ENABLED.
  bool auto_sync = true;
  std::string lakehouse = "local";
  std::string mcp_api_key;
  std::string ingest_memory_limit = "1GB";
  std::uint64_t upload_bytes_max = 100ULL << 30;
  std::uint64_t disk_free_bytes_min = 1ULL << 30;
  Micros upload_idle_us = 86'400'000'000;
  bool keep_source = true;
  std::filesystem::path remote_folder = {};  ///< Of what is fetched for a query.
  lakehouse::RemoteLimits remote_limits = {};
};

/// What the handlers work with. Owned by the main; outlives the server. Safe for concurrent use.
struct Context {
  metadata::Store& store;
  storage::DatasetFiles& files;
  storage::PartialFiles& partial_files;
  query::WorkerPool& queries;
  sandbox::ForkServer& file_workers;  ///< Who reads files; this process never does.
  query::QueryRuns& query_runs;
  const Clock& clock;
  Options options;
  /// Called after a commit that put something into the outbox.
  std::function<void()> wake_dispatcher;
  /// Called when a resumable upload is complete.
  std::function<void()> wake_upload_ingester;
  /// Called when an original was stored.
  std::function<void()> wake_source_compressor;
  /// Called after a commit that made a version without a profile.
  std::function<void()> wake_profiler;
  /// Of a lakehouse that is not on this machine; else nothing.
  lakehouse::RemoteTables* remote_tables = nullptr;
  /// Shared with the pool of queries: a file is read once to be verified, whoever opens it.
  std::shared_ptr<storage::VerifiedFiles> verified = std::make_shared<storage::VerifiedFiles>();
  RunningUploads running{};
  CallerHints callers{};
  FairSlots ingest_slots{ingest_places};
  FairSlots upload_slots{upload_places};
  FairSlots download_slots{download_places};
  FairSlots export_slots{export_places};
  FairSlots remote_slots{remote_query_places};
  FairSlots profile_slots{profile_wait_places};
};

/// A handler that may fail; the route turns the error into problem+json and logs it where it is
/// ours.
using FallibleHandler = std::function<Result<http::Response>(Context&, http::Request&)>;
/// The same behind a token.
using TenantHandler =
    std::function<Result<http::Response>(Context&, http::Request&, const auth::Principal&)>;

}  // namespace sluice::api
