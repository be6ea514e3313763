#include "app/memory_budget.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/request_places.h"
#include "app/error_codes.h"
#include "base/ascii.h"
#include "base/files.h"
#include "base/log.h"
#include "ingest/ingest_job.h"
#include "intake/job_places.h"
#include "lakehouse/local/parquet_job.h"
#include "query/pool.h"
#include "sandbox/fork_server.h"
#include "temporal/worker.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1U << 20U;

/// Of the machine's memory; the rest is the kernel's, its cache of our files, and everybody else's.
constexpr std::uint64_t default_share_percent = 85;
/// Below a tenth of what it was made for an ingest spills more than it reads.
constexpr std::uint64_t least_share_percent = 10;

/// The processes by themselves. The API holds answers and bodies meanwhile, 64 MiB each at most.
const std::vector<MemoryPart> processes = {{"temporal", 1, 256 * mib},
                                           {"api", 1, 512 * mib},
                                           {"mcp", 1, 128 * mib},
                                           {"worker", 1, 128 * mib}};

MemoryBudget full_budget(bool remote_tables) {
  const query::PoolConfig pool;
  const std::uint64_t activities = temporal::WorkerOptions().activity_slots;
  MemoryBudget budget;
  budget.job_bytes = sandbox::job_memory_bytes_default;
  budget.profile_bytes = ingest::profile_memory_bytes(budget.job_bytes);
  budget.query_bytes = pool.memory_bytes;
  budget.kept_query_bytes = pool.kept_bytes_max;
  budget.parts = {
      {"ingests", intake::ingest_places.places, budget.job_bytes},
      {"previews", api::preview_places.places, ingest::preview_memory_bytes(budget.job_bytes)},
      {"profiles", intake::profile_places.places, budget.profile_bytes},
      {"queries", pool.concurrent_max, budget.query_bytes},
      {"exports", api::export_places.places, budget.query_bytes},
      {"kept_query_workers", pool.bound_max, budget.kept_query_bytes}};
  if (remote_tables) {
    // A workspace makes silver by itself; here its bronze is only looked at before it is sent.
    budget.parts.push_back(
        {"sync_steps", activities, budget.job_bytes / lakehouse::look_memory_share});
    budget.parts.push_back({"remote_queries", api::remote_query_places.places,
                            budget.job_bytes / lakehouse::fetch_memory_share});
  } else {
    budget.parts.push_back({"sync_steps", activities, budget.job_bytes});
  }
  return budget;
}

std::uint64_t sum_of(const std::vector<MemoryPart>& parts) {
  std::uint64_t bytes = 0;
  for (const MemoryPart& part : parts) bytes += part.count * part.bytes_each;
  return bytes;
}

std::string in_mib(std::uint64_t bytes) { return std::to_string(bytes / mib) + "MiB"; }

std::string text_of(const fs::path& path) { return read_file(path, 1 << 16).value_or(""); }

/// A limit as cgroups write it: digits, or `max`.
std::optional<std::uint64_t> limit_in(const fs::path& file) {
  const std::string text = text_of(file);
  std::uint64_t bytes = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (code != std::errc() || !trimmed({end, text.data() + text.size()}).empty()) return {};
  return bytes;
}

/// The least of the group's limit and those above it; a container sees its own group as the root.
std::uint64_t least_limit(const fs::path& mount, fs::path group, const char* file) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (;;) {
    least = std::min(least, limit_in(mount / group.relative_path() / file).value_or(least));
    if (!group.has_relative_path()) return least;
    group = group.parent_path();
  }
}

