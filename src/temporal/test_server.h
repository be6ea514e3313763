#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"

namespace sluice::temporal::testing {

/// A real Temporal dev server on free ports of 127.0.0.1 with a database file in a temporary
/// folder. For tests only. It dies with this object, and with this process.
class TestServer {
 public:
  /// Starts `binary` and waits until its port answers; `unavailable` after 20 s.
  static Result<std::unique_ptr<TestServer>> start(
      const std::filesystem::path& binary = default_binary());
  explicit TestServer(std::filesystem::path binary);
  ~TestServer();

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  void kill_hard();        ///< kill -9; the database stays.
  Result<void> restart();  ///< On the same ports with the same database.

  /// SLUICE_TEMPORAL_BINARY, or .deps/temporal/temporal of the source tree.
  static std::filesystem::path default_binary();
  /// A port that was free a moment ago.
  static int free_port();

 private:
  std::filesystem::path binary_;
  std::filesystem::path folder_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace sluice::temporal::testing
