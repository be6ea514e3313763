#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::query {

/// Where in the user's text a byte of the engine's stands. As it is made: at the same place.
class TextPlaces {
 public:
  /// The engine has a text that was written anew: nothing of it stands anywhere.
  static TextPlaces nowhere() {
    TextPlaces places;
    places.is_nowhere_ = true;
    return places;
  }
  /// With so many bytes of ours in front, `EXPLAIN` for one.
  TextPlaces behind(std::size_t prefix_bytes) const {
    TextPlaces places = *this;
    places.prefix_bytes_ += prefix_bytes;
    return places;
  }
  /// So many bytes of ours before the byte `offset` of the user's text; from the left to the right.
  void insert(std::size_t offset, std::size_t bytes) { insertions_.emplace_back(offset, bytes); }

  std::optional<std::size_t> in_users_text(std::size_t offset) const {
    if (is_nowhere_ || offset < prefix_bytes_) return std::nullopt;
    offset -= prefix_bytes_;
    std::size_t inserted = 0;
    for (const auto& [at, bytes] : insertions_) {
      if (offset < at + inserted) break;
      if (offset < at + inserted + bytes) return at;
      inserted += bytes;
    }
    return offset - inserted;
  }

 private:
  bool is_nowhere_ = false;
  std::size_t prefix_bytes_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> insertions_;
};

}  // namespace sluice::query
