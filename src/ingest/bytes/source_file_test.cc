// Reading a file that is still arriving: a file in memory, real threads.
#include "ingest/bytes/source_file.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "base/error_codes.h"
#include "base/testing/memory_file.h"

namespace sluice::ingest {
namespace {

class ArrivingFile : public testing::Test {
 protected:
  const fuzz::MemoryFile file_{"0123456789"};
  const std::shared_ptr<Arrival> arrival_ = std::make_shared<Arrival>();
  std::stop_source stop_;
  const SourceFile source_ = SourceFile::open(file_.path(), arrival_, stop_.get_token()).value();

  /// The bytes, or the error's code.
  std::string read(std::uint64_t offset, std::size_t size) const {
    std::string into(size, '\0');
    const Result<std::size_t> got = source_.read_at(offset, into.data(), size);
    return got ? into.substr(0, *got) : got.error().code.text();
  }
};

TEST_F(ArrivingFile, ReadsWaitForWhatHasYetToArrive) {
  arrival_->reached(4);
  EXPECT_EQ(read(0, 4), "0123") << "what is there is read at once";
  std::atomic<bool> has_read{false};
  std::string late;
  std::jthread reader([&] {
    late = read(3, 5);
    has_read = true;
  });
  // The bytes are in the file; but they are not said to be.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  arrival_->reached(7);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(has_read) << "one of five bytes is missing";
  arrival_->reached(8);
  reader.join();
  EXPECT_EQ(late, "34567");
}

TEST_F(ArrivingFile, TheEndIsKnownOnceItIsComplete) {
  std::string rest;
  std::jthread reader([&] { rest = read(8, 100); });
  arrival_->reached(10);
  arrival_->complete();
  reader.join();
  EXPECT_EQ(rest, "89");
  EXPECT_EQ(read(10, 5), "");
  EXPECT_EQ(arrival_->state(), (Arrival::State{10, true, false}));
}

TEST_F(ArrivingFile, WhatBreaksItsReceiptIsToldToItsReaders) {
  std::string said;
  std::jthread reader([&] { said = read(0, 10); });
  arrival_->broken({Errc::unavailable, BaseCode::disk_full, "first", {}});
  arrival_->broken({Errc::unavailable, BaseCode::cancelled, "second", {}});
  reader.join();
  EXPECT_EQ(said, "disk_full") << "the first error stays";
  arrival_->complete();
  EXPECT_EQ(read(0, 1), "disk_full") << "even what had arrived is of a file that never was";
}

TEST_F(ArrivingFile, AStopWakesWhoeverWaits) {
  std::string said;
  std::jthread reader([&] { said = read(0, 10); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  stop_.request_stop();
  reader.join();
  EXPECT_EQ(said, "cancelled");
}

TEST_F(ArrivingFile, EachChangeIsToldUntilNobodyListens) {
  int changes = 0;
  arrival_->on_change([&changes] { ++changes; });
  arrival_->reached(1);
  arrival_->reached(2);
  arrival_->complete();
  EXPECT_EQ(changes, 3);
  arrival_->on_change({});
  arrival_->broken({Errc::unavailable, BaseCode::cancelled, "late", {}});
  EXPECT_EQ(changes, 3);
}

}  // namespace
}  // namespace sluice::ingest
