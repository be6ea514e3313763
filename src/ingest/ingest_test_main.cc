#include <gtest/gtest.h>

#include <string_view>

#include "ingest/worker/file_worker.h"

/// The program of ingest_test and intake_test. It is its own fork server, as `sluice` is:
/// start_file_workers starts /proc/self/exe with this word. Without this main it would run the
/// tests again instead of forking workers.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "file-worker") {
    return sluice::ingest::file_worker_main();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
