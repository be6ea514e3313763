// Starting, restarting and ending children, and how long each may take. Real children, which are
// scripts; one thread, as the supervisor has.
#include "app/supervisor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/files.h"
#include "base/ids.h"
#include "base/scoped_path.h"

namespace sluice::app {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

/// Longer than any of these tests takes: what passes does not wait for it.
constexpr milliseconds long_enough{60'000};

/// Children are shell scripts that write one line to a diary for each thing that happens to them.
class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() { std::ofstream{diary_.path()}; }

  /// `on_term` runs at SIGTERM; without it the child ignores the signal.
  ChildSpec spec(const std::string& name, const std::string& on_term,
                 milliseconds ends_before_others = milliseconds(0)) const {
    const std::string script =
        "trap '" + on_term + "' TERM\n" + say(name + " ready") + "\nwhile :; do sleep 0.01; done";
    return {name, {"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}, ends_before_others};
  }
  std::string say(const std::string& line) const {
    return "echo " + line + " >> " + diary_.path().string();
  }
  /// A script that waits until the line stands in the diary.
  std::string until(const std::string& line) const {
    return "until grep -qx \"" + line + "\" " + diary_.path().string() + "; do sleep 0.01; done";
  }
  void start(ChildSpec child) {
    const std::string ready = child.name + " ready";
    const Result<void> started = supervisor_.start(
        std::move(child), [&] { return place_of(ready) >= 0; }, long_enough);
    ASSERT_TRUE(started) << to_line(started.error());
  }

  Names lines() const {
    Names lines;
    std::ifstream file(diary_.path());
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  /// Where the line stands; -1: nowhere.
  std::ptrdiff_t place_of(const std::string& line) const {
    const Names all = lines();
    const auto found = std::find(all.begin(), all.end(), line);
    return found == all.end() ? -1 : found - all.begin();
  }

  const ScopedPath diary_{std::filesystem::temp_directory_path() /
                          ("sluice-supervisor-" + random_hex(4))};
  std::function<bool()> stop_requested_ = [] { return false; };
  Supervisor supervisor_{[this] { return stop_requested_(); }};
};

TEST_F(SupervisorTest, OneThatTakesLongDoesNotTakeTheTimeOfAnother) {
  // The API ends only after the MCP server, which was started before it: asked one after the other
  // in reverse, as it once was, it takes all the time there is, and the MCP server is killed.
  start(spec("mcp", say("mcp ended") + "; exit 0"));
  start(spec("api", until("mcp ended") + "; " + say("api ended") + "; exit 0"));
  EXPECT_EQ(supervisor_.stop(milliseconds(20'000)), Names());
  EXPECT_GE(place_of("mcp ended"), 0);
  EXPECT_GE(place_of("api ended"), 0);
}

TEST_F(SupervisorTest, WhoUsesTheOthersEndsBeforeTheyAreAsked) {
  start(spec("temporal", say("temporal asked") + "; exit 0"));
  start(spec("worker", "sleep 0.2; " + say("worker ended") + "; exit 0", long_enough));
  start(spec("api", say("api asked") + "; exit 0"));
  EXPECT_EQ(supervisor_.stop(long_enough), Names());
  ASSERT_GE(place_of("worker ended"), 0);
  EXPECT_GT(place_of("temporal asked"), place_of("worker ended"));
  EXPECT_GT(place_of("api asked"), place_of("worker ended"));
}

TEST_F(SupervisorTest, TheOthersDoNotWaitForItForEver) {
  start(spec("api", say("api asked") + "; exit 0"));
  start(spec("worker", until("api asked") + "; " + say("worker ended") + "; exit 0",
             milliseconds(50)));
  EXPECT_EQ(supervisor_.stop(milliseconds(20'000)), Names()) << "it goes on ending beside them";
  EXPECT_GT(place_of("worker ended"), place_of("api asked"));
}

TEST_F(SupervisorTest, WhatDoesNotEndIsKilledAndNothingElse) {
  start(spec("deaf", ""));
  start(spec("well", say("well ended") + "; exit 0"));
  start(spec("deaf worker", "", milliseconds(50)));
  EXPECT_EQ(supervisor_.stop(milliseconds(2'000)), Names({"deaf", "deaf worker"}));
  EXPECT_GE(place_of("well ended"), 0);
  EXPECT_EQ(supervisor_.stop(long_enough), Names()) << "none is left";
}

TEST_F(SupervisorTest, WhatDiesIsStartedAgain) {
  // The first life ends by itself, the second asks for the end of all.
  const std::string script = "if grep -q \"^first$\" " + diary_.path().string() + "; then " +
                             say("second") + "; else " + say("first") + "; exit 3; fi\n" +
                             "trap \"exit 0\" TERM; while :; do sleep 0.01; done";
  const Result<void> started = supervisor_.start(
      {"mortal", {"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}, milliseconds(0)},
      [] { return true; }, long_enough);
  ASSERT_TRUE(started) << to_line(started.error());
  stop_requested_ = [this] { return place_of("second") >= 0; };
  supervisor_.run();
  EXPECT_EQ(lines(), Names({"first", "second"}));
  EXPECT_EQ(supervisor_.stop(long_enough), Names());
}

TEST_F(SupervisorTest, AStartThatFailsSaysHow) {
  const auto start_of = [&](const std::string& script, milliseconds ready_within) {
    return supervisor_.start(
        {"part", {"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}, milliseconds(0)},
        [] { return false; }, ready_within);
  };
  const Result<void> ended = start_of("exit 3", long_enough);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, "child_ended");
  EXPECT_NE(ended.error().detail.find("part ended while starting (exit code 3)"),
            std::string::npos);
  const Result<void> late = start_of("exec sleep 1000", milliseconds(0));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "child_not_ready");
  stop_requested_ = [] { return true; };
  const Result<void> stopped = start_of("exec sleep 1000", long_enough);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, Errc::cancelled);
  EXPECT_EQ(supervisor_.stop(long_enough), Names()) << "both that live end at SIGTERM";
}

}  // namespace
}  // namespace sluice::app
