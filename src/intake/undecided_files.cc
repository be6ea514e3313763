#include "intake/undecided_files.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "intake/unused_files.h"

namespace sluice::intake {
namespace {

/// No database works on a commit for so long.
constexpr Micros age_min_us = 300'000'000;

}  // namespace

void UndecidedFiles::add(std::string file_name, Micros now_us) {
  const std::lock_guard lock(mutex_);
  since_us_.insert_or_assign(std::move(file_name), now_us);
}

std::size_t UndecidedFiles::size() const {
  const std::lock_guard lock(mutex_);
  return since_us_.size();
}

Result<void> UndecidedFiles::decide(const metadata::Store& store,
                                    const storage::DatasetFiles& files, Micros now_us) {
  std::vector<std::string> old;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, since_us] : since_us_) {
      if (since_us + age_min_us <= now_us) old.push_back(name);
    }
  }
  for (const std::string& name : old) {
    const Result<metadata::FileOwner> owner = store.find_by_file_name(name);
    if (!owner && owner.error().kind != Errc::not_found) return fail(owner.error());
    if (!owner) {
      TRY(remove_version_files(files, name));
      log::info("removed files whose commit did not happen", {{"file_name", name}});
    }
    files.settle(name);
    const std::lock_guard lock(mutex_);
    since_us_.erase(name);
  }
  return {};
}

}  // namespace sluice::intake
