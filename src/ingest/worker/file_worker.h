#pragma once

namespace sluice::ingest {

/// The whole life of `sluice file-worker`: a fork server (sandbox/fork_server_main.h) whose workers
/// do one job each: an ingest, a preview, a profile (ingest_job.h), or what an engine session asks
/// (duckdb/engine_session.h). Call it at the start of main, before any thread is made.
int file_worker_main();

}  // namespace sluice::ingest
