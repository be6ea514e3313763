#include "base/scoped_path.h"

#include <exception>
#include <system_error>

#include "base/log.h"

namespace sluice {

ScopedPath& ScopedPath::operator=(ScopedPath&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = other.release();
  }
  return *this;
}

void ScopedPath::remove() noexcept {
  if (path_.empty()) return;
  try {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
    if (code) {
      log::warn("cannot remove what is not needed any more",
                {{"path", path_.string()}, {"error", code.message()}});
    }
  } catch (const std::exception& broken) {  // Of memory: this runs where an error is on its way.
    log::warn("cannot remove what is not needed any more", {{"error", broken.what()}});
  }
  path_.clear();
}

}  // namespace sluice
