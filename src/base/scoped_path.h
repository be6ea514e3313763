#pragma once

#include <filesystem>
#include <utility>

namespace sluice {

/// Removes a file, or a folder with all that is in it, at its end. What is not there any more is no
/// error; what cannot be removed is logged, since nobody is left to be told. Movable, not copyable.
/// Of a symbolic link the link goes, not what it names.
class ScopedPath {
 public:
  ScopedPath() = default;  ///< Of nothing.
  explicit ScopedPath(std::filesystem::path path) : path_(std::move(path)) {}
  ScopedPath(ScopedPath&& other) noexcept : path_(other.release()) {}
  ScopedPath& operator=(ScopedPath&& other) noexcept;
  ~ScopedPath() { remove(); }

  const std::filesystem::path& path() const { return path_; }
  /// It stays, and is the caller's.
  std::filesystem::path release() noexcept { return std::exchange(path_, {}); }

 private:
  void remove() noexcept;
  std::filesystem::path path_;  ///< Empty: nothing to remove.
};

}  // namespace sluice
