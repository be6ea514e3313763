#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "accounts/accounts.h"
#include "api/caller_hints.h"
#include "api/request_places.h"
#include "auth/token.h"
#include "base/fair_slots.h"
#include "base/result.h"
#include "http/message.h"
#include "intake/context.h"
#include "lakehouse/remote_tables.h"
#include "query/pool.h"
#include "query/runs/query_runs.h"

namespace sluice::api {

/// Of docs/settings.md, what only the handlers need.
struct Options {
  std::string mcp_api_key;
  std::uint64_t upload_bytes_max = 100ULL << 30;
  std::filesystem::path remote_folder = {};  ///< Of what is fetched for a query.
  lakehouse::RemoteLimits remote_limits = {};
  std::vector<std::string> trusted_proxies = {};  ///< Addresses.
};

/// What the handlers work with. All that it refers to outlives it; it outlives the server. Safe for
/// concurrent use.
struct Context {
  intake::Context& intake;  ///< The store, the files, the clock.
  accounts::Accounts& accounts;
  query::WorkerPool& queries;
  query::QueryRuns& query_runs;
  /// Of a lakehouse that is not on this machine; else nothing.
  lakehouse::RemoteTables* remote_tables;
  const Options options;
  CallerHints callers{};
  FairSlots upload_slots{upload_places};
  FairSlots preview_slots{preview_places};
  FairSlots download_slots{download_places};
  FairSlots export_slots{export_places};
  FairSlots remote_slots{remote_query_places};
  FairSlots profile_slots{profile_wait_places};
  FairSlots password_slots{password_places};
};

/// A handler that may fail; the route turns the error into problem+json and logs it where it is
/// ours.
using FallibleHandler = std::function<Result<http::Response>(Context&, http::Request&)>;
/// The same behind a token.
using TenantHandler =
    std::function<Result<http::Response>(Context&, http::Request&, const auth::Principal&)>;

}  // namespace sluice::api
