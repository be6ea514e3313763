#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "ingest/fuzz/targets.h"

namespace sluice::ingest::fuzz {
namespace {

/// What the fuzzers kept, once each: what was ever wrong does not come back.
void replay(const std::string& name, void (*target)(std::string_view)) {
  std::size_t inputs = 0;
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "corpus" / name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    target(read_file(entry.path()).value());
    ++inputs;
  }
  EXPECT_GT(inputs, 10U);
}

TEST(FuzzCorpus, Csv) { replay("csv", csv); }
TEST(FuzzCorpus, Json) { replay("json", json); }
TEST(FuzzCorpus, Cell) { replay("cell", cell); }
TEST(FuzzCorpus, Parquet) { replay("parquet", parquet); }
TEST(FuzzCorpus, Text) { replay("text", text); }

}  // namespace
}  // namespace sluice::ingest::fuzz
