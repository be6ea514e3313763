#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::temporal::testing {

/// A real Temporal server on a free port of 127.0.0.1. For tests only. It dies with this object,
/// and with this process.
class TestServer {
 public:
  /// The dev server, with a database file in a temporary folder; waits until its port answers:
  /// `unavailable` after 20 s.
  static Result<std::unique_ptr<TestServer>> start(
      const std::filesystem::path& binary = default_binary());
  /// The server whose clock jumps to the next timer whenever no activity runs, so that a test may
  /// wait for hours. It keeps nothing, and knows no schedules and no list queries. `not_found`
  /// where .deps has none.
  static Result<std::unique_ptr<TestServer>> start_time_skipping();
  TestServer(std::filesystem::path binary, bool skips_time);
  ~TestServer();

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  void kill_hard();        ///< kill -9; the database stays, where there is one.
  Result<void> restart();  ///< On the same port with the same database.

  /// SLUICE_TEMPORAL_BINARY, or .deps/temporal/temporal of the source tree.
  static std::filesystem::path default_binary();
  /// A port that was free a moment ago.
  static int free_port();

 private:
  std::vector<std::string> command() const;

  std::filesystem::path binary_;
  bool skips_time_;
  std::filesystem::path folder_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace sluice::temporal::testing
