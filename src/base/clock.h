#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// Microseconds since 1970-01-01 UTC: how times are stored (BIGINT) and compared.
using Micros = std::int64_t;

/// The seam for wall time. Threads: implementations are safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros now_us() const = 0;
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  Micros now_us() const override;
};

/// A clock that a test sets.
class FakeClock final : public Clock {
 public:
  Micros now_us() const override { return now_us_; }
  void advance_us(Micros step) { now_us_ += step; }

 private:
  Micros now_us_ = 1'700'000'000'000'000;
};

/// RFC 3339 in UTC with a Z; fractions only where there are any: `2025-11-06T14:30:00Z`.
std::string to_rfc3339(Micros when_us);

}  // namespace sluice
