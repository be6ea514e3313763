#include "base/testing/fuzz_target.h"

#include <cstdio>
#include <cstdlib>

namespace sluice::fuzz {
namespace {

std::vector<const Target*>& registered() {
  static std::vector<const Target*> all;  // A function's, since targets are made before main.
  return all;
}

}  // namespace

Target::Target(const char* source, Run run)
    : name_(std::filesystem::path(source).stem().string()),
      corpus_(std::filesystem::path(source).parent_path() / "corpus" / name_),
      run_(run) {
  registered().push_back(this);
}

const std::vector<const Target*>& targets() { return registered(); }

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

}  // namespace sluice::fuzz
