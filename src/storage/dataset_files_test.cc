// Publishing, opening and sweeping in a temporary folder, with processes that are killed in
// between. testdata/bad_names.txt has names that must reach no path.
#include "storage/dataset_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

class DatasetFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(create_folders(base_)); }
  void TearDown() override { fs::remove_all(base_); }

  std::unique_ptr<DatasetFiles> opened() { return std::move(DatasetFiles::open(root_)).value(); }
  static TemporaryFile written(const DatasetFiles& files, std::string_view bytes) {
    TemporaryFile file = files.make_temporary(".parquet").value();
    std::ofstream(file.path()) << bytes;
    return file;
  }
  static std::string read(int fd) {
    char buffer[64];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    return got < 0 ? "unreadable" : std::string(buffer, static_cast<std::size_t>(got));
  }
  std::size_t temporary_entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root_ / "tmp")) ++count;
    return count;
  }

  fs::path base_ = fs::temp_directory_path() / ("sluice-storage-" + random_hex(6));
  fs::path root_ = base_ / "storage" / "datasets";
};

/// Decodes \0 \n \r \t \\ \xNN.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == '0') out += '\0';
    if (c == 'n') out += '\n';
    if (c == 'r') out += '\r';
    if (c == 't') out += '\t';
    if (c == '\\') out += '\\';
    if (c == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

TEST_F(DatasetFilesTest, PublishesWholeAndReadsBack) {
  const auto files = opened();
  TemporaryFile file = written(*files, "PAR1");
  const fs::path temporary = file.path();
  EXPECT_FALSE(files->open_for_reading("a.parquet"));
  ASSERT_TRUE(files->publish(std::move(file), "a.parquet"));
  EXPECT_FALSE(fs::exists(temporary));
  Result<FileDescriptor> fd = files->open_for_reading("a.parquet");
  ASSERT_TRUE(fd);
  EXPECT_EQ(read(fd->get()), "PAR1");
  EXPECT_EQ(fs::hard_link_count(root_ / "a.parquet"), 1U);
  EXPECT_EQ(files->list().value(), std::vector<std::string>{"a.parquet"});
  EXPECT_EQ(files->path_of("a.parquet").value(), root_ / "a.parquet");
  EXPECT_TRUE(files->remove("a.parquet"));
  EXPECT_TRUE(files->remove("a.parquet"));
  EXPECT_EQ(files->open_for_reading("a.parquet").error().kind, Errc::not_found);
}

TEST_F(DatasetFilesTest, APublishedFileNeverChanges) {
  const auto files = opened();
  ASSERT_TRUE(files->publish(written(*files, "one"), "a.parquet"));
  TemporaryFile second = written(*files, "two");
  const fs::path temporary = second.path();
  const Result<void> again = files->publish(std::move(second), "a.parquet");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "storage_file_exists");
  EXPECT_FALSE(fs::exists(temporary));
  EXPECT_EQ(read(files->open_for_reading("a.parquet")->get()), "one");
}

