#include "lakehouse/leftovers.h"

#include <chrono>

#include "base/list_folder.h"
#include "base/log.h"

namespace sluice::lakehouse {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::hours leftover_age{6};

}  // namespace

void sweep_leftovers(const fs::path& folder) {
  const auto say = [&](const std::string& error) {
    log::warn("Leftovers could not be removed", {{"folder", folder.string()}, {"error", error}});
  };
  const auto oldest = fs::file_time_type::clock::now() - leftover_age;
  const Result<std::vector<fs::path>> entries = list_folder(folder);
  if (!entries) return say(to_line(entries.error()));
  for (const fs::path& entry : *entries) {
    std::error_code code;
    const fs::file_time_type written = fs::last_write_time(entry, code);
    if (code || written >= oldest) continue;  // Or another process has swept it.
    fs::remove_all(entry, code);
    if (code) say(code.message());
  }
}

}  // namespace sluice::lakehouse
