// What the core tells of itself: metrics in our registry, lines in our log.
#include <map>

#include "temporal/testing/feature_test_workflows.h"

namespace sluice::temporal::testing {
namespace {

class TelemetryTest : public TemporalTest {
 protected:
  /// The series of that name with that label; null where there is none.
  static std::optional<prometheus::ClientMetric> series(const std::string& name,
                                                        const std::string& label,
                                                        const std::string& value) {
    for (const prometheus::MetricFamily& family : registry_->Collect()) {
      if (family.name != name) continue;
      for (const prometheus::ClientMetric& metric : family.metric) {
        for (const prometheus::ClientMetric::Label& has : metric.label) {
          if (has.name == label && has.value == value) return metric;
        }
      }
    }
    return std::nullopt;
  }
};

TEST_F(TelemetryTest, TheCoresMetricsAreInOurRegistry) {
  const std::unique_ptr<Worker> worker = make_worker();
  ASSERT_EQ(run("ThreeSteps", "\"m\"").result, "\"mxxx\"");
  ASSERT_EQ(run("ThreeSteps", "\"m\"").result, "\"mxxx\"");
  // The server ends the workflow before the worker has heard that it took the last task.
  ASSERT_TRUE(eventually([this] {
    const auto ended = series("temporal_workflow_completed_total", "task_queue", queue_);
    return ended && ended->counter.value == 2;
  }));
  const auto activities =
      series("temporal_activity_execution_latency_seconds", "task_queue", queue_);
  ASSERT_TRUE(activities);
  EXPECT_EQ(activities->histogram.sample_count, 6);
  EXPECT_LT(activities->histogram.sample_sum, 30.0) << "seconds, not milliseconds";
  const auto whole = series("temporal_workflow_endtoend_latency_seconds", "task_queue", queue_);
  ASSERT_TRUE(whole);
  EXPECT_GT(whole->histogram.sample_sum, 0.0);
  EXPECT_LT(whole->histogram.sample_sum, 30.0);
  const auto cached = series("temporal_sticky_cache_size", "task_queue", queue_);
  ASSERT_TRUE(cached);
  const auto requests = series("temporal_request_total", "operation", "StartWorkflowExecution");
  ASSERT_TRUE(requests);
  EXPECT_GE(requests->counter.value, 2);
}

TEST_F(TelemetryTest, OneRegistryForAllRuntimes) {
  RuntimeOptions same;
  same.metrics = registry_;
  EXPECT_TRUE(Runtime::create(same));
  RuntimeOptions other;
  other.metrics = std::make_shared<prometheus::Registry>();
  const Result<std::unique_ptr<Runtime>> refused = Runtime::create(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Errc::conflict);
}

TEST_F(TelemetryTest, TheCoresLinesAreInOurLog) {
  ::testing::internal::CaptureStdout();  // where the log goes before log::init
  {
    RuntimeOptions talkative;
    talkative.core_log_level = "debug";
    const std::unique_ptr<Runtime> runtime = Runtime::create(talkative).value();
    const std::unique_ptr<Client> client =
        Client::connect(*runtime, {.target = server_->target()}).value();
    const std::unique_ptr<Worker> worker = Worker::create(*client, {.task_queue = queue_}).value();
    register_all(*worker);
    ASSERT_TRUE(worker->start());
    ASSERT_TRUE(worker->shutdown(5s));
  }
  const std::string lines = ::testing::internal::GetCapturedStdout();
  EXPECT_NE(lines.find("target=temporalio_sdk_core"), std::string::npos) << lines;
}

}  // namespace
}  // namespace sluice::temporal::testing
