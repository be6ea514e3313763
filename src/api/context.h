#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "api/caller_hints.h"
#include "api/request_places.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "intake/context.h"
#include "lakehouse/remote_tables.h"
#include "metadata/store.h"
#include "query/pool.h"
#include "query/runs/query_runs.h"
#include "sandbox/fork_server.h"
#include "storage/dataset_files.h"
#include "storage/partial_files.h"
#include "storage/verified_files.h"

namespace sluice::api {

/// Of docs/settings.md, what only the handlers need.
struct Options {
  std::string mcp_api_key;
  std::uint64_t upload_bytes_max = 100ULL << 30;
  std::filesystem::path remote_folder = {};  ///< Of what is fetched for a query.
  lakehouse::RemoteLimits remote_limits = {};
};

/// What the handlers work with. All that it refers to outlives it; it outlives the server. Safe for
/// concurrent use.
struct Context {
  Context(intake::Context& intake_in, query::WorkerPool& queries_in, query::QueryRuns& runs_in,
          lakehouse::RemoteTables* remote_tables_in, Options options_in)
      : intake(intake_in),
        store(intake_in.store),
        files(intake_in.files),
        partial_files(intake_in.partial_files),
        verified(intake_in.verified),
        file_workers(intake_in.file_workers),
        clock(intake_in.clock),
        queries(queries_in),
        query_runs(runs_in),
        remote_tables(remote_tables_in),
        options(std::move(options_in)) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  intake::Context& intake;
  metadata::Store& store;
  const storage::DatasetFiles& files;
  const storage::PartialFiles& partial_files;
  /// Shared with the pool of queries: a file is read once to be verified, whoever opens it.
  storage::VerifiedFiles& verified;
  sandbox::ForkServer& file_workers;  ///< Who reads files; this process never does.
  const Clock& clock;
  query::WorkerPool& queries;
  query::QueryRuns& query_runs;
  /// Of a lakehouse that is not on this machine; else nothing.
  lakehouse::RemoteTables* remote_tables;
  const Options options;
  CallerHints callers{};
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
