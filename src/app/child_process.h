#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::app {

/// A program that is run as a child.
struct ChildProgram {
  std::vector<std::string> argv;  ///< The first is the program's path.
  /// All that it gets; none: what we have.
  std::optional<std::map<std::string, std::string>> environment = {};
  std::string log_path = {};  ///< Standard output and error are added there; empty: ours.
};

/// Starts it, with no signal blocked; the kernel kills it when the calling thread ends. The caller
/// has one thread: plain code runs between fork and exec. Error: where it cannot fork; what cannot
/// be executed ends with exit code 127.
Result<pid_t> spawn_child(ChildProgram program);

/// How a child ended, by what waitpid(2) said: `signal 9`, `exit code 1`.
std::string ending_of(int status);

}  // namespace sluice::app
