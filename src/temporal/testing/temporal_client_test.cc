// The client's calls and their errors, against a real dev server, and against none.
#include "temporal/testing/test_workflows.h"

namespace sluice::temporal::testing {
namespace {

class ClientTest : public TemporalTest {};

TEST_F(ClientTest, ADeadPortIsUnavailable) {
  const std::string target = "127.0.0.1:" + std::to_string(TestServer::free_port());
  const Result<std::unique_ptr<Client>> client = Client::connect(*runtime_, {.target = target});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, Errc::unavailable);
}

TEST_F(ClientTest, ALazyClientConnectsWhenTheServerIsThere) {
  Result<std::unique_ptr<TestServer>> server = TestServer::start();
  ASSERT_TRUE(server) << to_line(server.error());
  (*server)->kill_hard();
  const std::unique_ptr<Client> client =
      Client::connect_lazily(*runtime_, {.target = (*server)->target()});
  EXPECT_EQ(client->check_health().error().kind, Errc::unavailable);
  ASSERT_TRUE((*server)->restart());
  EXPECT_TRUE(client->check_health());
  (*server)->kill_hard();
  const Result<std::string> lost = client->start(start_options("Sleeper"));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, Errc::unavailable) << to_line(lost.error());
}

TEST_F(ClientTest, StartTwiceIsAConflictWhereAskedFor) {
  StartOptions start = start_options("Collector");
  const Result<std::string> first = client_->start(start);
  EXPECT_EQ(client_->start(start).value(), *first);
  start.id_conflict = IdConflictPolicy::fail;
  const Result<std::string> refused = client_->start(start);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "workflow_already_running");
}

TEST_F(ClientTest, DescribeTerminateAndResult) {
  const StartOptions start = start_options("Collector");
  ASSERT_TRUE(client_->start(start));
  Result<WorkflowDescription> described = client_->describe(start.workflow_id);
  ASSERT_TRUE(described) << to_line(described.error());
  EXPECT_EQ(described->status, WorkflowStatus::running);
  EXPECT_EQ(described->task_queue, queue_);
  EXPECT_GE(described->history_length, 2);
  EXPECT_FALSE(described->closed_at_us);
  const Result<WorkflowOutcome> waiting = client_->result(start.workflow_id, 300ms);
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().kind, Errc::deadline_exceeded);
  ASSERT_TRUE(client_->terminate(start.workflow_id, "a test"));
  EXPECT_EQ(client_->result(start.workflow_id, 10s).value().status, WorkflowStatus::terminated);
  EXPECT_TRUE(client_->describe(start.workflow_id).value().closed_at_us);
  EXPECT_EQ(client_->describe("no-such").error().kind, Errc::not_found);
  EXPECT_EQ(client_->signal("no-such", "add").error().kind, Errc::not_found);
}

TEST_F(ClientTest, PendingActivitiesAndPollersAreSeen) {
  EXPECT_TRUE(client_->describe_task_queue(queue_).value().activity_pollers.empty());
  const std::unique_ptr<Worker> worker = make_worker();
  ASSERT_TRUE(eventually([&] {
    const Result<TaskQueueDescription> queue = client_->describe_task_queue(queue_);
    return queue && !queue->activity_pollers.empty() && !queue->workflow_pollers.empty();
  }));
  const Poller poller = client_->describe_task_queue(queue_).value().activity_pollers.front();
  EXPECT_NE(poller.identity.find('@'), std::string::npos);
  EXPECT_GT(poller.last_access_us, 0);
  const StartOptions start = start_options("Cancellable", "\"activity\"");
  ASSERT_TRUE(client_->start(start));
  ASSERT_TRUE(eventually([] { return counters().attempts > 0; }));
  const WorkflowDescription described = client_->describe(start.workflow_id).value();
  ASSERT_EQ(described.pending_activities.size(), 1U);
  EXPECT_EQ(described.pending_activities[0].type, "until_stopped");
  EXPECT_TRUE(described.pending_activities[0].started);
  ASSERT_TRUE(client_->cancel(start.workflow_id));
}

TEST_F(ClientTest, SearchAttributes) {
  const std::map<std::string, SearchAttributeType> ours = {
      {"SluiceDataset", SearchAttributeType::keyword},
      {"SluiceVersion", SearchAttributeType::integer}};
  ASSERT_TRUE(client_->register_search_attributes(ours));
  ASSERT_TRUE(client_->register_search_attributes(ours)) << "the second time changes nothing";
  EXPECT_EQ(client_->register_search_attributes({{"SluiceDataset", SearchAttributeType::integer}})
                .error()
                .kind,
            Errc::conflict);
  StartOptions start = start_options("Collector");
  start.search_attributes = {{"SluiceDataset", "\"d1\""}, {"SluiceVersion", "3"}};
  start.memo = {{"name", "\"orders\""}};
  ASSERT_TRUE(client_->start(start));
  EXPECT_TRUE(eventually([&] {
    const Result<std::vector<WorkflowDescription>> found =
        client_->list("SluiceDataset = 'd1' AND SluiceVersion = 3");
    return found && found->size() == 1 && found->front().workflow_id == start.workflow_id;
  }));
}

TEST_F(ClientTest, AMissingNamespaceIsNamed) {
  const std::string name = "ns-" + random_hex(4);
  const std::unique_ptr<Client> client =
      Client::connect_lazily(*runtime_, {.target = server_->target(), .namespace_name = name});
  const std::unique_ptr<Worker> worker = Worker::create(*client, {.task_queue = queue_}).value();
  register_all(*worker);
  const Result<void> refused = worker->start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "temporal_namespace_not_found");
  ASSERT_TRUE(client->ensure_namespace());
  ASSERT_TRUE(client->ensure_namespace());
  EXPECT_TRUE(eventually([&] { return worker->start().has_value(); }));
}

}  // namespace
}  // namespace sluice::temporal::testing
