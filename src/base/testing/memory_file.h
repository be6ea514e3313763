#pragma once

#include <filesystem>
#include <string_view>

#include "base/files.h"

namespace sluice::fuzz {

/// A file without a name on any disk, for readers that want a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  std::filesystem::path path() const;

 private:
  FileDescriptor file_;
};

}  // namespace sluice::fuzz
