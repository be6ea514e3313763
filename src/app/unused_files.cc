#include "app/unused_files.h"

#include <sys/stat.h>

#include <chrono>
#include <set>

#include "base/log.h"

namespace sluice::app {
namespace {

constexpr Micros age_min_us = 3'600'000'000;
constexpr std::chrono::minutes interval{10};

}  // namespace

Result<void> sweep_unused_files(const metadata::Store& store, const storage::DatasetFiles& files,
                                const Clock& clock) {
  const Micros oldest_us = clock.now_us() - age_min_us;
  // What lies there first, what is in use second: a file committed in between is then known.
  TRY_ASSIGN(const std::vector<std::string> there, files.list());
  TRY_ASSIGN(const std::vector<std::string> in_use, store.file_names_in_use(oldest_us));
  const std::set<std::string> names(in_use.begin(), in_use.end());
  for (const std::string& name : there) {
    if (names.contains(name)) continue;
    TRY_ASSIGN(const std::filesystem::path path, files.path_of(name));
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) continue;
    if (facts.st_ctim.tv_sec > oldest_us / 1'000'000) continue;
    TRY(files.remove(name));
    log::info("removed a file that is not used", {{"file_name", name}});
  }
  return {};
}

UnusedFilesSweeper::UnusedFilesSweeper(const metadata::Store& store,
                                       const storage::DatasetFiles& files, const Clock& clock)
    : store_(store), files_(files), clock_(clock), thread_([this](std::stop_token stop) {
        run(std::move(stop));
      }) {}

void UnusedFilesSweeper::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (const Result<void> swept = sweep_unused_files(store_, files_, clock_); !swept) {
      log::error("cannot sweep files that are not used", {{"error", to_line(swept.error())}});
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, interval, [] { return false; });
  }
}

}  // namespace sluice::app
