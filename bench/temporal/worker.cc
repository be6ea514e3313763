// temporal_bench_worker ADDRESS TASK_QUEUE SLOTS CACHED: what bench/temporal/run.py measures of ours.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "base/log.h"
#include "temporal/client.h"
#include "temporal/runtime.h"
#include "temporal/worker.h"

namespace {

using namespace sluice::temporal;  // NOLINT(google-build-using-namespace): a program of one file

class ThreeSteps final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string) override {
    ActivityOptions options;
    options.start_to_close = std::chrono::seconds(60);
    std::string value = "\"x\"";
    for (int step = 0; step < 3; ++step) {
      ActivityOutcome outcome = co_await ctx.execute_activity("nothing", value, options);
      if (!outcome) throw WorkflowFailure(outcome.error());
      value = *outcome;
    }
    co_return value;
  }
};

class Hold final : public Workflow {
 public:
  void release(WorkflowContext&, const std::string&) { released_ = true; }
  Task<std::string> run(WorkflowContext& ctx, std::string) override {
    co_await ctx.wait_condition([this] { return released_; });
    co_return "null";
  }

 private:
  bool released_ = false;
};

sluice::Result<void> work(const char* address, const char* task_queue, int slots, int cached) {
  TRY_ASSIGN(const std::unique_ptr<Runtime> runtime, Runtime::create());
  TRY_ASSIGN(const std::unique_ptr<Client> client, Client::connect(*runtime, {.target = address}));
  WorkerOptions options;
  options.task_queue = task_queue;
  options.activity_slots = static_cast<std::size_t>(slots);
  options.workflow_slots = 100;
  options.workflow_pollers = 5;
  options.activity_pollers = 5;
  options.sticky_timeout = std::chrono::seconds(10);  // as the others have it
  options.max_cached_workflows = static_cast<std::uint32_t>(cached);
  TRY_ASSIGN(const std::unique_ptr<Worker> worker, Worker::create(*client, options));
  worker->register_workflow(WorkflowDefinition::of<ThreeSteps>("ThreeSteps"));
  worker->register_workflow(WorkflowDefinition::of<Hold>("Hold").on_signal("release", &Hold::release));
  worker->register_activity(
      "nothing", [](ActivityContext&, std::string input) -> ActivityOutcome { return input; });
  TRY(worker->start());
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const sluice::Result<void> ended = work(argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  std::fprintf(stderr, "%s\n", to_line(ended.error()).c_str());
  return 1;
}
