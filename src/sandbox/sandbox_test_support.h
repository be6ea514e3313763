#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "sandbox/fork_server.h"

namespace sluice::sandbox {

/// The path by which a process opens its descriptor anew.
std::string again(int fd);

/// A folder with a file `data`, which only we may read, and a fork server whose workers do what
/// sandbox_test_main.cc says.
class SandboxTest : public testing::Test {
 protected:
  explicit SandboxTest(const char* kind = "fork-server");
  ~SandboxTest() override;

  std::vector<FileDescriptor> files() const;
  std::unique_ptr<ForkServer> start(std::size_t forks_max) const;
  /// The piece that comes back, or how it went wrong.
  static std::string ask(Worker& worker, const std::string& word,
                         const std::vector<FileDescriptor>& given = {});
  std::string ask(const std::string& word, const std::vector<FileDescriptor>& given = {}) const;

  std::string kind_;
  std::filesystem::path folder_;
  std::unique_ptr<ForkServer> server_;
};

/// Polls until true, for at most 20 s.
bool soon(const std::function<bool()>& reached);

/// The process is there, and more than what is left for its parent to read.
bool is_running(pid_t pid);

/// What `work` returns in a child of ours, which may lock itself in; -N where signal N ended it.
int in_child(const std::function<int()>& work);

/// In such a child: from now on the call fails so, as it does on a kernel that lacks it.
void forbid(long call, int error);

}  // namespace sluice::sandbox
