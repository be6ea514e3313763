// The scheduler alone, without core and server: what the core would say is made up here, in random
// order and company, so that each run takes another way through the same code.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "temporal/payload/payload.h"
#include "temporal/workflow/workflow_runner.h"

namespace sluice::temporal {
namespace {

using Activation = WorkflowInstance::Activation;
using Completion = WorkflowInstance::Completion;
using std::chrono::milliseconds;

/// Walks at random through all that a workflow may wait for, several walkers side by side. Which
/// way, its own random numbers say.
class Wanderer final : public Workflow {
 public:
  static WorkflowDefinition definition() {
    return WorkflowDefinition::of<Wanderer>("Wanderer")
        .on_signal("poke", &Wanderer::poke)
        .on_signal("linger", &Wanderer::linger);
  }

  Task<std::string> run(WorkflowContext& ctx, std::string) override {
    std::vector<Future<int>> walkers;
    const int count = 1 + static_cast<int>(ctx.random_u64() % 4);
    for (int i = 0; i < count; ++i) walkers.push_back(ctx.spawn(walk(ctx, 3)));
    int steps = 0;
    for (Future<int>& walker : walkers) steps += co_await walker;
    co_await ctx.wait_condition([&ctx] { return ctx.all_handlers_finished(); });
    if (ctx.is_cancelled()) throw WorkflowCancelled();
    co_return std::to_string(steps) + trail_;
  }

 private:
  void poke(WorkflowContext&, const std::string&) { ++pokes_; }
  Task<void> linger(WorkflowContext& ctx, std::string) {
    const bool slept = co_await ctx.sleep(milliseconds(5));
    trail_ += slept ? 'l' : 'L';
    ++pokes_;
  }

  Task<int> walk(WorkflowContext& ctx, int depth) {
    int steps = 0;
    for (int left = 1 + static_cast<int>(ctx.random_u64() % 4); left > 0; --left, ++steps) {
      ActivityOptions options;
      options.start_to_close = std::chrono::seconds(1);
      options.cancellation = static_cast<CancellationType>(ctx.random_u64() % 3);
      switch (ctx.random_u64() % 6) {
        case 0: {
          options.priority = 1;
          const ActivityOutcome outcome = co_await ctx.execute_activity("a", "1", options);
          trail_ += outcome ? 'a' : 'A';
          break;
        }
        case 1: {
          const bool slept = co_await ctx.sleep(milliseconds(1 + ctx.random_u64() % 9));
          trail_ += slept ? 's' : 'S';
          break;
        }
        case 2: {
          const int wanted = pokes_ + 1;
          const auto poked = [this, wanted] { return pokes_ >= wanted; };
          const WaitResult result = co_await ctx.wait_condition(poked, milliseconds(4));
          trail_ += static_cast<char>('0' + static_cast<int>(result));
          break;
        }
        case 3: {
          Future<ActivityOutcome> one = ctx.execute_activity("a", "2", options);
          LocalActivityOptions local;
          local.start_to_close = std::chrono::seconds(1);
          Future<ActivityOutcome> two = ctx.execute_local_activity("a", "3", local);
          const bool either_came_first = two.is_ready();
          const ActivityOutcome second = co_await two;
          const ActivityOutcome first = co_await one;
          trail_ += either_came_first || (first && second) ? 'b' : 'B';
          break;
        }
        case 4: {
          CancellationScope scope = ctx.new_scope();
          Future<ActivityOutcome> work = scope.context().execute_activity("a", "4", options);
          co_await ctx.sleep(milliseconds(2));
          scope.cancel();
          const ActivityOutcome outcome = co_await work;
          trail_ += outcome ? 'c' : 'C';
          break;
        }
        default:
          if (depth > 0) steps += co_await walk(ctx, depth - 1);
          { const auto dropped = ctx.sleep(milliseconds(3)); }  // nobody waits for it
      }
    }
    co_return steps;
  }

