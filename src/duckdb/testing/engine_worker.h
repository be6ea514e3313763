#pragma once

#include "duckdb/engine_session.h"
#include "sandbox/fork_server_main.h"
#include "sandbox/lock_in.h"

namespace sluice::duckdb {

/// The whole life of a test program as a fork server whose workers serve engine sessions, as
/// `sluice file-worker` does.
inline int engine_worker_main() {
  sandbox::enter_early_limits();
  Result<ReadyEngine> engine = ReadyEngine::open();
  return sandbox::fork_server_main([&engine] {
    sandbox::Order order;
    sandbox::JobAnswer answer;
    if (!engine || !sandbox::receive_order(order, answer, {})) return 1;
    serve_engine_session(*engine, order, answer);
    return 0;
  });
}

}  // namespace sluice::duckdb
