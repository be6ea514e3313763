#include "lakehouse/databricks/testing/recordings.h"

#include <cstdlib>
#include <fstream>

#include <boost/json.hpp>

#include "base/testing/shared_folder.h"

namespace sluice::lakehouse::databricks {

namespace json = boost::json;
namespace fs = std::filesystem;

std::optional<fs::path> recording_file(const std::string& name) {
  const fs::path file =
      shared_folder(std::getenv("SLUICE_DATABRICKS_RECORDINGS"), "databricks", SLUICE_TESTDATA) /
      name;
  if (fs::exists(file)) return file;
  return std::nullopt;
}

std::vector<Recorded> read_recordings(const fs::path& file) {
  std::vector<Recorded> all;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const json::value value = json::parse(line);
    Recorded one;
    one.from = value.at("from").as_string();
    one.method = value.at("method").as_string();
    one.path = value.at("path").as_string();
    const json::value& request = value.at("request");
    if (request.is_string() && !request.as_string().empty()) {
      one.request = json::parse(request.as_string());
    }
    one.status = static_cast<int>(value.at("status").as_int64());
    one.text = value.at("body").as_string();
    one.answer = json::parse(one.text);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace sluice::lakehouse::databricks
