// Histories of every version of DatasetSyncWorkflow, as testdata/record.py made them, fit the code
// of today: what is in flight at a user's goes on after an upgrade.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include "base/files.h"
#include "sync/dataset_sync_workflow.h"
#include "temporal/payload/payload_sealer.h"
#include "temporal/replayer.h"
#include "temporal/runtime.h"

namespace sluice::sync {
namespace {

namespace fs = std::filesystem;

std::string workflow_id_in(const std::string& history) {
  const boost::json::value parsed = boost::json::parse(history);
  const boost::json::value& started =
      parsed.at("events").at(0).at("workflowExecutionStartedEventAttributes");
  return boost::json::value_to<std::string>(started.at("workflowId"));
}

/// As a worker reads them: from v3 on they are sealed, and before that nothing is.
std::shared_ptr<const temporal::PayloadSealer> sealer_of(const fs::path& folder) {
  std::string keys;
  for (const char* version : {"v3", "v4"})
    keys += read_file(folder / version / "payload_keys").value();
  return std::make_shared<const temporal::PayloadSealer>(
      temporal::parse_payload_keys(keys).value());
}

TEST(Replay, HistoriesOfEveryVersionFit) {
  const fs::path folder = fs::path(__FILE__).parent_path() / "testdata/histories";
  const std::unique_ptr<temporal::Runtime> runtime = temporal::Runtime::create().value();
  temporal::Replayer replayer(*runtime, sealer_of(folder));
  replayer.register_workflow(DatasetSyncWorkflow::definition());
  std::set<std::string> versions;
  int histories = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string history = read_file(entry.path()).value();
    const Result<void> replayed = replayer.replay(workflow_id_in(history), history);
    EXPECT_TRUE(replayed) << entry.path() << ": " << to_line(replayed.error());
    versions.insert(entry.path().parent_path().filename().string());
    ++histories;
  }
  EXPECT_GE(versions.size(), 4U);
  EXPECT_GE(histories, 31);
}

}  // namespace
}  // namespace sluice::sync
