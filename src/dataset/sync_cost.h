#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// The sum of those that are known; nothing where neither is.
template <typename T>
std::optional<T> known_sum(const std::optional<T>& one, const std::optional<T>& other) {
  if (!one || !other) return one ? one : other;
  return *one + *other;
}

/// What work took from a lakehouse that somebody pays for; all 0 for the local one.
struct SyncCost {
  std::int64_t statements = 0;  ///< Submitted to a warehouse, whatever came of them.
  std::int64_t rest_calls = 0;
  std::int64_t bytes_uploaded = 0;  ///< Of files.
  std::int64_t warehouse_ms = 0;    ///< In which our statements waited or ran.
  /// For which it kept a warehouse awake, idle time included; nothing where that is not known.
  std::optional<std::int64_t> awake_ms = {};
  std::optional<double> dbu = {};  ///< An estimate of what that comes to.

  SyncCost& operator+=(const SyncCost& other) {
    statements += other.statements;
    rest_calls += other.rest_calls;
    bytes_uploaded += other.bytes_uploaded;
    warehouse_ms += other.warehouse_ms;
    awake_ms = known_sum(awake_ms, other.awake_ms);
    dbu = known_sum(dbu, other.dbu);
    return *this;
  }
  bool operator==(const SyncCost&) const = default;
};

}  // namespace sluice
