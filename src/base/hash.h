#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// SHA-256 fed in pieces. Not thread-safe; movable.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// 64 lower-case hex digits; the object is spent afterwards.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);
/// Reads the file once, in constant memory.
Result<std::string> sha256_file_hex(const std::filesystem::path& path);

/// Compares secrets without telling by its time where they differ (both sides are hashed first).
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace sluice
