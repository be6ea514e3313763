#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sluice::auth {

/// So many at once, and one more each interval.
struct FailureLimit {
  std::int64_t burst = 0;
  Micros interval_us = 0;
};

/// Slows down who guesses passwords, by address and by name. Of logins alone: a good token or
/// session is never asked here. It forgets within minutes, so that nobody is locked out for long by
/// somebody else's guesses. Of one process: n of them allow n times as much. Threads: safe for
/// concurrent use.
class LoginLimiter {
 public:
  struct Limits {
    /// A person who has forgotten which of ten it was.
    FailureLimit name{.burst = 10, .interval_us = 30'000'000};
    /// An office behind one address.
    FailureLimit address{.burst = 30, .interval_us = 10'000'000};
    std::size_t entries_max = 20'000;
  };
  LoginLimiter() = default;
  explicit LoginLimiter(const Limits& limits) : limits_(limits) {}

  /// Counts a failure beforehand, so that many at once do not pass unseen. Gives after how many
  /// seconds to come again where there were too many: then nothing was counted.
  std::optional<std::int64_t> begin(std::string_view address, std::string_view login,
                                    Micros now_us);
  /// It was no failure: what was counted is taken back, and the name's earlier ones are forgotten.
  void succeeded(std::string_view address, std::string_view login);

  std::size_t entries() const;

 private:
  using Debts = std::map<std::string, Micros, std::less<>>;  ///< When each is paid off.
  static std::optional<std::int64_t> wait_s(const Debts& debts, const std::string& key,
                                            const FailureLimit& limit, Micros now_us);
  void charge(Debts& debts, const std::string& key, const FailureLimit& limit, Micros now_us);

  const Limits limits_;
  mutable std::mutex mutex_;
  Debts names_;
  Debts addresses_;
};

/// What counts as one address: IPv4 whole, of IPv6 the /64 that one customer has. Anything else
/// stays as it is.
std::string address_group(std::string_view address);

}  // namespace sluice::auth
