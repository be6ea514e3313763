// How workflows are started: policies, time limits, retries, schedules; and how the server is
// reached.
#include "temporal/testing/feature_test_workflows.h"
#include "temporal/testing/test_tls.h"

namespace sluice::temporal::testing {
namespace {

class StartTest : public TemporalTest {};

TEST_F(StartTest, AnIdIsUsedAgainOrNot) {
  const std::unique_ptr<Worker> worker = make_worker();
  StartOptions start = start_options("ThreeSteps", "\"a\"");
  const std::string first = client_->start(start).value();
  ASSERT_TRUE(client_->result(start.workflow_id, 20s));
  start.id_reuse = IdReusePolicy::reject_duplicate;
  EXPECT_EQ(client_->start(start).error().code, "workflow_already_running");
  start.id_reuse = IdReusePolicy::allow_duplicate_failed_only;
  EXPECT_EQ(client_->start(start).error().code, "workflow_already_running");
  start.id_reuse = IdReusePolicy::allow_duplicate;
  const std::string second = client_->start(start).value();
  EXPECT_NE(first, second);
  ASSERT_TRUE(client_->result(start.workflow_id, 20s));
  EXPECT_EQ(client_->describe({start.workflow_id, first}).value().run_id, first);
}

TEST_F(StartTest, ARunningOneIsUsedKeptOrReplaced) {
  StartOptions start = start_options("Collector");
  const std::string first = client_->start(start).value();
  EXPECT_EQ(client_->start(start).value(), first);
  start.id_conflict = IdConflictPolicy::fail;
  EXPECT_EQ(client_->start(start).error().code, "workflow_already_running");
  start.id_conflict = IdConflictPolicy::terminate_existing;
  const std::string second = client_->start(start).value();
  EXPECT_NE(first, second);
  EXPECT_EQ(client_->result({start.workflow_id, first}, 10s).value().status,
            WorkflowStatus::terminated);
  EXPECT_EQ(client_->describe(start.workflow_id).value().status, WorkflowStatus::running);
}

TEST_F(StartTest, TimeLimitsAndRetriesOfAWholeWorkflow) {
  const std::unique_ptr<Worker> worker = make_worker();
  StartOptions late = start_options("Collector");
  late.timeouts.execution = 1s;
  ASSERT_TRUE(client_->start(late));
  EXPECT_EQ(client_->result(late.workflow_id, 20s).value().status, WorkflowStatus::timed_out);
  StartOptions stumbling = start_options("Stumbling");
  stumbling.retry = RetryPolicy{.initial_interval = 50ms, .maximum_attempts = 5};
  ASSERT_TRUE(client_->start(stumbling));
  EXPECT_EQ(client_->result(stumbling.workflow_id, 20s).value().result, "3");
}

TEST_F(StartTest, ADelayedStart) {
  const std::unique_ptr<Worker> worker = make_worker();
  StartOptions start = start_options("ThreeSteps", "\"a\"");
  start.start_delay = 1500ms;
  ASSERT_TRUE(client_->start(start));
  EXPECT_FALSE(client_->result(start.workflow_id, 700ms));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"axxx\"");
}

TEST_F(StartTest, NobodyTakesAnActivity) {
  const std::unique_ptr<Worker> worker = make_worker();
  const WorkflowOutcome outcome = run("Unheard");
  ASSERT_EQ(outcome.status, WorkflowStatus::failed);
  EXPECT_EQ(outcome.failure->type, "schedule_to_start");
}

TEST_F(StartTest, Schedules) {
  const std::unique_ptr<Worker> worker = make_worker();
  const std::string id = "schedule-" + random_hex(4);
  Schedule schedule;
  schedule.workflow_id = id + "-run";
  schedule.workflow_type = "ThreeSteps";
  schedule.task_queue = queue_;
  schedule.input = "\"s\"";
  schedule.intervals = {{.every = 1h}};
  schedule.cron = {"30 3 * * *"};
  schedule.timezone = "Europe/Berlin";
  schedule.overlap = ScheduleOverlap::buffer_one;
  schedule.note = "a test";
  Result<void> created = client_->create_schedule(id, schedule);
  ASSERT_TRUE(created) << to_line(created.error());
  EXPECT_EQ(client_->create_schedule(id, schedule).error().kind, Errc::conflict);
  ASSERT_TRUE(client_->trigger_schedule(id));
  ASSERT_TRUE(eventually([&] {
    const Result<ScheduleDescription> described = client_->describe_schedule(id);
    return described && described->recent_workflow_ids.size() == 1;
  }));
  const ScheduleDescription ran = client_->describe_schedule(id).value();
  EXPECT_TRUE(ran.recent_workflow_ids.front().starts_with(id + "-run"));
  EXPECT_EQ(client_->result(ran.recent_workflow_ids.front(), 20s).value().result, "\"sxxx\"");
  EXPECT_FALSE(ran.next_us.empty());
  EXPECT_EQ(ran.note, "a test");
  ASSERT_TRUE(client_->pause_schedule(id, "held"));
  EXPECT_TRUE(client_->describe_schedule(id).value().paused);
  EXPECT_EQ(client_->describe_schedule(id).value().note, "held");
  ASSERT_TRUE(client_->unpause_schedule(id));
  EXPECT_FALSE(client_->describe_schedule(id).value().paused);
  schedule.note = "changed";
  schedule.intervals.clear();
  ASSERT_TRUE(client_->update_schedule(id, schedule));
  EXPECT_TRUE(eventually([&] { return client_->describe_schedule(id).value().note == "changed"; }));
  EXPECT_TRUE(eventually([&] {
    const Result<std::vector<std::string>> all = client_->list_schedules();
    return all && std::find(all->begin(), all->end(), id) != all->end();
  }));
  ASSERT_TRUE(client_->delete_schedule(id));
  EXPECT_EQ(client_->describe_schedule(id).error().kind, Errc::not_found);
}

TEST_F(StartTest, OverTlsWithCertificatesOnBothSides) {
  const Result<std::unique_ptr<TlsFront>> front = TlsFront::start(server_->target());
  ASSERT_TRUE(front) << to_line(front.error());
  ClientOptions options{.target = (*front)->target()};
  options.tls = (*front)->client_options();
  const Result<std::unique_ptr<Client>> client = Client::connect(*runtime_, options);
  ASSERT_TRUE(client) << to_line(client.error());
  EXPECT_TRUE((*client)->check_health());
  // Nobody whom the server does not know, and no server that we do not.
  options.tls->client_certificate.clear();
  options.tls->client_key.clear();
  EXPECT_FALSE(Client::connect(*runtime_, options));
  options.tls = TlsOptions{.server_name = "localhost"};
  EXPECT_FALSE(Client::connect(*runtime_, options));
  options.tls = std::nullopt;
  EXPECT_FALSE(Client::connect(*runtime_, options));
}

}  // namespace
}  // namespace sluice::temporal::testing
