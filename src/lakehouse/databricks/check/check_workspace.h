#pragma once

#include <chrono>
#include <stop_token>

#include "dataset/dataset.h"
#include "lakehouse/databricks/check/workspace_check.h"
#include "lakehouse/databricks/connection.h"

namespace sluice::lakehouse::databricks {

struct CheckOptions {
  TenantId tenant{"default"};  ///< Whose catalog, schemas and group are looked for.
  /// Send one `SELECT 1` at the end, which wakes the warehouse, and say how long it took.
  bool with_statement = false;
  /// Of all looking. The statement comes on top: it is waited for as a sync's would be.
  std::chrono::milliseconds deadline{60'000};
  std::stop_token stop = {};
};

/// Looks at a workspace, by REST calls that wake nothing and change nothing: whether a first sync
/// would pass there, what it would cost, and what to do about the rest. Each call has 10 s. No
/// table is looked at: masks, filters and tags are told by the sync that meets them. Never fails:
/// what goes wrong is a finding. Any number at once, each on its caller's thread.
WorkspaceCheck check_workspace(const Connection& connection, const CheckOptions& options);

/// The same of settings that were refused before anything was asked.
WorkspaceCheck check_of_bad_settings(const std::string& host, const Error& error);

}  // namespace sluice::lakehouse::databricks
