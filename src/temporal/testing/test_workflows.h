#pragma once

// Workflows and activities that the tests of this room share, and one dev server for all of them.

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/ids.h"
#include "temporal/client.h"
#include "temporal/runtime.h"
#include "temporal/testing/test_server.h"
#include "temporal/worker.h"

namespace sluice::temporal::testing {

using std::literals::chrono_literals::operator""h;
using std::literals::chrono_literals::operator""min;
using std::literals::chrono_literals::operator""s;
using std::literals::chrono_literals::operator""ms;

/// Three activities, one after the other.
class ThreeSteps final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// One activity named by the input (a JSON string); fails with the activity's failure.
class OneActivity final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Sleeps for 300 ms; answers how long it was, in microseconds.
class Sleeper final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Takes signals "add" until a signal "stop"; answers what it saw. Query "seen".
class Collector final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
  void on_add(WorkflowContext& ctx, const std::string& json) { (void)ctx, seen_ += json; }
  void on_stop(WorkflowContext& ctx, const std::string& json) {
    (void)ctx, (void)json, stopped_ = true;
  }
  std::string seen(const std::string& json) const { return (void)json, "\"" + seen_ + "\""; }

 private:
  std::string seen_;
  bool stopped_ = false;
};

/// Waits for a condition that only a time limit ends, then for one that a timer's coroutine meets
/// at once.
class Patient final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Waits as the input says (sleep, condition or activity); on cancellation runs one more activity.
class Cancellable final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Counts its input down, a run for each number.
class Countdown final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// Throws an exception that is no WorkflowFailure while `is_broken`.
class Broken final : public Workflow {
 public:
  static inline std::atomic<bool> is_broken = true;
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override;
};

/// What activities counted; reset by each test's SetUp.
struct Counters {
  std::atomic<int> attempts = 0;
  std::atomic<bool> is_stubborn = false;
};
Counters& counters();

void register_all(Worker& worker);

class TemporalTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  std::unique_ptr<Worker> make_worker(std::uint32_t max_cached_workflows = 100);
  StartOptions start_options(const std::string& type, const std::string& input = {});
  /// Starts it and waits for its end.
  WorkflowOutcome run(const std::string& type, const std::string& input = {});

  static inline std::shared_ptr<prometheus::Registry> registry_;  ///< The runtime's metrics.
  static inline std::unique_ptr<Runtime> runtime_;
  static inline std::unique_ptr<TestServer> server_;
  std::unique_ptr<Client> client_;
  std::string queue_;
};

/// Polls until true, for at most 15 s.
template <typename Predicate>
bool eventually(Predicate predicate) {
  for (int i = 0; i < 300; ++i) {
    if (predicate()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

}  // namespace sluice::temporal::testing
