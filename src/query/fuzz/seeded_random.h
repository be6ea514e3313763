#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace sluice::query {

/// Numbers that follow from a seed and an index alone, on every machine (splitmix64).
class SeededRandom {
 public:
  SeededRandom(std::uint64_t seed, std::uint64_t index)
      : state_(mixed(seed) ^ mixed(index + golden)) {}

  std::uint64_t next() { return mixed(state_ += golden); }
  /// 0 … `count` - 1; 0 where there is nothing to choose from.
  std::size_t below(std::size_t count) { return count == 0 ? 0 : next() % count; }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <typename List>
  const auto& pick(const List& list) {
    return *(std::begin(list) + static_cast<std::ptrdiff_t>(below(std::size(list))));
  }

 private:
  static constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;
  static std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
  }
  std::uint64_t state_;
};

}  // namespace sluice::query
