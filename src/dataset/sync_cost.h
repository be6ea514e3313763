#pragma once

#include <cstdint>

namespace sluice {

/// What work took from a lakehouse that somebody pays for; all 0 for the local one.
struct SyncCost {
  std::int64_t statements = 0;  ///< Submitted to a warehouse, whatever came of them.
  std::int64_t rest_calls = 0;
  std::int64_t bytes_uploaded = 0;  ///< Of files.
  std::int64_t warehouse_ms = 0;    ///< In which our statements waited or ran.

  SyncCost& operator+=(const SyncCost& other) {
    statements += other.statements;
    rest_calls += other.rest_calls;
    bytes_uploaded += other.bytes_uploaded;
    warehouse_ms += other.warehouse_ms;
    return *this;
  }
  bool operator==(const SyncCost&) const = default;
};

}  // namespace sluice
