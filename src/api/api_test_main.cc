#include <gtest/gtest.h>

#include <string_view>

#include "ingest/worker/file_worker.h"
#include "query/worker/worker_main.h"

/// The program of api_test and app_test. It is its own workers, as `sluice` is: WorkerPool and
/// ForkServer start /proc/self/exe with these words. Without this main they would run the tests
/// again instead of working.
int main(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "";
  if (part == "query-worker") return sluice::query::query_worker_main();
  if (part == "file-worker") return sluice::ingest::file_worker_main();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
