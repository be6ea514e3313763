// Histories of every version of DatasetSyncWorkflow, as testdata/record.py made them, fit the code
// of today: what is in flight at a user's goes on after an upgrade.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/files.h"
#include "sync/dataset_sync_workflow.h"
#include "temporal/replayer.h"
#include "temporal/runtime.h"

namespace sluice::sync {
namespace {

namespace fs = std::filesystem;

TEST(Replay, HistoriesOfEveryVersionFit) {
  const std::unique_ptr<temporal::Runtime> runtime = temporal::Runtime::create().value();
  temporal::Replayer replayer(*runtime);
  replayer.register_workflow(DatasetSyncWorkflow::definition());
  std::set<std::string> versions;
  int histories = 0;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(fs::path(__FILE__).parent_path() / "testdata/histories")) {
    if (entry.path().extension() != ".json") continue;
    const Result<void> replayed =
        replayer.replay(entry.path().stem().string(), read_file(entry.path()).value());
    EXPECT_TRUE(replayed) << entry.path() << ": " << to_line(replayed.error());
    versions.insert(entry.path().parent_path().filename().string());
    ++histories;
  }
  EXPECT_GE(versions.size(), 2U);
  EXPECT_GE(histories, 14);
}

}  // namespace
}  // namespace sluice::sync
