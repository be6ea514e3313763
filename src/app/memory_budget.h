#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "base/result.h"

/// What all parts together may take of the machine's memory. Each part's limits follow from one
/// number, MEMORY_LIMIT, so that they add up to it and not to more.
namespace sluice::app {

/// `4GB`, `512MiB` or a number of bytes; units of 1000 (KB, MB, GB, TB) or 1024 (KiB, …), in
/// letters of either case. Nothing where it is none of these, or too large to count.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// The memory that this process may have: the machine's, or the least limit of its cgroup and of
/// those above it, version 2 or 1. `root` is `/`; a test has another. Error `memory_unknown`
/// where the machine does not say.
Result<std::uint64_t> memory_of_machine(const std::filesystem::path& root = "/");

/// Work of one kind: so many at a time, so much each.
struct MemoryPart {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t bytes_each = 0;
};

struct MemoryBudget {
  std::uint64_t limit_bytes = 0;
  std::uint64_t job_bytes = 0;         ///< An ingest, or a step of a sync: the engine's own limit.
  std::uint64_t profile_bytes = 0;     ///< The same of a profile.
  std::uint64_t query_bytes = 0;       ///< The same of a query.
  std::uint64_t kept_query_bytes = 0;  ///< A worker that holds more is not kept for the next query.
  std::vector<MemoryPart> parts;       ///< What it adds up to, the processes themselves included.

  std::uint64_t total_bytes() const;
};

/// Shares `limit_bytes` out. Where it is enough for all, each limit is the one it was made for, and
/// no more; else all shrink alike. Error `memory_limit` where less would be left than work can be
/// done with. `remote_tables`: queries may bring tables of a workspace here.
Result<MemoryBudget> memory_budget(std::uint64_t limit_bytes, bool remote_tables);

/// The same for MEMORY_LIMIT, or, where it is not set, for the default share of what the machine
/// has.
Result<MemoryBudget> memory_budget_of(const Settings& settings,
                                      const std::filesystem::path& root = "/");

/// Says in one log line what each part may take.
void log_memory_budget(const MemoryBudget& budget);

}  // namespace sluice::app
