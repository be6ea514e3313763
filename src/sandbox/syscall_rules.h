#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

// What a locked-in worker may ask of the kernel. The list was made from what query workers and file
// workers were seen to call under strace (docs/decisions/0014), and from what newer and older C
// libraries call in their place. Pure tables. A call that is added is one more that an attacker in
// a worker has; syscall_filter_test.cc says what must stay closed.

namespace sluice::sandbox {

/// Whether files may be made, written and removed where the kernel otherwise lets it.
enum class Writing { nowhere, in_folders };

/// Holds where `argument & mask` is one of `values`. The lower half of the argument is looked at,
/// since the kernel reads ints; a pointer is compared with null in both halves.
struct ArgumentCheck {
  unsigned argument = 0;
  std::uint32_t mask = ~0U;
  std::vector<std::uint32_t> values;
  bool is_pointer = false;
};

/// A call that is allowed where all checks hold.
struct CallRule {
  std::uint32_t number = 0;
  std::vector<ArgumentCheck> checks = {};
};

/// What `self`, a locked-in process, may call. What it calls most comes first.
std::vector<CallRule> allowed_calls(Writing writing, pid_t self);

/// Calls that a C library tries first and does without: they are answered "there is no such call".
std::vector<std::uint32_t> calls_with_a_fallback();

/// Calls that no library makes on our behalf. Whoever makes one has taken the process over, and
/// gets no second try.
std::vector<std::uint32_t> calls_that_kill();

/// Calls from here on came after this list was made: libraries that try them are told that the
/// kernel is older.
inline constexpr std::uint32_t first_unknown_call = 471;

}  // namespace sluice::sandbox
