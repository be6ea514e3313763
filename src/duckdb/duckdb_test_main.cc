// The main of this room's tests, of lakehouse's and of mcp_tools'.
#include <gtest/gtest.h>

#include <string_view>

#include "duckdb/testing/engine_worker.h"

/// The test program is its own fork server, as `sluice` is.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "file-worker") {
    return sluice::duckdb::engine_worker_main();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
