#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/testing/fuzz_target.h"
#include "lakehouse/local/delta_log.h"

namespace sluice::lakehouse {
namespace {

namespace fs = std::filesystem;
using fuzz::require;

/// One table's folder, emptied for each input; in memory where the machine has such a place.
class Table {
 public:
  Table() : folder_(base() / ("delta_log_fuzz_" + std::to_string(::getpid()))) { clear(); }
  ~Table() { fs::remove_all(folder_); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  void clear() {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "_delta_log");
  }
  void commit(std::int64_t version, std::string_view text) const {
    char name[32];
    std::snprintf(name, sizeof name, "%020lld.json", static_cast<long long>(version));
    std::ofstream(folder_ / "_delta_log" / name) << text;
  }
  const fs::path& folder() const { return folder_; }

 private:
  static fs::path base() {
    std::error_code ignored;
    return fs::is_directory("/dev/shm", ignored) ? "/dev/shm" : fs::temp_directory_path();
  }
  fs::path folder_;
};

/// Commits, from 0 on, with a NUL between them.
void delta_log(std::string_view input) {
  static Table table;
  table.clear();
  std::int64_t version = 0;
  for (std::size_t at = 0; at <= input.size() && version < 4; ++version) {
    const std::size_t end = std::min(input.find('\0', at), input.size());
    table.commit(version, input.substr(at, end - at));
    at = end + 1;
  }
  const DeltaLog log(table.folder());
  const std::string owner = log.owner().value();
  const Result<DeltaSnapshot> snapshot = log.snapshot();
  if (!snapshot) {
    require(snapshot.error().code == "delta_log_damaged", "a log is read or is damaged");
    return;
  }
  require(snapshot->log_version == version - 1, "a snapshot is of the newest commit");
  require(snapshot->dataset_id.empty() || !owner.empty(), "whose table it is, is known");
  require(snapshot->file() == nullptr || snapshot->files.size() == 1, "one file is one file");

  // Whatever was there: what we write over it is read back.
  const DeltaReplace change{"018f0000-0000-7000-8000-000000000000",
                            7,
                            {{"a", "a", "BIGINT", ""}},
                            DeltaFile{"new.parquet", 12, 3, 9, {}}};
  require(log.replace(*snapshot, change, 1).has_value(), "a content can be replaced");
  const Result<DeltaSnapshot> after = log.snapshot();
  require(after && after->log_version == version && after->dataset_id == change.dataset_id,
          "and is read back");
  require(after->file() != nullptr && after->file()->path == "new.parquet" &&
              after->file()->row_count == 3 && after->file()->batch == 9,
          "with its one file");
}

const fuzz::Target target(__FILE__, delta_log);

}  // namespace
}  // namespace sluice::lakehouse
