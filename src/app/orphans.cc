#include "app/orphans.h"

#include <sys/stat.h>

#include <set>

#include "base/log.h"

namespace sluice::app {
namespace {

constexpr std::int64_t age_min_s = 3'600;

}  // namespace

Result<void> sweep_orphans(metadata::Store& store, const storage::DatasetFiles& files,
                           const Clock& clock) {
  // What lies there first, what is known second: a file committed in between is then known.
  TRY_ASSIGN(const std::vector<std::string> there, files.list());
  TRY_ASSIGN(const std::vector<std::string> known, store.all_file_names());
  const std::set<std::string> names(known.begin(), known.end());
  for (const std::string& name : there) {
    if (names.contains(name)) continue;
    TRY_ASSIGN(const std::filesystem::path path, files.path_of(name));
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) continue;
    if (clock.now_us() / 1'000'000 - facts.st_ctim.tv_sec < age_min_s) continue;
    TRY(files.remove(name));
    log::info("removed an orphaned file", {{"file_name", name}});
  }
  return {};
}

}  // namespace sluice::app
