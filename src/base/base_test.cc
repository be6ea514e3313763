// The clock, digests, ids and files of base/. Files lie in a temporary folder.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/list_folder.h"

namespace sluice {
namespace {

TEST(Clock, Rfc3339HasFractionsOnlyWhereThereAreAny) {
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(1'762'439'400'000'000), "2025-11-06T14:30:00Z");
  EXPECT_EQ(to_rfc3339(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(Hash, KnownDigests) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(equal_constant_time("key", "key"));
  EXPECT_FALSE(equal_constant_time("key", "keys"));
}

TEST(Ids, UuidsAreWellFormedAndOrderedByTime) {
  const std::string first = new_uuid_v7();
  EXPECT_TRUE(is_uuid(first));
  EXPECT_EQ(first[14], '7');
  EXPECT_FALSE(is_uuid("../../../../etc/passwd/////////////"));
  EXPECT_FALSE(is_uuid(first + "0"));
}

TEST(Files, AtomicWriteReplacesAndLeavesNothingBehind) {
  const auto folder = std::filesystem::temp_directory_path() / ("sluice-base-" + random_hex(4));
  ASSERT_TRUE(create_folders(folder));
  ASSERT_TRUE(write_file_atomic(folder / "a", "one", 0600));
  ASSERT_TRUE(write_file_atomic(folder / "a", "two", 0600));
  EXPECT_EQ(read_file(folder / "a").value(), "two");
  EXPECT_EQ(sha256_file_hex(folder / "a").value(), sha256_hex("two"));
  EXPECT_EQ(read_file(folder / "a", 2).error().code, "file_too_large");
  const Result<void> refused = write_file_atomic(folder / "none" / "a", "x");
  EXPECT_EQ(refused.error().kind, Errc::not_found);
  const auto count = std::distance(std::filesystem::directory_iterator(folder), {});
  EXPECT_EQ(count, 1);
  std::filesystem::remove_all(folder);
}

TEST(Files, AFolderThatCannotBeListedIsNotAnEmptyOne) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("sluice-base-" + random_hex(4));
  ASSERT_TRUE(create_folders(folder / "inner"));
  ASSERT_TRUE(write_file_atomic(folder / "file", "x"));
  EXPECT_EQ(list_folder(folder)->size(), 2U);
  EXPECT_EQ(list_folder(folder / "inner")->size(), 0U);
  EXPECT_EQ(list_folder(folder / "absent").error().kind, Errc::not_found);
  EXPECT_EQ(list_folder(folder / "file").error().code, "io_error");
  std::filesystem::remove_all(folder);
}

TEST(Files, OneOfManyCreatesAFileAndAllReadTheSame) {
  const auto folder = std::filesystem::temp_directory_path() / ("sluice-base-" + random_hex(4));
  ASSERT_TRUE(create_folders(folder));
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const Result<bool> mine = create_file_atomic(folder / "key", std::to_string(i), 0600);
        if (mine && *mine) ++made;
      });
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(read_file(folder / "key")->size(), 1U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice
