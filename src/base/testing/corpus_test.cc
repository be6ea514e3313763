// Linked into the tests of each room that has fuzz targets: replays what their fuzzers kept.
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing/fuzz_target.h"

namespace sluice::fuzz {
namespace {

class FuzzCorpus : public testing::TestWithParam<const Target*> {};

/// What the fuzzers kept: what was ever wrong does not come back.
TEST_P(FuzzCorpus, Replay) {
  const Target& target = *GetParam();
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(target.corpus())) {
    SCOPED_TRACE(entry.path());
    target(read_file(entry.path()).value());
    ++inputs;
  }
  EXPECT_GT(inputs, 10U) << target.corpus();
  target("");
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(targets()),
                         [](const auto& given) { return given.param->name(); });

}  // namespace
}  // namespace sluice::fuzz
