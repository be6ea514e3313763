// Damage of each kind of file, made on purpose: found, noted, and taken back once it is mended.
#include "intake/scrubber.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "base/hash.h"
#include "base/ids.h"
#include "storage/packed_source.h"

namespace sluice::intake {
namespace {

namespace fs = std::filesystem;
using metadata::FileKind;

/// A real store and real files; what a damaged one is called is what the store says of it.
class ScrubberTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    store_ =
        std::move(metadata::Store::open("sqlite://" + (folder_ / "m.db").string(), clock_)).value();
    ASSERT_TRUE(store_->ensure_tenant(tenant_, "Acme"));
    files_ = std::move(storage::DatasetFiles::open(folder_ / "datasets")).value();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void publish(const std::string& name, const std::string& bytes) {
    storage::TemporaryFile file = files_->make_temporary(".parquet").value();
    std::ofstream(file.path(), std::ios::binary) << bytes;
    ASSERT_TRUE(files_->publish(std::move(file), name));
  }
  DatasetVersion version_of(const std::string& id, bool with_digests) {
    DatasetVersion version;
    version.file_name = id + ".parquet";
    version.rejects_file = id + ".rejects.parquet";
    version.source_file = id + ".source";
    version.source_bytes = 200'000;
    version.sha256 = sha256_hex("data");
    if (with_digests) {
      version.rejects_sha256 = sha256_hex("rejects");
      version.source_sha256 = sha256_hex(std::string(200'000, 's'));
    }
    version.silver_plan_json = "{}";
    return version;
  }
  std::string created(bool with_digests = true) {
    const std::string id = new_uuid_v7();
    publish(id + ".parquet", "data");
    publish(id + ".rejects.parquet", "rejects");
    publish(id + ".source", std::string(200'000, 's'));
    EXPECT_TRUE(store_->create_dataset({id, tenant_, "a", "", true}, version_of(id, with_digests),
                                       std::nullopt, {}));
    return id;
  }
  void rot(const std::string& name) {
    const FileDescriptor file(::open((files_->root() / name).c_str(), O_RDWR));
    char byte = 0;
    ASSERT_EQ(::pread(file.get(), &byte, 1, 2), 1);
    byte = static_cast<char>(byte ^ 1);
    ASSERT_EQ(::pwrite(file.get(), &byte, 1, 2), 1);
  }
  static bool soon(const std::function<bool()>& reached) {
    for (int i = 0; i < 200 && !reached(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return reached();
  }
  /// All that is there is read once more.
  void scrub(std::size_t damaged) {
    const SystemClock now;
    Scrubber scrubber(*store_, *files_, verified_, now, {1'000'000, 1U << 30U});
    EXPECT_TRUE(soon([&] { return store_->list_damage(tenant_).value().size() == damaged; }))
        << store_->list_damage(tenant_).value().size();
    EXPECT_GT(scrubber.bytes_read(), 0U);
  }
  std::set<FileKind> kinds() {
    std::set<FileKind> found;
    const std::vector<metadata::Damage> damage = store_->list_damage(tenant_).value();
    for (const metadata::Damage& each : damage) {
      found.insert(each.kind);
    }
    return found;
  }

  const FakeClock clock_;  // Long ago: all that is written by it is due.
  const TenantId tenant_{"acme"};
  fs::path folder_ = fs::temp_directory_path() / ("sluice-scrubber-" + random_hex(6));
  std::unique_ptr<metadata::Store> store_;
  std::unique_ptr<storage::DatasetFiles> files_;
  storage::VerifiedFiles verified_;
};

TEST_F(ScrubberTest, NamesEachKindOfFileAndTakesTheMarkBack) {
  const std::string id = created();
  created();
  rot(id + ".parquet");
  rot(id + ".rejects.parquet");
  rot(id + ".source");
  scrub(3);
  EXPECT_EQ(kinds(), (std::set<FileKind>{FileKind::data, FileKind::rejects, FileKind::source}));
  for (const char* suffix : {".parquet", ".rejects.parquet", ".source"}) rot(id + suffix);
  scrub(0);
}

TEST_F(ScrubberTest, AMissingFileIsDamage) {
  const std::string id = created();
  fs::remove(files_->root() / (id + ".rejects.parquet"));
  scrub(1);
  EXPECT_EQ(kinds(), std::set<FileKind>{FileKind::rejects});
}

TEST_F(ScrubberTest, WhatIsOpenAndRightInMemoryIsNotAnsweredAnyMore) {
  const std::string id = created();
  const std::string name = id + ".parquet";
  const FileDescriptor file = std::move(files_->open_for_reading(name)).value();
  ASSERT_TRUE(verified_.verify(file, {files_->root() / name, sha256_hex("data"), {}}));
  // As if only the disk had rotted: this process remembers the file as right.
  rot(name);
  verified_.remember(file, sha256_hex("data"));
  const storage::FileIdentity identity = storage::identity_of(file, name).value();
  scrub(1);
  EXPECT_FALSE(verified_.may_be(identity, sha256_hex("data")));
}

TEST_F(ScrubberTest, BelievesWhatIsThereFromBeforeThereWereDigests) {
  const std::string id = created(false);
  {
    const SystemClock now;
    const Scrubber scrubber(*store_, *files_, verified_, now, {1'000'000, 1U << 30U});
    EXPECT_TRUE(soon([&] {
      const DatasetVersion version = store_->get_version(id, 1).value();
      return version.rejects_sha256 == sha256_hex("rejects") &&
             version.source_sha256 == sha256_hex(std::string(200'000, 's'));
    }));
  }
  EXPECT_EQ(store_->count_damage().value(), 0);
  rot(id + ".source");
  scrub(1);
}

TEST_F(ScrubberTest, AnOldPackedOriginalIsBelievedOnlyIfItUnpacks) {
  const std::string good = created(false);
  const std::string bad = created(false);
  for (const std::string& id : {good, bad}) {
    ASSERT_TRUE(storage::settle_source(*files_, id + ".source", "",
                                       [](const storage::SourceDigests&) { return Result<void>(); },
                                       {}));
  }
  const fs::path path = files_->root() / (bad + ".source");
  fs::resize_file(path, fs::file_size(path) - 3);
  scrub(1);
  EXPECT_EQ(store_->list_damage(tenant_, bad).value().size(), 1U);
}

TEST_F(ScrubberTest, EndsInTheMiddleOfAFile) {
  created();
  const SystemClock now;
  // A byte a second: the original would take it two days.
  Scrubber scrubber(*store_, *files_, verified_, now, {1'000'000, 1});
  EXPECT_TRUE(soon([&] { return scrubber.bytes_read() > 0; }));
}

}  // namespace
}  // namespace sluice::intake
