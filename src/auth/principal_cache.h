#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/token.h"
#include "base/clock.h"

namespace sluice::auth {

/// Who was behind a credential lately, by its SHA-256, so that not each request asks the store.
/// Entries live for a few seconds, and all go when any credential was made worth less. Threads:
/// safe for concurrent use.
class PrincipalCache {
 public:
  /// Longest that a revocation elsewhere can go unseen, should the watch over it fail.
  static constexpr Micros lifetime_us = 10'000'000;
  static constexpr std::size_t entries_max = 16'384;

  /// Read before the store is asked, and given with its answer: an answer from before a clear() is
  /// not kept after it.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::optional<Principal> find(std::string_view sha256, Micros now_us) const;
  /// `valid_until_us`: when the credential itself ends.
  void keep(std::string_view sha256, const Principal& principal, std::uint64_t generation,
            Micros now_us, Micros valid_until_us);
  void clear();

 private:
  struct Entry {
    Principal principal;
    Micros until_us = 0;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  /// Each with a lock of its own, so that threads rarely meet.
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries;
  };
  static constexpr std::size_t shards_count = 16;
  static std::size_t shard_of(std::string_view sha256);

  std::array<Shard, shards_count> shards_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace sluice::auth
