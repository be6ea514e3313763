#pragma once

namespace sluice::query {

/// The whole life of a worker process, `sluice query-worker`: opens the engine, waits for its
/// binding on sandbox::worker_socket, locks itself in (README.md says with what), answers one job
/// after the other, returns the exit code. Call it at the start of main, before any thread is made.
/// Exits at once when the parent dies.
int query_worker_main();

}  // namespace sluice::query
