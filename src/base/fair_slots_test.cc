// Who is served when, as scripts; and many threads at once, for the thread sanitizer (make
// tsan).
#include "base/fair_slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock;

/// Plays a script: `+a` a asks, `-a` a gives its oldest place back, `xa` a's oldest turn that has
/// not come is given up. Gives the owners in the order of their turns; `!a` where a was refused.
std::string play(const FairSlots::Limits& limits, const std::string& script) {
  FairSlots slots(limits);
  struct Asked {
    std::string owner;
    FairSlots::Ticket ticket;
  };
  std::vector<std::string> turns;
  std::vector<std::unique_ptr<Asked>> waiting;
  std::vector<std::pair<std::string, FairSlots::Place>> held;
  std::istringstream words(script);
  for (std::string word; words >> word;) {
    const std::string owner = word.substr(1);
    if (word[0] == '+') {
      auto ticket = slots.ask(owner, [&turns, owner] { turns.push_back(owner); });
      if (ticket) {
        waiting.push_back(std::make_unique<Asked>(Asked{owner, std::move(*ticket)}));
      } else {
        turns.push_back("!" + owner);
      }
    } else if (word[0] == '-') {
      const auto mine = std::find_if(held.begin(), held.end(),
                                     [&](const auto& each) { return each.first == owner; });
      EXPECT_NE(mine, held.end()) << script << " " << word;
      if (mine != held.end()) held.erase(mine);
    } else {
      const auto mine = std::find_if(waiting.begin(), waiting.end(),
                                     [&](const auto& each) { return each->owner == owner; });
      EXPECT_NE(mine, waiting.end()) << script << " " << word;
      if (mine != waiting.end()) waiting.erase(mine);
    }
    std::erase_if(waiting, [&](const auto& asked) {
      FairSlots::Place place = asked->ticket.take();
      if (!place) return false;
      held.emplace_back(asked->owner, std::move(place));
      return true;
    });
    EXPECT_LE(slots.held(), limits.places) << script;
    EXPECT_LE(slots.waiting(), limits.waiting_max) << script;
  }
  std::string text;
  for (const std::string& turn : turns) text += (text.empty() ? "" : " ") + turn;
  return text;
}

struct Case {
  const char* what;
  FairSlots::Limits limits;
  const char* script;
  const char* turns;
};

TEST(FairSlots, who_is_served_when) {
  const Case cases[] = {
      {"one after the other", {1, 1, 0, 9, 9}, "+a +b -a -b", "a b"},
      {"the order of their coming", {1, 1, 0, 9, 9}, "+a +b +c -a -b", "a b c"},
      {"no more than a share", {4, 3, 0, 9, 9}, "+a +a +a +a +b", "a a a b"},
      {"a share that comes free", {4, 3, 0, 9, 9}, "+a +a +a +a +b -a", "a a a b a"},
      {"round robin, not first come", {2, 2, 0, 9, 9}, "+a +a +a +a +b +b -a -a -b", "a a b a b"},
      {"fewest places first", {3, 2, 0, 9, 9}, "+a +a +b +a +b +c -a", "a a b c"},
      {"the reserve is for newcomers", {3, 3, 1, 9, 9}, "+a +a +a +b", "a a b"},
      {"who holds one waits for it", {4, 4, 2, 9, 9}, "+a +a +b +b +c -a", "a a b c"},
      {"all of one's own where nobody comes", {2, 2, 0, 9, 9}, "+a +a +a -a", "a a a"},
      {"too many of one", {1, 1, 0, 9, 2}, "+a +a +a +a +b -a", "a !a b"},
      {"too many of all", {1, 1, 0, 2, 2}, "+a +a +b +c -a", "a !c b"},
      {"one who gives up", {1, 1, 0, 9, 9}, "+a +b +c xb -a", "a c"},
      {"coming anew is no way to the front", {1, 1, 0, 9, 9}, "+a +b +c -a +a -b +b -c", "a b c a"},
  };
  for (const Case& each : cases) EXPECT_EQ(play(each.limits, each.script), each.turns) << each.what;
}

TEST(FairSlots, a_place_is_given_back_once) {
  FairSlots slots({2, 2, 0, 0, 0});
  FairSlots::Place first = slots.try_take("a");
  FairSlots::Place second = slots.try_take("a");
  EXPECT_TRUE(first && second && !slots.try_take("a"));
  first = std::move(second);
  EXPECT_EQ(slots.held(), 1U);
  first.give_back();
  first.give_back();
  EXPECT_EQ(slots.held(), 0U);
}

TEST(FairSlots, a_turn_that_nobody_takes_goes_on) {
  FairSlots slots({1, 1, 0, 9, 9});
  std::optional<FairSlots::Ticket> first = slots.ask("a");
  std::optional<FairSlots::Ticket> second = slots.ask("b");
  EXPECT_FALSE(second->take());
  first.reset();
  EXPECT_TRUE(second->take());
}

TEST(FairSlots, a_thread_waits_until_its_turn_its_deadline_or_a_stop) {
  FairSlots slots({1, 1, 0, 9, 9});
  FairSlots::Place held = slots.try_take("a");
  EXPECT_FALSE(slots.wait("b", Time::now() + milliseconds(20)));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(20));
    stop.request_stop();
  });
  EXPECT_FALSE(slots.wait("b", Time::now() + milliseconds(10'000), stop.get_token()));
  std::jthread giver([&] {
    std::this_thread::sleep_for(milliseconds(20));
    held.give_back();
  });
  EXPECT_TRUE(slots.wait("b", Time::now() + milliseconds(10'000)));
  EXPECT_EQ(slots.waiting(), 0U);
}

/// Owners who take and give back on threads of their own: nobody starves, nothing is lost.
TEST(FairSlots, many_threads) {
  FairSlots slots({3, 2, 1, 100, 100});
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, owner = std::string(1, static_cast<char>('a' + i % 4))] {
        for (int turn = 0; turn < 500; ++turn) {
          const FairSlots::Place place = slots.wait(owner, Time::now() + milliseconds(20'000));
          ASSERT_TRUE(place);
          most = std::max(most.load(), ++inside);
          --inside;
        }
      });
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_EQ(slots.held(), 0U);
  EXPECT_EQ(slots.waiting(), 0U);
}

}  // namespace
}  // namespace sluice
