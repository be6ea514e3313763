#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duckdb/database.h"
#include "sandbox/job.h"

namespace sluice::duckdb {

/// Rows of text as QueryResult::rows_as_text has them.
using TextRows = std::vector<std::vector<std::optional<std::string>>>;

/// An engine in a worker that is locked in with its files, for statements of ours over data that
/// nobody looked at. What it writes lies in the worker's folder until close() hands it over. One
/// thread at a time.
class EngineSession {
 public:
  struct Options {
    std::vector<std::filesystem::path> inputs = {};  ///< Files, or folders of files, to read.
    int threads = 2;
    /// The engine gets one in so many parts of ForkServer::job_memory_bytes.
    std::uint64_t memory_share = 1;
    sandbox::JobLimits limits = {};
  };
  /// The worker's folder is made below `parent`, of the file system where its files are to go.
  static Result<EngineSession> open(sandbox::ForkServer& workers,
                                    const std::filesystem::path& parent, const Options& options,
                                    const std::stop_token& stop);

  /// How SQL names an input, by its place in Options::inputs.
  const std::string& input(std::size_t place) const { return inputs_.at(place); }
  /// How SQL names a new file, which close() moves to `target`.
  std::string output(const std::filesystem::path& target);
  /// Runs one or more statements; the last one's rows. Errors as of Connection::query, those of
  /// sandbox::Job::result where the engine broke; `cancelled` when stopped.
  Result<TextRows> query(std::string_view sql);
  Result<std::int64_t> query_int(std::string_view sql);
  /// Ends the worker, so that what it wrote is nobody else's, and moves the files to their targets.
  Result<void> close();

 private:
  EngineSession(sandbox::Job job, std::vector<std::string> inputs, std::string folder)
      : job_(std::move(job)), inputs_(std::move(inputs)), folder_(std::move(folder)) {}

  sandbox::Job job_;
  std::vector<std::string> inputs_;
  std::string folder_;
  std::vector<std::filesystem::path> targets_;
};

/// An engine that was made ready before a worker was forked: with one thread, so that forking is
/// safe.
struct ReadyEngine {
  Database database;
  Connection connection;

  static Result<ReadyEngine> open();
  /// From now on.
  Result<void> allow(const EngineLimits& limits);
};

/// The other side, in the worker: answers what a session asks until it is ended. `order` is what
/// open() sent.
void serve_engine_session(ReadyEngine& engine, const sandbox::Order& order,
                          sandbox::JobAnswer& answer);
/// True for an order of a session's.
bool is_engine_order(std::string_view order);

}  // namespace sluice::duckdb
