#include "intake/unused_files.h"

#include <map>
#include <set>
#include <string_view>

#include "base/log.h"

namespace sluice::intake {
namespace {

constexpr Micros age_min_us = 3'600'000'000;

}  // namespace

Result<void> sweep_unused_files(const metadata::Store& store, const storage::DatasetFiles& files,
                                const Clock& clock) {
  const Micros oldest_us = clock.now_us() - age_min_us;
  // What lies there first, what is known second: a file committed in between is then known.
  TRY_ASSIGN(const std::vector<std::string> there, files.list());
  TRY_ASSIGN(const std::vector<metadata::StoredFile> stored, store.list_files(oldest_us));
  std::map<std::string_view, bool> needed;
  for (const metadata::StoredFile& file : stored) needed[file.name] = file.needed;
  for (const std::string& name : there) {
    const auto known = needed.find(name);
    // Never known: this is not the database that belongs here.
    if (known == needed.end() || known->second) continue;
    TRY(files.remove(name));
    log::info("removed a file that is not used", {{"file_name", name}});
  }
  return {};
}

Result<void> remove_version_files(const storage::DatasetFiles& files, const std::string& name) {
  const std::string stem = name.substr(0, name.rfind('.'));
  for (const std::string& file : {name, stem + ".rejects.parquet", stem + ".source"}) {
    TRY(files.remove(file));
  }
  return {};
}

Result<void> sweep_unsettled_files(const metadata::Store& store,
                                   const storage::DatasetFiles& files) {
  if (files.unsettled().empty()) return {};
  TRY_ASSIGN(const std::vector<metadata::StoredFile> stored, store.list_files(0));
  std::set<std::string_view> known;
  for (const metadata::StoredFile& file : stored) known.insert(file.name);
  for (const std::string& name : files.unsettled()) {
    // A resumable upload has its file's name from the beginning: another process may have taken it
    // up.
    TRY_ASSIGN(const bool taken_up, files.is_announced_elsewhere(name));
    if (known.count(name) == 0 && !taken_up) {
      TRY(remove_version_files(files, name));
      log::info("removed files of an upload that was never answered", {{"file_name", name}});
    }
    files.settle(name);
  }
  return {};
}

}  // namespace sluice::intake
