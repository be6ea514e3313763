// Histories that are run again without a server, and payloads that the server cannot read.
#include "temporal/replayer.h"
#include "temporal/testing/feature_test_workflows.h"

namespace sluice::temporal::testing {
namespace {

class ReplayTest : public TemporalTest {
 protected:
  std::string history_of(const std::string& type, const std::string& input) {
    const StartOptions start = start_options(type, input);
    EXPECT_TRUE(client_->start(start));
    EXPECT_TRUE(client_->result(start.workflow_id, 20s));
    return client_->history_json(start.workflow_id).value();
  }
};

/// As ThreeSteps was, but for one step less.
class TwoSteps final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string input_json) override {
    ActivityOptions options;
    options.start_to_close = 10s;
    for (int i = 0; i < 2; ++i) co_await ctx.execute_activity("append", input_json, options);
    co_return input_json;
  }
};

TEST_F(ReplayTest, ARunIsRepeatedFromItsHistory) {
  const std::unique_ptr<Worker> worker = make_worker();
  const std::string three = history_of("ThreeSteps", "\"r\"");
  const std::string local = history_of("LocalSteps", "\"plain\"");
  const std::string parent = history_of("Parent", "\"signalled\"");
  const std::string scopes = history_of("Scopes", "\"wait\"");
  Replayer replayer(*runtime_);
  replayer.register_workflow(WorkflowDefinition::of<ThreeSteps>("ThreeSteps"));
  replayer.register_workflow(WorkflowDefinition::of<LocalSteps>("LocalSteps"));
  replayer.register_workflow(WorkflowDefinition::of<Parent>("Parent"));
  replayer.register_workflow(WorkflowDefinition::of<Scopes>("Scopes"));
  for (const std::string& history : {three, local, parent, scopes}) {
    const Result<void> replayed = replayer.replay("w", history);
    EXPECT_TRUE(replayed) << to_line(replayed.error());
  }
}

TEST_F(ReplayTest, CodeThatDoesNotFitIsNamed) {
  const std::unique_ptr<Worker> worker = make_worker();
  const std::string history = history_of("ThreeSteps", "\"r\"");
  Replayer replayer(*runtime_);
  replayer.register_workflow(WorkflowDefinition::of<TwoSteps>("ThreeSteps"));
  const Result<void> replayed = replayer.replay("w", history);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, "nondeterminism") << to_line(replayed.error());
  Replayer empty(*runtime_);
  EXPECT_EQ(empty.replay("w", history).error().code, "workflow_task");
  EXPECT_EQ(empty.replay("w", "{}").error().code, "history_malformed");
  EXPECT_EQ(empty.replay("w", "no JSON").error().code, "history_malformed");
}

/// Turns every byte over.
class Mirror final : public PayloadCodec {
 public:
  Payload encode(Payload payload, const std::string&) const override {
    Payload hidden{
        .metadata = {{"encoding", "binary/mirror"}, {"inner", payload.metadata["encoding"]}},
        .data = std::move(payload.data)};
    for (char& c : hidden.data) c = static_cast<char>(~c);
    return hidden;
  }
  Result<Payload> decode(Payload payload, const std::string&) const override {
    if (payload.metadata["encoding"] != "binary/mirror") return payload;
    if (payload.data.empty())
      return fail(Errc::data_loss, ErrorCode::from_outside("payload_codec"), "Nothing is there.");
    Payload plain{.metadata = {{"encoding", payload.metadata["inner"]}},
                  .data = std::move(payload.data)};
    for (char& c : plain.data) c = static_cast<char>(~c);
    return plain;
  }
};

TEST_F(ReplayTest, ACodecHidesPayloadsFromTheServer) {
  const std::unique_ptr<Client> plain = std::move(client_);
  client_ = Client::connect(
                *runtime_, {.target = server_->target(), .codec = std::make_shared<const Mirror>()})
                .value();
  const std::unique_ptr<Worker> worker = make_worker();
  const StartOptions counter = start_options("Counter");
  ASSERT_TRUE(client_->start(counter));
  EXPECT_EQ(client_->update(counter.workflow_id, "add", "5", 20s).value().value(), "5");
  EXPECT_EQ(client_->query(counter.workflow_id, "value").value(), "5");
  ASSERT_TRUE(client_->signal(counter.workflow_id, "stop"));
  EXPECT_EQ(client_->result(counter.workflow_id, 20s).value().result, "5");
  StartOptions start = start_options("ThreeSteps", "\"findme\"");
  start.memo = {{"note", "\"findme\""}};
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"findmexxx\"");
  EXPECT_EQ(client_->describe(start.workflow_id).value().memo.at("note"), "\"findme\"");
  EXPECT_EQ(run("OneActivity", "\"resuming\"").result, R"({"row":5})") << "heartbeat details";
  EXPECT_EQ(run("OneActivity", "\"refusing\"").failure->details, R"({"row":7})");
  const std::string seen = plain->history_json(start.workflow_id).value();
  const std::string base64_of_findme = "ImZpbmRtZ";
  EXPECT_EQ(seen.find(base64_of_findme), std::string::npos);
  EXPECT_NE(client_->history_json(start.workflow_id).value().find(base64_of_findme),
            std::string::npos)
      << "so that it would be found";
}

}  // namespace
}  // namespace sluice::temporal::testing
