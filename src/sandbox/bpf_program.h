#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sandbox/syscall_rules.h"

namespace sluice::sandbox {

/// A seccomp filter as it grows: classic BPF over one `seccomp_data` (seccomp(2)). Pure; installing
/// it is syscall_filter.h's. Its jumps are eight bits wide: a rule of more than 255 instructions
/// throws std::length_error.
class BpfProgram {
 public:
  void load_architecture() { load(offsetof(seccomp_data, arch)); }
  void load_number() { load(offsetof(seccomp_data, nr)); }
  void give(std::uint32_t verdict) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, verdict)); }
  void give_unless_equal(std::uint32_t value, std::uint32_t verdict) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    give(verdict);
  }
  void give_if_equal(std::uint32_t value, std::uint32_t verdict) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    give(verdict);
  }
  void give_if_at_least(std::uint32_t value, std::uint32_t verdict) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1));
    give(verdict);
  }
  /// With the number loaded: decides the call of `rule`, and leaves any other undecided.
  void decide(const CallRule& rule, std::uint32_t refused);

  /// Points into this object.
  sock_fprog raw() { return {static_cast<unsigned short>(code_.size()), code_.data()}; }

 private:
  void load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void check(const ArgumentCheck& check, std::uint32_t refused);

  std::vector<sock_filter> code_;
};

}  // namespace sluice::sandbox
