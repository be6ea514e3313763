// Messages and pieces over a socket pair, sent whole, in bytes, or as nonsense. The other side
// may be hostile.
#include "sandbox/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>

namespace sluice::sandbox {
namespace {

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    SocketPair pair = make_socket_pair();
    theirs_ = std::move(pair.theirs);
    channel_ = Channel(std::move(pair.ours));
    wait_.allow(std::chrono::seconds(30));
  }
  /// What the other side says, which is hostile.
  void say(std::string_view bytes) { ASSERT_TRUE(write_whole(theirs_.get(), bytes)); }
  void say(std::uint32_t kind, std::string_view bytes) {
    std::string out;
    add_piece(out, kind, bytes);
    say(out);
  }
  static std::string frame(std::uint32_t kind, std::uint32_t bytes) {
    const PieceFrame head{kind, bytes};
    return {reinterpret_cast<const char*>(&head), sizeof head};
  }
  std::string received() {
    Channel::Piece piece;
    const Outcome outcome = channel_.receive(piece, wait_);
    if (outcome != Outcome::done) return "(" + std::to_string(static_cast<int>(outcome)) + ")";
    return std::to_string(piece.kind) + ":" + piece.bytes;
  }
  static std::string in_words(Outcome outcome) {
    return "(" + std::to_string(static_cast<int>(outcome)) + ")";
  }

  FileDescriptor theirs_;
  Channel channel_;
  std::stop_source stop_;
  Wait wait_{stop_.get_token()};
};

TEST_F(ChannelTest, pieces_come_one_by_one) {
  std::string all;
  add_piece(all, 1, "one");
  add_piece(all, 2, "");
  add_piece(all, 0xFFFFFFFF, std::string(100'000, 'x'));
  std::jthread speaking([&] { say(all); });
  EXPECT_EQ(received(), "1:one");
  EXPECT_EQ(received(), "2:");
  EXPECT_EQ(received(), "4294967295:" + std::string(100'000, 'x'));
  EXPECT_TRUE(channel_.is_quiet());
}

TEST_F(ChannelTest, byte_by_byte_is_the_same) {
  std::string all;
  add_piece(all, 7, "slowly");
  std::jthread speaking([&] {
    for (const char c : all) say(std::string_view(&c, 1));
  });
  EXPECT_EQ(received(), "7:slowly");
}

TEST_F(ChannelTest, a_piece_that_is_too_large_is_nonsense) {
  say(frame(1, piece_bytes_max + 1));
  EXPECT_EQ(received(), in_words(Outcome::nonsense));
}

TEST_F(ChannelTest, a_piece_that_is_said_to_be_large_takes_no_memory_before_it_comes) {
  say(frame(1, piece_bytes_max) + "and no more");
  theirs_ = FileDescriptor();
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    long pages = 0;
    statm >> pages >> pages;
    return pages * ::sysconf(_SC_PAGESIZE);
  };
  const long before = resident();
  EXPECT_EQ(received(), in_words(Outcome::gone));
  EXPECT_LT(resident() - before, static_cast<long>(piece_bytes_max / 8));
}

TEST_F(ChannelTest, the_end_of_the_other_side_is_told) {
  say(frame(1, 10) + "half");
  theirs_ = FileDescriptor();
  EXPECT_EQ(received(), in_words(Outcome::gone));
  EXPECT_EQ(channel_.send("hello", {}, wait_), Outcome::gone);
}

TEST_F(ChannelTest, a_wait_ends_by_time_and_by_stop) {
  say(frame(1, 10) + "half");
  wait_.allow(std::chrono::milliseconds(20));
  EXPECT_EQ(received(), in_words(Outcome::late));
  EXPECT_LE(wait_.left(), std::chrono::nanoseconds(0));
  wait_.allow(std::chrono::hours(1));
  std::jthread stopping([&] { stop_.request_stop(); });
  EXPECT_EQ(received(), in_words(Outcome::stopped));
  EXPECT_TRUE(wait_.is_stopped());
}

TEST_F(ChannelTest, who_listens_beside_it_loses_nothing) {
  const FileDescriptor other(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  std::string all;
  add_piece(all, 3, "in two parts");
  say(all.substr(0, 5));
  Channel::Piece piece;
  // Both may be ready: the channel goes first, and then there is only the other.
  EXPECT_EQ(channel_.receive(piece, wait_, other.get()), Outcome::called);
  EXPECT_FALSE(channel_.is_quiet()) << "five bytes have come";
  std::uint64_t count = 0;
  ASSERT_EQ(::read(other.get(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
  say(all.substr(5));
  ASSERT_EQ(channel_.receive(piece, wait_, other.get()), Outcome::done);
  EXPECT_EQ(piece.bytes, "in two parts");
}

TEST_F(ChannelTest, messages_go_in_with_their_files) {
  std::vector<FileDescriptor> files;
  files.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  files.emplace_back(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  const std::string long_text(1'000'000, 'y');
  std::jthread sending([&] {
    EXPECT_EQ(channel_.send("two files", files, wait_), Outcome::done);
    EXPECT_EQ(channel_.send(long_text, {}, wait_), Outcome::done);
  });
  std::string text;
  std::vector<FileDescriptor> got;
  ASSERT_TRUE(receive_message(theirs_.get(), text, got));
  EXPECT_EQ(text, "two files");
  ASSERT_EQ(got.size(), 2U);
  char name[4];
  EXPECT_EQ(::read(got[1].get(), name, sizeof name), 4);
  EXPECT_EQ(std::string_view(name, 4), "Name");
  EXPECT_NE(::fcntl(got[1].get(), F_GETFD) & FD_CLOEXEC, 0);
  got.clear();
  ASSERT_TRUE(receive_message(theirs_.get(), text, got));
  EXPECT_EQ(text, long_text);
  EXPECT_TRUE(got.empty());
}

TEST_F(ChannelTest, a_message_that_is_too_large_is_not_sent) {
  EXPECT_EQ(channel_.send(std::string(message_bytes_max + 1, 'x'), {}, wait_), Outcome::nonsense);
  std::vector<FileDescriptor> many;
  for (std::size_t i = 0; i <= files_max; ++i) {
    many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  EXPECT_EQ(channel_.send("x", many, wait_), Outcome::nonsense);
  EXPECT_TRUE(channel_.is_quiet());
  theirs_ = FileDescriptor();
}

TEST_F(ChannelTest, a_message_that_is_not_ours_is_not_taken) {
  std::string text;
  std::vector<FileDescriptor> files;
  const MessageFrame too_long{static_cast<std::uint32_t>(message_bytes_max + 1), 0};
  const MessageFrame says_two_files{0, 2};
  for (const MessageFrame& lie : {too_long, says_two_files}) {
    ASSERT_EQ(::send(channel_.socket(), &lie, sizeof lie, 0), static_cast<ssize_t>(sizeof lie));
    EXPECT_FALSE(receive_message(theirs_.get(), text, files));
  }
}

}  // namespace
}  // namespace sluice::sandbox
