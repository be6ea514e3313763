#pragma once

#include <array>
#include <string>
#include <vector>

#include "sandbox/syscall_rules.h"

// Asks the kernel for the filter's verdict on a call without making it: below the filter lies
// another, under which whatever the filter lets through fails with an error of its own. So the
// answers are the same for root and for others, and on kernels that lack a call.

namespace sluice::sandbox {

enum Verdict : int { allowed = 1, refused, missing, killed, unclear };
std::string in_words(Verdict verdict);

/// In arguments: the process that asks.
inline constexpr unsigned long self = 0x5E1F;
inline constexpr unsigned long somebody = 1;
inline constexpr unsigned long pointer = 0x7F0000001000;       ///< Its lower half is not null,
inline constexpr unsigned long high_pointer = 0x7F0000000000;  ///< and here it is.

struct Call {
  const char* name;
  long number;
  std::array<unsigned long, 6> arguments = {};
};

/// In a process of its own.
Verdict verdict_of(const Call& call, Writing writing);

void expect(const std::vector<Call>& calls, Verdict where_nothing_is_written, Verdict in_folders);
inline void expect(const std::vector<Call>& calls, Verdict verdict) {
  expect(calls, verdict, verdict);
}

}  // namespace sluice::sandbox