/// By /proc/self/cgroup: `0::/path` of version 2, `4:memory:/path` of version 1.
std::uint64_t cgroup_limit(const fs::path& root) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  const std::string groups = text_of(root / "proc/self/cgroup");
  for (std::string_view rest = groups; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', std::min(first, line.size() - 1) + 1);
    if (second == std::string_view::npos) continue;
    const std::string controllers =
        "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const fs::path group(line.substr(second + 1));
    const fs::path mounts = root / "sys/fs/cgroup";
    if (controllers == ",,") {
      least = std::min(least, least_limit(mounts, group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, least_limit(mounts / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return std::nullopt;
  const std::string unit = lowered(trimmed({end, text.data() + text.size()}));
  std::uint64_t factor = 1;
  if (!unit.empty() && unit != "b") {
    constexpr std::string_view powers = "kmgt";
    const std::size_t power = powers.find(unit[0]);
    const std::string_view rest = std::string_view(unit).substr(1);
    if (power == std::string_view::npos || (rest != "b" && rest != "ib")) return std::nullopt;
    for (std::size_t i = 0; i <= power; ++i) factor *= rest == "b" ? 1'000 : 1'024;
  }
  if (number > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
  return number * factor;
}

Result<std::uint64_t> memory_of_machine(const fs::path& root) {
  const std::string text = text_of(root / "proc/meminfo");
  constexpr std::string_view label = "MemTotal:";
  const std::size_t at = text.find(label);
  const std::string_view rest = trimmed(
      std::string_view(text).substr(std::min(at, text.size() - label.size()) + label.size()));
  std::uint64_t kib = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), kib);
  if (at == std::string::npos || code != std::errc() || kib == 0) {
    return fail(Errc::internal, Code::memory_unknown,
                "The machine does not say how much memory it has.", "Set MEMORY_LIMIT.");
  }
  return std::min(kib * 1'024, cgroup_limit(root));
}

std::uint64_t MemoryBudget::total_bytes() const { return sum_of(parts); }

Result<MemoryBudget> memory_budget(std::uint64_t limit_bytes, bool remote_tables) {
  MemoryBudget budget = full_budget(remote_tables);
  const std::uint64_t fixed = sum_of(processes);
  const std::uint64_t wanted = budget.total_bytes();
  const std::uint64_t least = fixed + wanted / 100 * least_share_percent;
  if (limit_bytes < least) {
    return fail(Errc::invalid_argument, Code::memory_limit,
                "All parts together may take " + in_mib(limit_bytes) +
                    " of memory, and cannot work with less than " + in_mib(least) + ".",
                "Set MEMORY_LIMIT to at least that, on a machine that has it.");
  }
  // In 1/1024 of what they were made for: whole numbers, rounded down.
  const std::uint64_t share =
      std::min<std::uint64_t>(1'024, (limit_bytes - fixed) / (wanted / 1'024));
  const auto shrink = [share](std::uint64_t& bytes) { bytes = bytes / 1'024 * share; };
  if (share < 1'024) {
    for (std::uint64_t* bytes : {&budget.job_bytes, &budget.profile_bytes, &budget.query_bytes,
                                 &budget.kept_query_bytes}) {
      shrink(*bytes);
    }
    for (MemoryPart& part : budget.parts) shrink(part.bytes_each);
  }
  budget.parts.insert(budget.parts.begin(), processes.begin(), processes.end());
  budget.limit_bytes = limit_bytes;
  return budget;
}

Result<MemoryBudget> memory_budget_of(const Settings& settings, const fs::path& root) {
  const bool remote_tables = settings.lakehouse == "databricks";
  if (settings.memory_limit_bytes != 0) {
    return memory_budget(settings.memory_limit_bytes, remote_tables);
  }
  TRY_ASSIGN(const std::uint64_t machine, memory_of_machine(root));
  return memory_budget(machine / 100 * default_share_percent, remote_tables);
}

void log_memory_budget(const MemoryBudget& budget) {
  std::string parts;
  for (const MemoryPart& part : budget.parts) {
    if (!parts.empty()) parts += ", ";
    parts += part.name + " " + std::to_string(part.count) + "x" + in_mib(part.bytes_each);
  }
  log::info("memory is shared out", {{"limit", in_mib(budget.limit_bytes)},
                                     {"in_all", in_mib(budget.total_bytes())},
                                     {"parts", parts}});
}

}  // namespace sluice::app
