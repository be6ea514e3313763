#include <gtest/gtest.h>

#include <string_view>

#include "duckdb/engine_session.h"
#include "sandbox/fork_server_main.h"
#include "sandbox/lock_in.h"

namespace sluice {
namespace {

/// One engine session in a worker, as `sluice file-worker` serves it.
int serve_session(Result<duckdb::ReadyEngine>& engine) {
  sandbox::Order order;
  sandbox::JobAnswer answer;
  if (!engine || !sandbox::receive_order(order, answer, {})) return 1;
  duckdb::serve_engine_session(*engine, order, answer);
  return 0;
}

}  // namespace
}  // namespace sluice

/// The test program is its own fork server, as `sluice` is.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "file-worker") {
    sluice::sandbox::enter_early_limits();
    auto engine = sluice::duckdb::ReadyEngine::open();
    return sluice::sandbox::fork_server_main([&engine] { return sluice::serve_session(engine); });
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
