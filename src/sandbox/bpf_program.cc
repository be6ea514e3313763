#include "sandbox/bpf_program.h"

#include <limits>
#include <stdexcept>

namespace sluice::sandbox {
namespace {

/// A wider one would wrap, and jump to where nobody meant.
std::uint8_t jump(std::size_t instructions) {
  if (instructions > std::numeric_limits<std::uint8_t>::max()) {
    throw std::length_error("a rule of the system call filter is too long for one jump");
  }
  return static_cast<std::uint8_t>(instructions);
}

/// Instructions that a check takes: the comparisons, and what comes before and after.
std::size_t instructions(const ArgumentCheck& check) {
  return (check.is_pointer ? 3U : 0U) + 2U + check.values.size() + 1U;
}

}  // namespace

void BpfProgram::check(const ArgumentCheck& check, std::uint32_t refused) {
  // Both machines that we know are little endian: the lower half comes first.
  const std::size_t lower = offsetof(seccomp_data, args) + check.argument * sizeof(std::uint64_t);
  if (check.is_pointer) {
    load(lower + sizeof(std::uint32_t));
    give_unless_equal(0, refused);
  }
  load(lower);
  code_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, check.mask));
  for (std::size_t i = 0; i < check.values.size(); ++i) {
    const std::uint8_t past_the_refusal = jump(check.values.size() - i);
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, check.values[i], past_the_refusal, 0));
  }
  give(refused);
}

void BpfProgram::decide(const CallRule& rule, std::uint32_t refused) {
  std::size_t body = 1;
  for (const ArgumentCheck& argument : rule.checks) body += instructions(argument);
  code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule.number, 0, jump(body)));
  for (const ArgumentCheck& argument : rule.checks) check(argument, refused);
  give(SECCOMP_RET_ALLOW);
}

}  // namespace sluice::sandbox
