// Originals packed and read back, whole or with damage made on purpose.
#include "storage/packed_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "base/ids.h"
#include "storage/dataset_files.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

std::string some_text() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919 % 1000) + ",abc\n";
  return text;
}

class PackedSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    files_ = std::move(DatasetFiles::open(folder_ / "datasets")).value();
    publish(some_text());
  }
  void TearDown() override {
    files_.reset();
    fs::remove_all(folder_);
  }

  /// An original of these bytes, as it was uploaded.
  void publish(const std::string& bytes) {
    ASSERT_TRUE(files_->remove(name_));
    text_ = bytes;
    TemporaryFile file = files_->make_temporary(".source").value();
    std::ofstream(file.path(), std::ios::binary) << bytes;
    ASSERT_TRUE(files_->publish(std::move(file), name_));
  }
  Result<void> settle(const std::string& known = "", const std::stop_token& stop = {}) {
    return settle_source(
        *files_, name_, known,
        [this](const SourceDigests& digests) -> Result<void> {
          recorded_ = digests;
          ++records_;
          const Result<std::string> there = sha256_file_hex(path());
          there_when_recorded_ = there ? *there : "";
          return on_record_ ? on_record_() : Result<void>();
        },
        stop);
  }
  Result<std::string> content() {
    const FileDescriptor file(::open(path().c_str(), O_RDONLY));
    std::string out;
    TRY(read_source(file, name_, static_cast<std::int64_t>(text_.size()),
                    [&](std::string_view piece) {
                      out += piece;
                      return Result<void>();
                    }));
    return out;
  }
  void flip_a_bit(off_t at) const {
    const FileDescriptor file(::open(path().c_str(), O_RDWR));
    char byte = 0;
    ASSERT_EQ(::pread(file.get(), &byte, 1, at), 1);
    byte = static_cast<char>(byte ^ 4);
    ASSERT_EQ(::pwrite(file.get(), &byte, 1, at), 1);
  }
  fs::path path() const { return files_->root() / name_; }

  const std::string name_ = "x.source";
  const fs::path folder_ = fs::temp_directory_path() / ("sluice-packed-" + random_hex(6));
  std::string text_;
  std::unique_ptr<DatasetFiles> files_;
  std::function<Result<void>()> on_record_;
  SourceDigests recorded_;
  int records_ = 0;
  std::string there_when_recorded_;
};

TEST_F(PackedSourceTest, BothDigestsAreNotedBeforeThePackedFormLiesThere) {
  ASSERT_TRUE(settle());
  EXPECT_EQ(recorded_.sha256, sha256_hex(text_));
  EXPECT_EQ(there_when_recorded_, recorded_.sha256);
  EXPECT_EQ(sha256_file_hex(path()).value(), recorded_.packed_sha256);
  EXPECT_LT(fs::file_size(path()), text_.size() / 2);
  EXPECT_EQ(content().value(), text_);
}

TEST_F(PackedSourceTest, SmallOnesAndPackedOnesStayAsTheyCame) {
  const std::string tail(50'000, 'a');
  for (const std::string& bytes : {std::string(), std::string("a,b\n1,2\n"), "\x1F\x8B\x08" + tail,
                                   "PK\x03\x04" + tail, "PAR1" + tail, "\x28\xB5\x2F\xFD" + tail}) {
    publish(bytes);
    recorded_ = {};
    ASSERT_TRUE(settle());
    EXPECT_EQ(recorded_.sha256, sha256_hex(bytes));
    EXPECT_EQ(recorded_.packed_sha256, "");
    EXPECT_EQ(read_file(path()).value(), bytes);
    EXPECT_EQ(content().value(), bytes);
    records_ = 0;
    ASSERT_TRUE(settle(sha256_hex(bytes)));
    EXPECT_EQ(records_, 0) << "its digest is known";
  }
}

TEST_F(PackedSourceTest, WhatPackingDoesNotMakeSmallerStays) {
  publish(random_hex(10'000) + std::string(1, '\0'));  // Hex shrinks to a half:
  ASSERT_TRUE(settle());
  EXPECT_LT(fs::file_size(path()), text_.size());
  std::string noise(40'000, '\0');
  std::ifstream("/dev/urandom", std::ios::binary).read(noise.data(), 40'000);
  noise[0] = 'x';
  publish(noise);
  ASSERT_TRUE(settle());
  EXPECT_EQ(recorded_.packed_sha256, "");
  EXPECT_EQ(read_file(path()).value(), noise);
}

TEST_F(PackedSourceTest, DamageIsNotPacked) {
  flip_a_bit(1234);
  EXPECT_EQ(settle(sha256_hex(text_)).error().code, "data_damaged");
  EXPECT_EQ(fs::file_size(path()), text_.size());
  EXPECT_EQ(records_, 0);
}

TEST_F(PackedSourceTest, AnotherOriginalIsNeverMadeOfIt) {
  on_record_ = [] {
    return fail(Errc::unavailable, ErrorCode::from_outside("metadata_locked"), "Not now.");
  };
  EXPECT_EQ(settle().error().code, "metadata_locked");
  EXPECT_EQ(read_file(path()).value(), text_) << "nobody knows the packed form's digest";
  on_record_ = {};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(settle("", stop.get_token()).error().kind, Errc::cancelled);
  EXPECT_EQ(read_file(path()).value(), text_);
  EXPECT_EQ(std::distance(fs::directory_iterator(files_->temporary_folder()), {}), 0)
      << "nothing is left over";
}

TEST_F(PackedSourceTest, ADeletedOneStaysDeleted) {
  ASSERT_TRUE(files_->remove(name_));
  EXPECT_EQ(settle().error().kind, Errc::not_found);
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(PackedSourceTest, APackedOriginalThatIsCutShortIsNoWholeAnswer) {
  ASSERT_TRUE(settle());
  const auto whole = static_cast<off_t>(fs::file_size(path()));
  for (const off_t size : {whole - 1, whole - 5, whole / 2, off_t{9}, off_t{0}}) {
    ASSERT_EQ(::truncate(path().c_str(), size), 0);
    const auto read = content();
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, "data_damaged");
  }
}

TEST_F(PackedSourceTest, NeitherIsOneWithAFlippedBit) {
  ASSERT_TRUE(settle());
  const auto size = static_cast<off_t>(fs::file_size(path()));
  for (const off_t at : {off_t{0}, off_t{5}, size / 3, size / 2, size - 2}) {
    flip_a_bit(at);
    const auto read = content();
    EXPECT_TRUE(!read || *read == text_) << at;
    EXPECT_EQ(read ? "data_damaged" : read.error().code.text(), "data_damaged") << at;
    flip_a_bit(at);
  }
  EXPECT_EQ(content().value(), text_);
}

TEST_F(PackedSourceTest, WhoReadsMayStopIt) {
  ASSERT_TRUE(settle());
  const FileDescriptor file(::open(path().c_str(), O_RDONLY));
  int pieces = 0;
  const Result<void> read = read_source(file, name_, static_cast<std::int64_t>(text_.size()),
                                        [&](std::string_view) -> Result<void> {
                                          ++pieces;
                                          return fail(work_stopped());
                                        });
  EXPECT_EQ(read.error().kind, Errc::cancelled);
  EXPECT_EQ(pieces, 1);
}

}  // namespace
}  // namespace sluice::storage
