#include "base/testing/fuzz_target.h"

#include <cstdio>
#include <cstdlib>

namespace sluice::fuzz {
namespace {

std::vector<const Target*>& registered() {
  static std::vector<const Target*> all;  // A function's, since targets are made before main.
  return all;
}

/// `csv` of `…/ingest/fuzz/ingest_csv_fuzz.cc`.
std::string name_in(const std::filesystem::path& source) {
  constexpr std::string_view end = "_fuzz";
  const std::string start = source.parent_path().parent_path().filename().string() + "_";
  const std::string stem = source.stem().string();
  if (!stem.starts_with(start) || !stem.ends_with(end)) {
    std::fprintf(stderr, "fuzz: %s is not called ROOM_NAME_fuzz.cc\n", source.c_str());
    std::abort();
  }
  return stem.substr(start.size(), stem.size() - start.size() - end.size());
}

}  // namespace

Target::Target(const char* source, Run run)
    : name_(name_in(source)),
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
