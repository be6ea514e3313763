// What a loop does when it is woken, stopped, or throws. Real threads.
#include "base/background_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <future>
#include <semaphore>
#include <set>
#include <stdexcept>

namespace sluice {
namespace {

using Round = BackgroundLoop::Round;
using std::chrono::milliseconds;

/// What was logged while it lived: spdlog writes to stdout until log::init.
class LogCapture {
 public:
  LogCapture() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
  }
  std::string text() {
    return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  }
};

std::size_t count_of(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST(BackgroundLoop, MoreIsDoneAtOnceAndIdleWaitsToBeWoken) {
  std::counting_semaphore<> began(0);
  std::atomic<int> rounds = 0;
  BackgroundLoop loop({.name = "test"}, [&](const std::stop_token&) {
    const int round = ++rounds;
    began.release();
    return round < 3 ? Round::more : Round::idle;
  });
  for (int i = 0; i < 3; ++i) began.acquire();
  loop.wake();
  began.acquire();
  loop.stop();
  EXPECT_EQ(rounds, 4);
}

TEST(BackgroundLoop, AWakeDuringARoundIsNotLost) {
  std::binary_semaphore in_first(0);
  std::binary_semaphore go_on(0);
  std::promise<void> second;
  std::atomic<int> rounds = 0;
  BackgroundLoop loop({.name = "test"}, [&](const std::stop_token&) {
    const int round = ++rounds;
    if (round == 1) {
      in_first.release();
      go_on.acquire();
    }
    if (round == 2) second.set_value();
    return Round::idle;
  });
  in_first.acquire();
  loop.wake();
  go_on.release();
  second.get_future().wait();
}

TEST(BackgroundLoop, WithAPollIntervalNobodyNeedsToWakeIt) {
  std::counting_semaphore<> began(0);
  BackgroundLoop loop({.name = "test", .poll_interval = milliseconds(1)},
                      [&](const std::stop_token&) {
                        began.release();
                        return Round::idle;
                      });
  for (int i = 0; i < 5; ++i) began.acquire();
}

TEST(BackgroundLoop, ARoundThatThrowsIsLoggedOnceWithItsNameAndTheLoopGoesOn) {
  LogCapture log;
  std::promise<void> well;
  {
    std::atomic<int> rounds = 0;
    BackgroundLoop loop({.name = "sweeper", .pause_after_failure = milliseconds(1)},
                        [&](const std::stop_token&) -> Round {
                          const int round = ++rounds;
                          if (round <= 3) throw std::runtime_error("the disk is gone");
                          if (round == 4) throw 4;
                          well.set_value();
                          return Round::idle;
                        });
    well.get_future().wait();
  }
  const std::string said = log.text();
  EXPECT_EQ(count_of(said, "loop=sweeper error=\"the disk is gone\""), 1U) << said;
  EXPECT_EQ(count_of(said, "no std::exception"), 1U) << said;
  EXPECT_EQ(count_of(said, "background work goes on loop=sweeper"), 1U) << said;
}

TEST(BackgroundLoop, StoppingEndsTheRoundInHandAndThePauseAfterAFailure) {
  std::promise<void> in_round;
  BackgroundLoop working({.name = "test"}, [&](const std::stop_token& stop) {
    in_round.set_value();
    pause_for(std::chrono::hours(1), stop);
    return Round::more;
  });
  in_round.get_future().wait();
  working.stop();
  working.stop();  // Twice is as good as once.

  LogCapture log;
  std::promise<void> broke;
  {
    BackgroundLoop failing({.name = "test", .pause_after_failure = std::chrono::hours(1)},
                           [&](const std::stop_token&) -> Round {
                             broke.set_value();
                             throw std::runtime_error("x");
                           });
    broke.get_future().wait();
  }
  EXPECT_EQ(count_of(log.text(), "error=x"), 1U);
}

TEST(BackgroundLoop, SeveralThreadsWorkAtATimeAndAreToldOfTheirStart) {
  std::barrier all_inside(4);  // Three threads and this one.
  std::atomic<int> starts = 0;
  BackgroundLoop loop({.name = "test", .threads = 3, .on_thread_start = [&] { ++starts; }},
                      [&](const std::stop_token&) {
                        all_inside.arrive_and_wait();
                        return Round::idle;
                      });
  all_inside.arrive_and_wait();
  loop.wake();  // For all three.
  all_inside.arrive_and_wait();
  loop.stop();
  EXPECT_EQ(starts, 3);
}

TEST(GuardedThread, WhatItThrowsEndsItAlone) {
  LogCapture log;
  {
    const auto thread =
        guarded_thread("reader", [](const auto&) { throw std::runtime_error("x"); });
  }
  EXPECT_EQ(count_of(log.text(), "a thread broke thread=reader error=x"), 1U);
}

TEST(PauseFor, SaysWhetherItWasStopped) {
  std::stop_source stop;
  EXPECT_TRUE(pause_for(milliseconds(1), stop.get_token()));
  stop.request_stop();
  EXPECT_FALSE(pause_for(std::chrono::hours(1), stop.get_token()));
}

TEST(BackgroundLoop, AWakeThatWasThereBeforeItIsHeard) {
  Wake wake;
  std::counting_semaphore<> began(0);
  BackgroundLoop loop({.name = "test", .wake = &wake}, [&](const std::stop_token&) {
    began.release();
    return Round::idle;
  });
  began.acquire();
  wake.notify();
  began.acquire();  // Would block for ever.
}

}  // namespace
}  // namespace sluice
