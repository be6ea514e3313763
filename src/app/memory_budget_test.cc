// That the parts never add up to more than the limit. Pure, but for a folder that plays /proc
// and /sys.
#include "app/memory_budget.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/ids.h"
#include "base/scoped_path.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

TEST(MemoryLimit, BytesWithAUnitOrWithout) {
  const std::pair<const char*, std::optional<std::uint64_t>> rows[] = {
      {"4GB", 4'000'000'000},
      {"4GiB", 4 * gib},
      {"512 mib", 512 << 20},
      {"1KB", 1'000},
      {"2TiB", 2'048 * gib},
      {"5000000000", 5'000'000'000},
      {"7B", 7},
      {"", std::nullopt},
      {"GB", std::nullopt},
      {"-1GB", std::nullopt},
      {"1.5GB", std::nullopt},
      {"4G", std::nullopt},
      {"4PB", std::nullopt},
      {"4GBs", std::nullopt},
      {"99999999999999999999", std::nullopt},
      {"99999999999TiB", std::nullopt}};
  for (const auto& [text, bytes] : rows) EXPECT_EQ(parse_bytes(text), bytes) << text;
}

/// The files by which a machine says what it has, below a folder.
class MachineMemory : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_.path() / path).parent_path());
    std::ofstream(root_.path() / path) << text;
  }
  void SetUp() override { write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n"); }
  std::uint64_t found() const { return memory_of_machine(root_.path()).value(); }

  const ScopedPath root_{fs::temp_directory_path() / ("sluice-machine-" + random_hex(4))};
};

TEST_F(MachineMemory, WithoutCgroupsItIsTheMachines) {
  EXPECT_EQ(found(), 16 * gib);
  write("proc/self/cgroup", "0::/\n");
  EXPECT_EQ(found(), 16 * gib) << "the root group has no file";
  write("proc/self/cgroup", "no line of it\n:\n0:\n\n");
  EXPECT_EQ(found(), 16 * gib);
}

TEST_F(MachineMemory, TheLeastLimitOfVersion2Counts) {
  write("proc/self/cgroup", "0::/system.slice/sluice.service\n");
  write("sys/fs/cgroup/system.slice/sluice.service/memory.max", "max\n");
  EXPECT_EQ(found(), 16 * gib);
  write("sys/fs/cgroup/system.slice/memory.max", "4294967296\n");
  EXPECT_EQ(found(), 4 * gib) << "of the group above";
  write("sys/fs/cgroup/system.slice/sluice.service/memory.max", "2147483648\n");
  EXPECT_EQ(found(), 2 * gib);
  write("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(found(), gib) << "a container sees its own group as the root";
  write("sys/fs/cgroup/memory.max", "99999999999999\n");
  EXPECT_EQ(found(), 2 * gib) << "and more than the machine has is no limit";
}

TEST_F(MachineMemory, Version1IsReadByItsController) {
  write("proc/self/cgroup", "12:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/abc\n0::/none\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(found(), 16 * gib);
  write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "3221225472\n");
  EXPECT_EQ(found(), 3 * gib);
}

TEST_F(MachineMemory, AMachineThatDoesNotSayIsToldOf) {
  for (const char* text : {"", "MemTotal", "MemTotal: none kB\n", "MemFree: 1 kB\n"}) {
    write("proc/meminfo", text);
    const Result<std::uint64_t> memory = memory_of_machine(root_.path());
    ASSERT_FALSE(memory) << text;
    EXPECT_EQ(memory.error().code, "memory_unknown");
  }
}

TEST(MemoryBudget, WhereThereIsEnoughEachHasWhatItWasMadeFor) {
  for (const bool remote : {false, true}) {
    const MemoryBudget budget = memory_budget(21 * gib, remote).value();
    EXPECT_EQ(budget.job_bytes, 1'000'000'000U);
    EXPECT_EQ(budget.profile_bytes, 512'000'000U);
    EXPECT_EQ(budget.query_bytes, gib);
    EXPECT_EQ(budget.kept_query_bytes, gib / 2);
    EXPECT_LE(budget.total_bytes(), budget.limit_bytes);
    EXPECT_EQ(memory_budget(500 * gib, remote)->job_bytes, 1'000'000'000U) << "and no more";
  }
}

TEST(MemoryBudget, ElseAllShrinkAlikeAndStillAddUp) {
  const MemoryBudget full = memory_budget(500 * gib, false).value();
  for (const std::uint64_t limit : {3 * gib, 4 * gib, 8 * gib, 15 * gib, 17 * gib}) {
    for (const bool remote : {false, true}) {
      const MemoryBudget budget = memory_budget(limit, remote).value();
      EXPECT_LE(budget.total_bytes(), limit);
      EXPECT_GT(budget.total_bytes(), limit / 100 * 98) << "and little is left over";
      EXPECT_NEAR(static_cast<double>(budget.job_bytes) / static_cast<double>(full.job_bytes),
                  static_cast<double>(budget.query_bytes) / static_cast<double>(full.query_bytes),
                  0.001);
    }
  }
}

TEST(MemoryBudget, TooLittleIsRefusedWithWhatWouldDo) {
  const Result<MemoryBudget> refused = memory_budget(gib, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "memory_limit");
  EXPECT_NE(refused.error().detail.find("1024MiB"), std::string::npos) << refused.error().detail;
  EXPECT_NE(refused.error().remedy.find("MEMORY_LIMIT"), std::string::npos);
  const std::string& detail = refused.error().detail;
  const std::uint64_t least_mib = std::stoull(detail.substr(detail.rfind(' ')));
  EXPECT_FALSE(memory_budget((least_mib - 1) << 20U, false));
  EXPECT_TRUE(memory_budget((least_mib + 1) << 20U, false)) << "what it says would do does";
}

TEST_F(MachineMemory, TheDefaultIsAShareOfIt) {
  Settings settings;
  settings.lakehouse = "local";
  const MemoryBudget budget = memory_budget_of(settings, root_.path()).value();
  EXPECT_LT(budget.limit_bytes, 16 * gib);
  EXPECT_GT(budget.limit_bytes, 12 * gib);
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(memory_budget_of(settings, root_.path()).error().code, "memory_limit");
  settings.memory_limit_bytes = 9 * gib;
  EXPECT_EQ(memory_budget_of(settings, root_.path())->limit_bytes, 9 * gib)
      << "MEMORY_LIMIT counts instead";
}

}  // namespace
}  // namespace sluice::app
