// Workers that go and come, and a server that is killed.
#include "temporal/testing/test_workflows.h"

namespace sluice::temporal::testing {
namespace {

class RecoveryTest : public TemporalTest {};

TEST_F(RecoveryTest, AnotherWorkerGoesOn) {
  const StartOptions start = start_options("Collector");
  std::unique_ptr<Worker> worker = make_worker();
  ASSERT_TRUE(
      client_->signal_with_start({.start = start, .signal_name = "add", .signal_input = "1"}));
  EXPECT_EQ(client_->query(start.workflow_id, "seen").value(), "\"1\"");
  worker.reset();
  ASSERT_TRUE(client_->signal(start.workflow_id, "add", "2"));
  worker = make_worker();
  ASSERT_TRUE(client_->signal(start.workflow_id, "stop"));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"12\"");
}

TEST_F(RecoveryTest, ADefectFailsTheTaskAndARepairEndsTheWorkflow) {
  Broken::is_broken = true;
  const StartOptions start = start_options("Broken");
  const std::unique_ptr<Worker> worker = make_worker();
  ASSERT_TRUE(client_->start(start));
  EXPECT_FALSE(client_->result(start.workflow_id, 1s));
  EXPECT_EQ(client_->describe(start.workflow_id).value().status, WorkflowStatus::running);
  Broken::is_broken = false;
  EXPECT_EQ(client_->result(start.workflow_id, 30s).value().result, "\"repaired\"");
}

TEST_F(RecoveryTest, AnUnknownTypeDoesNotFailTheWorkflow) {
  const StartOptions start = start_options("ThreeSteps", "\"u\"");
  std::unique_ptr<Worker> worker = Worker::create(*client_, {.task_queue = queue_}).value();
  worker->register_workflow(WorkflowDefinition::of<Sleeper>("Sleeper"));
  ASSERT_TRUE(worker->start());
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(client_->result(start.workflow_id, 500ms).error().kind, Errc::deadline_exceeded);
  EXPECT_TRUE(worker->shutdown(5s));
}

TEST_F(RecoveryTest, ATimeLimitOfAnActivity) {
  counters().is_stubborn = true;
  const std::unique_ptr<Worker> worker = make_worker();
  const StartOptions start = start_options("OneActivity", "\"stubborn\"");
  ASSERT_TRUE(client_->start(start));
  ASSERT_TRUE(eventually([] { return counters().attempts >= 2; })) << "start_to_close is repeated";
  counters().is_stubborn = false;
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"done\"");
}

TEST_F(RecoveryTest, ShutdownStopsActivitiesThatListen) {
  const StartOptions start = start_options("OneActivity", "\"until_stopped\"");
  std::unique_ptr<Worker> worker = make_worker();
  ASSERT_TRUE(client_->start(start));
  ASSERT_TRUE(eventually([] { return counters().attempts > 0; }));
  // By itself the activity would go on for longer than that, and this would be an error.
  const Result<void> drained = worker->shutdown(5s);
  EXPECT_TRUE(drained) << to_line(drained.error());
  EXPECT_FALSE(worker->is_running());
  const WorkflowDescription described = client_->describe(start.workflow_id).value();
  ASSERT_EQ(described.pending_activities.size(), 1U) << "it is to be tried again";
  EXPECT_EQ(described.pending_activities[0].last_failure->type, "worker_shutdown");
}

TEST_F(RecoveryTest, ShutdownDoesNotWaitLongerThanAsked) {
  counters().is_stubborn = true;
  std::unique_ptr<Worker> worker = make_worker();
  ASSERT_TRUE(client_->start(start_options("OneActivity", "\"stubborn\"")));
  ASSERT_TRUE(eventually([] { return counters().attempts > 0; }));
  // Nothing lets the activity end before this returns.
  const Result<void> drained = worker->shutdown(300ms);
  counters().is_stubborn = false;
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().kind, Errc::deadline_exceeded);
  EXPECT_TRUE(worker->shutdown(10s));
}

TEST_F(RecoveryTest, AKilledServerComesBackAndTheWorkflowGoesOn) {
  Result<std::unique_ptr<TestServer>> own = TestServer::start();
  ASSERT_TRUE(own) << to_line(own.error());
  client_ = Client::connect(*runtime_, {.target = (*own)->target()}).value();
  const std::unique_ptr<Worker> worker = make_worker();
  const StartOptions collecting = start_options("Collector");
  ASSERT_TRUE(
      client_->signal_with_start({.start = collecting, .signal_name = "add", .signal_input = "1"}));
  const StartOptions working = start_options("Cancellable", "\"activity\"");
  ASSERT_TRUE(client_->start(working));
  ASSERT_TRUE(eventually([] { return counters().attempts > 0; }));
  (*own)->kill_hard();
  const Result<void> lost = client_->signal(collecting.workflow_id, "add", "2");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, Errc::unavailable) << to_line(lost.error());
  const Result<void> restarted = (*own)->restart();
  ASSERT_TRUE(restarted) << to_line(restarted.error());
  ASSERT_TRUE(
      eventually([&] { return client_->signal(collecting.workflow_id, "add", "3").has_value(); }));
  ASSERT_TRUE(client_->signal(collecting.workflow_id, "stop"));
  EXPECT_EQ(client_->result(collecting.workflow_id, 30s).value().result, "\"13\"");
  ASSERT_TRUE(client_->cancel(working.workflow_id));
  EXPECT_EQ(client_->result(working.workflow_id, 30s).value().status, WorkflowStatus::cancelled);
  EXPECT_EQ(counters().attempts, 1) << "the activity outlived the server";
}

}  // namespace
}  // namespace sluice::temporal::testing
