#pragma once

#include <map>
#include <string>

#include "lakehouse/local/local_lakehouse.h"

namespace sluice::lakehouse {

struct LocalLakehouse::NewContent {
  std::filesystem::path file;
  std::int64_t row_count = 0;
  std::map<std::string, std::string> tags;
  std::string sha256 = {};  ///< Of the file; empty: to be taken.
};

// Tags of an `add`: what the file was made of. A table whose tags agree with a request holds what
// it asks for. They stand in users' tables: a tag that is called otherwise makes each table anew.
inline constexpr const char* tag_version = "sluice.version";
inline constexpr const char* tag_sha256 = "sluice.sha256";
/// Of the file itself, so that its readers can tell whether it is what was written.
inline constexpr const char* tag_file_sha256 = "sluice.file_sha256";
inline constexpr const char* tag_plan = "sluice.plan";
inline constexpr const char* tag_quarantined = "sluice.quarantined";

inline std::string tag_of(const DeltaFile& file, const char* name) {
  const auto found = file.tags.find(name);
  return found == file.tags.end() ? "" : found->second;
}

inline std::map<std::string, std::string> tags_for(const TableRequest& request) {
  return {{tag_version, std::to_string(request.version)}, {tag_sha256, request.sha256}};
}

/// True where the table holds this version of this content, and its file is there.
inline bool holds(const DeltaSnapshot& snapshot, const TableRequest& request,
                  const std::filesystem::path& folder) {
  const DeltaFile* file = snapshot.file();
  if (file == nullptr || tag_of(*file, tag_version) != std::to_string(request.version) ||
      tag_of(*file, tag_sha256) != request.sha256) {
    return false;
  }
  std::error_code code;
  return std::filesystem::file_size(folder / file->path, code) ==
         static_cast<std::uintmax_t>(file->bytes);
}

}  // namespace sluice::lakehouse
