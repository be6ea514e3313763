#include "query/bound_workers.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice::query {
namespace {

/// A worker that has grown beyond it is not kept: the memory is better given back.
constexpr std::size_t resident_bytes_max = std::size_t{512} << 20U;

FileIdentity identity_of(const std::filesystem::path& path, const struct stat& info) {
  return {path, info.st_dev, info.st_ino, info.st_size,
          info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

bool is_well(BoundWorkers::Entry& entry) {
  return entry.worker.is_at_rest() &&
         std::all_of(entry.bond.files.begin(), entry.bond.files.end(),
                     [](const FileIdentity& file) { return file.is_still_there(); });
}

}  // namespace

bool FileIdentity::is_still_there() const {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return false;
  const FileIdentity now = identity_of(path, info);
  return now.device == device && now.inode == inode && now.bytes == bytes &&
         now.modified_ns == modified_ns;
}

std::string bond_key(const QueryRequest& request) {
  // No part can hold a NUL: names and paths are C strings to the system, SELECTs to the engine.
  std::string key = request.owner;
  const auto add = [&key](const std::string& part) {
    key += '\0';
    key += part;
  };
  add(std::to_string(request.memory_bytes));
  add(std::to_string(request.threads));
  for (const TableSource& table : request.tables) {
    add(std::to_string(table.name.size()));
    for (const std::string& part : table.name) add(part);
    add(std::to_string(table.files.size()));
    for (const std::filesystem::path& file : table.files) add(file.native());
    add(table.view_select);
  }
  return key;
}

Result<Binding> make_binding(const QueryRequest& request, std::vector<FileDescriptor>& files,
                             Bond& bond) {
  Binding binding;
  binding.memory_bytes = request.memory_bytes;
  binding.threads = std::max(1, request.threads);
  for (const TableSource& table : request.tables) {
    JobTable entry{table.name, table.view_select, files.size(), table.files.size()};
    for (const std::filesystem::path& path : table.files) {
      FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      struct stat info {};
      if (!file || ::fstat(file.get(), &info) != 0) {
        // Ours to mend, and the path is ours to know: it goes to the log only.
        Error missing = error_from_errno(errno, "opening a data file", path.string());
        return fail(Errc::internal, "query_data_missing", std::move(missing.detail));
      }
      bond.files.push_back(identity_of(path, info));
      files.push_back(std::move(file));
    }
    binding.tables.push_back(std::move(entry));
  }
  return binding;
}

std::list<BoundWorkers::Entry>::iterator BoundWorkers::end_worker(
    std::list<Entry>::iterator at, std::vector<WorkerProcess>& ended) {
  at->worker.kill();
  ended.push_back(std::move(at->worker));
  return entries_.erase(at);
}

std::optional<BoundWorkers::Entry> BoundWorkers::take(const std::string& key,
                                                      std::vector<WorkerProcess>& ended) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->bond.key != key) {
      ++at;
    } else if (!is_well(*at)) {
      at = end_worker(at, ended);
    } else {
      Entry entry = std::move(*at);
      entries_.erase(at);
      return entry;
    }
  }
  return std::nullopt;
}

void BoundWorkers::put(WorkerProcess worker, Bond bond, std::vector<WorkerProcess>& ended) {
  entries_.push_front({std::move(worker), std::move(bond), Clock::now()});
  while (entries_.size() > count_max_) end_worker(std::prev(entries_.end()), ended);
}

void BoundWorkers::expire(std::vector<WorkerProcess>& ended) {
  const Clock::time_point now = Clock::now();
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool ends = now - at->since > idle_max_ || !is_well(*at) ||
                      at->worker.resident_bytes() > resident_bytes_max;
    at = ends ? end_worker(at, ended) : std::next(at);
  }
}

}  // namespace sluice::query
