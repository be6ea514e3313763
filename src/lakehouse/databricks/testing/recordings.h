#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

namespace sluice::lakehouse::databricks {

/// An exchange of somebody's client with a real workspace.
struct Recorded {
  std::string from;  ///< The test in which it was recorded.
  std::string method;
  std::string path;                 ///< With the query.
  boost::json::value request = {};  ///< Null where it had no body.
  int status = 0;
  std::string text;                ///< The answer's body.
  boost::json::value answer = {};  ///< The same, read.

  bool is(const char* its_method, const char* beginning) const {
    return method == its_method && path.starts_with(beginning);
  }
};

/// `name` in the folder that SLUICE_DATABRICKS_RECORDINGS names, else in `../shared/databricks`
/// beside the checkout; nothing where it is not there.
std::optional<std::filesystem::path> recording_file(const std::string& name);

/// All of recorded.jsonl; throws where a line is not as its README has it.
std::vector<Recorded> read_recordings(const std::filesystem::path& file);

}  // namespace sluice::lakehouse::databricks