TEST_F(DatasetFilesTest, OneOfManyPublishersOfANameWins) {
  const auto files = opened();
  std::vector<std::thread> threads;
  std::atomic<int> won = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (files->publish(written(*files, "x"), "same.parquet")) ++won;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST_F(DatasetFilesTest, TemporaryFilesGoUnlessPublished) {
  const auto files = opened();
  fs::path path;
  {
    TemporaryFile file = written(*files, "x");
    path = file.path();
    TemporaryFile moved = std::move(file);
    EXPECT_TRUE(fs::exists(path));
    EXPECT_EQ(path.parent_path(), files->temporary_folder());
  }
  EXPECT_FALSE(fs::exists(path));
  TemporaryFile never_written = files->make_temporary(".parquet").value();
  EXPECT_FALSE(files->publish(std::move(never_written), "b.parquet"));
  EXPECT_FALSE(files->make_temporary("/../x"));
  EXPECT_TRUE(files->list()->empty());
}

TEST_F(DatasetFilesTest, FoldersAreOurs) {
  const auto files = opened();
  for (const fs::path& folder : {root_, root_ / "tmp", files->temporary_folder()}) {
    struct stat status {};
    ASSERT_EQ(::stat(folder.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0700U) << folder;
  }
  EXPECT_GT(files->free_bytes().value(), 0U);
}

TEST_F(DatasetFilesTest, RefusesEveryBadName) {
  const auto files = opened();
  ASSERT_TRUE(files->publish(written(*files, "x"), "a.parquet"));
  std::ofstream(base_ / "storage" / "a.parquet") << "outside";
  std::ifstream list(std::string(STORAGE_TESTDATA) + "/bad_names.txt");
  std::string line;
  std::size_t count = 0;
  while (std::getline(list, line)) {
    if (line.starts_with("# ")) continue;
    const std::string name = unescaped(line);
    EXPECT_FALSE(is_dataset_file_name(name)) << line;
    EXPECT_EQ(files->open_for_reading(name).error().code, "storage_file_name") << line;
    EXPECT_EQ(files->remove(name).error().code, "storage_file_name") << line;
    EXPECT_EQ(files->path_of(name).error().code, "storage_file_name") << line;
    EXPECT_EQ(files->publish(written(*files, "y"), name).error().code, "storage_file_name") << line;
    ++count;
  }
  EXPECT_GE(count, 60U);
  EXPECT_TRUE(fs::exists(base_ / "storage" / "a.parquet"));
}

TEST_F(DatasetFilesTest, TakesGoodNames) {
  for (const std::string& name :
       {std::string("a.parquet"), std::string("0.parquet"), new_uuid_v7() + ".parquet",
        new_uuid_v7() + "-v2.parquet", std::string("A_b-c.d.parquet"),
        std::string(121, 'a') + ".parquet"}) {
    EXPECT_TRUE(is_dataset_file_name(name)) << name;
  }
}

TEST_F(DatasetFilesTest, OnlyRegularFilesAreOpenedAndNoLinkIsFollowed) {
  const auto files = opened();
  std::ofstream(base_ / "secret") << "secret";
  fs::create_symlink(base_ / "secret", root_ / "link.parquet");
  fs::create_symlink("tmp", root_ / "inner.parquet");
  fs::create_directory(root_ / "folder.parquet");
  ASSERT_EQ(::mkfifo((root_ / "fifo.parquet").c_str(), 0600), 0);
  for (const char* name : {"link.parquet", "inner.parquet", "folder.parquet", "fifo.parquet"}) {
    const Result<FileDescriptor> fd = files->open_for_reading(name);
    ASSERT_FALSE(fd) << name;
    EXPECT_EQ(fd.error().code, "storage_file_not_found") << name;
  }
}

TEST_F(DatasetFilesTest, WhatTheDeadAnnouncedIsKnownUntilItIsSettled) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto theirs = opened();
    const bool done = theirs->announce("half.parquet") &&
                      theirs->publish(written(*theirs, "x"), "half.parquet") &&
                      theirs->announce("whole.parquet");
    theirs->settle("whole.parquet");
    ::_exit(done ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  {
    const auto next = opened();
    EXPECT_EQ(next->unsettled(), std::vector<std::string>{"half.parquet"});
    EXPECT_TRUE(next->open_for_reading("half.parquet"));
    EXPECT_TRUE(opened()->unsettled().empty()) << "the one that took it over lives";
    next->settle("half.parquet");
  }
  EXPECT_TRUE(opened()->unsettled().empty());
  EXPECT_EQ(opened()->announce("../x.parquet").error().code, "storage_file_name");
}

TEST_F(DatasetFilesTest, SweepsWhatTheDeadLeftAndOnlyThat) {
  const auto first = opened();
  const TemporaryFile kept = written(*first, "alive");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto theirs = opened();
    const TemporaryFile file = written(*theirs, "dies");
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  { const auto while_alive = opened(); }
  EXPECT_EQ(temporary_entries(), 4U);  // Two folders, two locks: first's and the child's.
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  fs::create_directory(root_ / "tmp" / "nobodys");
  std::ofstream(root_ / "tmp" / "stray.parquet") << "x";
  { const auto after = opened(); }
  EXPECT_EQ(temporary_entries(), 2U);
  EXPECT_TRUE(fs::exists(kept.path()));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(DatasetFilesTest, ItsTemporaryFolderIsMadeAgainWhereItWasDeleted) {
  const std::unique_ptr<DatasetFiles> files = opened();
  fs::remove_all(root_ / "tmp");
  ASSERT_TRUE(files->announce("a.parquet"));
  ASSERT_TRUE(files->publish(written(*files, "abc"), "a.parquet"));
  files->settle("a.parquet");
  const std::unique_ptr<DatasetFiles> second = opened();
  EXPECT_TRUE(fs::exists(files->temporary_folder())) << "its lock was made again, too";
}

TEST_F(DatasetFilesTest, ADamagedFileIsReplaced) {
  const std::unique_ptr<DatasetFiles> files = opened();
  ASSERT_TRUE(files->publish(written(*files, "abd"), "a.parquet"));
  ASSERT_TRUE(files->replace(written(*files, "abc"), "a.parquet"));
  EXPECT_EQ(read(files->open_for_reading("a.parquet")->get()), "abc");
  ASSERT_TRUE(files->remove("a.parquet"));
  ASSERT_TRUE(files->replace(written(*files, "abc"), "a.parquet"));
  EXPECT_EQ(read(files->open_for_reading("a.parquet")->get()), "abc");
}

TEST_F(DatasetFilesTest, ManyOpenersDoNotSweepEachOther) {
  std::vector<std::thread> threads;
  std::atomic<int> lost = 0;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i) {
        const auto files = opened();
        const TemporaryFile file = written(*files, "x");
        if (!fs::exists(file.path())) ++lost;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(temporary_entries(), 0U);
}

}  // namespace
}  // namespace sluice::storage
