#include "base/testing/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/testing/fuzz_target.h"

namespace sluice::fuzz {

MemoryFile::MemoryFile(std::string_view bytes) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  require(file_.get() >= 0, "memory for a file");
  require(::write(file_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "the file takes the input");
}

std::filesystem::path MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(file_.get());
}

}  // namespace sluice::fuzz
