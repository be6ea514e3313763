#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::app {

/// Where and how the supervised Temporal server runs.
struct TemporalServerOptions {
  std::filesystem::path program;
  std::filesystem::path folder;  ///< Of `temporal.db` and `temporal.log`.
  std::string namespace_name;
  int port = 0;
  int ui_port = 0;
  /// Its HTTP API, which cannot be left away, is closed to whoever does not name this Host.
  std::string http_host;
};

/// One process of the Temporal server, which dies with this one. Not thread-safe.
class TemporalServer {
 public:
  explicit TemporalServer(TemporalServerOptions options) : options_(std::move(options)) {}

  Result<void> spawn();
  /// Whether it takes connections within that time; false as soon as it has ended, or a stop was
  /// asked for.
  bool becomes_ready(std::chrono::milliseconds within);
  /// Looks whether it has ended; how, in words. Empty while it runs.
  std::string ending();
  void terminate() const;
  /// Until it has ended; SIGKILL after `within`.
  void wait(std::chrono::milliseconds within);

  /// It said in its log that it cannot read its database. Then the database is renamed to
  /// `temporal.db.broken-TIME`, with what belongs to it, and this gives the new name; empty where
  /// nothing was wrong with it.
  Result<std::string> set_aside_broken_database() const;

 private:
  std::filesystem::path log_path() const { return options_.folder / "temporal.log"; }
  std::filesystem::path database() const { return options_.folder / "temporal.db"; }

  TemporalServerOptions options_;
  pid_t pid_ = -1;
  std::uintmax_t log_begin_ = 0;  ///< How long the log was when it was started.
  std::string ending_;
};

}  // namespace sluice::app