  int pokes_ = 0;
  std::string trail_;
};

/// Server and core of one run: resolves what was asked for, in random order, until the run ends.
class World {
 public:
  World(WorkflowRunner& runner, std::uint64_t seed)
      : runner_(runner), random_(seed), run_id_("run-" + std::to_string(seed)) {}

  /// All activations, as they were sent, and all completions, as they came back.
  struct Story {
    std::vector<std::string> activations;
    std::vector<std::string> completions;
    std::string ended_by;
  };

  Story live() {
    Activation first = next_activation();
    auto& start = *first.add_jobs()->mutable_initialize_workflow();
    start.set_workflow_type("Wanderer");
    start.set_workflow_id("w");
    start.set_randomness_seed(random_());
    send(first);
    while (story_.ended_by.empty()) {
      Activation activation = next_activation();
      if (one_in(4))
        activation.add_jobs()->mutable_signal_workflow()->set_signal_name(one_in(2) ? "poke"
                                                                                    : "linger");
      if (!cancelled_ && one_in(40)) {
        cancelled_ = true;
        activation.add_jobs()->mutable_cancel_workflow();
      }
      resolve_some(activation);
      if (activation.jobs_size() == 0) {
        if (activities_.empty() && timers_.empty()) break;  // stuck: it waits for nothing
        continue;
      }
      send(activation);
    }
    evict();
    return story_;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  Activation next_activation() {
    Activation activation;
    activation.set_run_id(run_id_);
    now_ms_ += static_cast<std::int64_t>(random_() % 5);
    activation.mutable_timestamp()->set_seconds(1'000'000 + now_ms_ / 1'000);
    activation.mutable_timestamp()->set_nanos(static_cast<int>(now_ms_ % 1'000) * 1'000'000);
    return activation;
  }

  void resolve_some(Activation& activation) {
    for (auto timer = timers_.begin(); timer != timers_.end();) {
      if (!one_in(3)) {
        ++timer;
        continue;
      }
      activation.add_jobs()->mutable_fire_timer()->set_seq(*timer);
      timer = timers_.erase(timer);
    }
    for (auto activity = activities_.begin(); activity != activities_.end();) {
      if (!one_in(3)) {
        ++activity;
        continue;
      }
      auto& job = *activation.add_jobs()->mutable_resolve_activity();
      job.set_seq(*activity);
      if (cancelling_.contains(*activity) && one_in(2)) {
        job.mutable_result()
            ->mutable_cancelled()
            ->mutable_failure()
            ->mutable_canceled_failure_info();
      } else if (one_in(4)) {
        set_failure(*job.mutable_result()->mutable_failed()->mutable_failure(),
                    Failure{.type = "unlucky", .message = "by lot"});
      } else {
        set_payload(*job.mutable_result()->mutable_completed()->mutable_result(), "1");
      }
      activity = activities_.erase(activity);
    }
  }

  void send(const Activation& activation) {
    story_.activations.push_back(activation.SerializeAsString());
    story_.completions.push_back(runner_.handle(story_.activations.back()));
    Completion completion;
    ASSERT_TRUE(completion.ParseFromString(story_.completions.back()));
    if (completion.has_failed()) {
      story_.ended_by = "task failed: " + completion.failed().failure().message();
      return;
    }
    for (const auto& command : completion.successful().commands()) take(command);
  }

  void take(const WorkflowInstance::Command& command) {
    ASSERT_TRUE(story_.ended_by.empty()) << "a command after the end";
    if (command.has_start_timer()) {
      ASSERT_TRUE(timers_.insert(command.start_timer().seq()).second);
    } else if (command.has_cancel_timer()) {
      ASSERT_EQ(timers_.erase(command.cancel_timer().seq()), 1U) << "no such timer is running";
    } else if (command.has_schedule_activity()) {
      const auto& activity = command.schedule_activity();
      ASSERT_TRUE(activities_.insert(activity.seq()).second);
      // Those that the first way of the walk asks for, and no others.
      const bool matters = activity.arguments(0).data() == "1";
      EXPECT_EQ(activity.priority().priority_key(), matters ? 1 : 0);
      EXPECT_EQ(activity.has_priority(), matters);
    } else if (command.has_schedule_local_activity()) {
      ASSERT_TRUE(activities_.insert(command.schedule_local_activity().seq()).second);
    } else if (command.has_request_cancel_activity()) {
      const std::uint32_t seq = command.request_cancel_activity().seq();
      ASSERT_TRUE(activities_.contains(seq)) << "no such activity is running";
      ASSERT_TRUE(cancelling_.insert(seq).second) << "asked twice";
    } else if (command.has_request_cancel_local_activity()) {
      const std::uint32_t seq = command.request_cancel_local_activity().seq();
      ASSERT_TRUE(activities_.contains(seq)) << "no such activity is running";
      ASSERT_TRUE(cancelling_.insert(seq).second) << "asked twice";
    } else if (command.has_complete_workflow_execution()) {
      story_.ended_by = "result " + json_of(command.complete_workflow_execution().result());
    } else if (command.has_cancel_workflow_execution()) {
      story_.ended_by = "cancelled";
    } else {
      story_.ended_by = "unexpected: " + command.ShortDebugString();
    }
  }

  void evict() {
    Activation last = next_activation();
    last.add_jobs()->mutable_remove_from_cache();
    runner_.handle(last.SerializeAsString());
  }

  WorkflowRunner& runner_;
  std::mt19937_64 random_;
  std::string run_id_;
  std::int64_t now_ms_ = 0;
  bool cancelled_ = false;
  std::set<std::uint32_t> timers_;
  std::set<std::uint32_t> activities_;
  std::set<std::uint32_t> cancelling_;
  Story story_;
};

class SchedulerTest : public ::testing::Test {
 protected:
  std::unique_ptr<WorkflowRunner> make_runner() const {
    return std::make_unique<WorkflowRunner>(definitions_, nullptr, "q", "default");
  }

  const std::map<std::string, WorkflowDefinition> definitions_ = {
      {"Wanderer", Wanderer::definition()}};
};

TEST_F(SchedulerTest, EveryWayEndsAndIsTheSameInReplay) {
  const std::unique_ptr<WorkflowRunner> runner = make_runner();
  const std::unique_ptr<WorkflowRunner> replayer = make_runner();
  int cancelled = 0;
  std::set<std::string> results;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const World::Story story = World(*runner, seed).live();
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
    ASSERT_TRUE(story.ended_by.starts_with("result") || story.ended_by == "cancelled")
        << "seed " << seed << ": " << story.ended_by;
    cancelled += story.ended_by == "cancelled" ? 1 : 0;
    results.insert(story.ended_by);
    for (std::size_t i = 0; i < story.activations.size(); ++i) {
      ASSERT_EQ(replayer->handle(story.activations[i]), story.completions[i])
          << "seed " << seed << ", activation " << i;
    }
  }
  EXPECT_GT(cancelled, 100);
  EXPECT_GT(results.size(), 500U);
}

TEST_F(SchedulerTest, RunsThatLeaveTheCacheInMidWayLeaveNothing) {
  // What still waits is destroyed with its frames; the address sanitizer would tell of the rest.
  const std::unique_ptr<WorkflowRunner> runner = make_runner();
  const std::unique_ptr<WorkflowRunner> half_way = make_runner();
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const World::Story story = World(*runner, seed).live();
    for (std::size_t i = 0; i < story.activations.size() / 2; ++i) {
      half_way->handle(story.activations[i]);
    }
  }
}

TEST_F(SchedulerTest, RunnersOfSeveralThreadsShareDefinitionsOnly) {
  std::vector<std::thread> threads;
  std::vector<std::string> ended(4);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    threads.emplace_back([this, i, &ended] {
      const std::unique_ptr<WorkflowRunner> runner = make_runner();
      for (std::uint64_t seed = 0; seed < 200; ++seed) {
        ended[i] += World(*runner, seed).live().ended_by + ";";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& each : ended) EXPECT_EQ(each, ended.front());
}

}  // namespace
}  // namespace sluice::temporal
