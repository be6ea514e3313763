#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "lakehouse/remote_tables.h"
#include "query/request.h"
#include "sandbox/fork_server.h"

namespace sluice::federation {

/// Empty tables of the remote tables' types, for a plan: files in `folder` whose columns are called
/// by planned_name, shown to the query under their own names.
Result<std::vector<query::TableSource>> stand_ins(const std::vector<lakehouse::RemoteTable>& tables,
                                                  const std::string& prefix,
                                                  const std::filesystem::path& folder,
                                                  sandbox::ForkServer& file_workers,
                                                  const std::stop_token& stop);

/// What came of a scan, under the names of the whole table: a column that was not asked for is
/// NULL, and the plan says that nobody reads it.
query::TableSource fetched_table(const lakehouse::RemoteScan& scan,
                                 const std::filesystem::path& file);

/// `text`, in which planned_name stands for columns, with their own names as JSON has them.
std::string with_own_names(std::string text, const std::string& prefix,
                           const std::vector<lakehouse::RemoteTable>& tables);

}  // namespace sluice::federation
