#include "sync/dispatcher.h"

#include <chrono>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/fault_points.h"
#include "base/log.h"
#include "base/retry_policy.h"
#include "sync/want.h"

namespace sluice::sync {
namespace {

/// Rows of other processes' uploads are found by asking; our own wake us.
constexpr std::chrono::milliseconds poll_interval{1'000};
constexpr RetryPolicy while_away{.first_interval = std::chrono::milliseconds(1'000),
                                 .max_interval = std::chrono::milliseconds(10'000)};
constexpr std::int64_t batch = 100;
/// All in flight is settled within 60 s of a restart; a look at a workflow costs the server about a
/// millisecond.
constexpr Micros look_interval_us = 15'000'000;

}  // namespace

Dispatcher::Dispatcher(metadata::Store& store, temporal::Client& client, const Clock& clock,
                       Wake& wake, DispatcherOptions options)
    : store_(store),
      client_(client),
      clock_(clock),
      options_(options),
      loop_({.name = "dispatcher", .poll_interval = poll_interval, .wake = &wake},
            [this](const std::stop_token&) {
              do_round();
              return BackgroundLoop::Round::idle;
            }) {}

void Dispatcher::do_round() {
  if (dispatch_due() && clock_.now_us() >= next_look_at_us_) {
    next_look_at_us_ = clock_.now_us() + look_interval_us;
    look_after_sent();
  }
}

void Dispatcher::let_go_of_profiles() {
  const Result<std::int64_t> let_go =
      store_.go_on_without_profiles(clock_.now_us() - options_.profile_wait_s * 1'000'000);
  if (!let_go) {
    log::error("Databricks sync: cannot see what waits for a profile",
               {{"error", to_line(let_go.error())}});
  } else if (*let_go > 0) {
    log::info("syncs go on without a profile", {{"syncs", std::to_string(*let_go)}});
  }
}

bool Dispatcher::dispatch_due() {
  let_go_of_profiles();
  const Result<std::vector<metadata::OutboxRow>> due = store_.due_outbox(batch, clock_.now_us());
  if (!due) {
    log::error("Databricks sync: cannot read the outbox", {{"error", to_line(due.error())}});
    return false;
  }
  for (const metadata::OutboxRow& row : *due) {
    // One row that Temporal does not take is a sign for all: the next round tries again.
    if (!dispatch(row)) return false;
  }
  return true;
}

/// Lists of workflows can be filtered by them; a server that does not let us add them is used
/// without.
bool Dispatcher::may_use_search_attributes() {
  if (search_attributes_) return *search_attributes_;
  using temporal::SearchAttributeType;
  const Result<void> registered =
      client_.register_search_attributes({{attribute_tenant, SearchAttributeType::keyword},
                                          {attribute_dataset, SearchAttributeType::keyword},
                                          {attribute_status, SearchAttributeType::keyword}});
  if (!registered && is_retryable(registered.error().kind)) return false;  // ask again next time
  search_attributes_ = registered.has_value();
  if (!registered) {
    log::warn("Databricks sync: the Temporal server takes no search attributes of ours",
              {{"error", to_line(registered.error())}});
  }
  return *search_attributes_;
}

Result<std::string> Dispatcher::signal(const metadata::OutboxRow& row) {
  temporal::SignalWithStartOptions call;
  call.start.workflow_id = workflow_id_of(row.want.dataset_id);
  call.start.workflow_type = workflow_type;
  call.start.task_queue = task_queue;
  call.signal_name = want_signal;
  WorkflowWant want{row.want, row.id, options_.retry_attempts, options_.retry_interval_s};
  if (options_.window_s > 0) want.window_s = options_.window_s;
  want.search_attributes = may_use_search_attributes();
  if (want.search_attributes) {
    const auto text = [](const std::string& value) {
      return boost::json::serialize(boost::json::string(value));
    };
    call.start.search_attributes = {{attribute_tenant, text(row.want.tenant.value)},
                                    {attribute_dataset, text(row.want.dataset_id)},
                                    {attribute_status, text("pending")}};
  }
  call.signal_input = to_json(want);
  Result<std::string> run_id = client_.signal_with_start(call);
  if (run_id || !want.search_attributes || run_id.error().kind != Errc::invalid_argument) {
    return run_id;
  }
  // All parts of a server see new attributes only after some seconds; this want goes without.
  want.search_attributes = false;
  call.start.search_attributes.clear();
  call.signal_input = to_json(want);
  return client_.signal_with_start(call);
}

bool Dispatcher::is_lost(const metadata::SentWant& sent, bool& is_away) {
  const Result<temporal::WorkflowDescription> run =
      client_.describe(temporal::WorkflowRef(workflow_id_of(sent.dataset_id)));
  if (run) return run->status != temporal::WorkflowStatus::running;
  is_away = run.error().kind != Errc::not_found;
  return !is_away;
}

bool Dispatcher::look_after_sent() {
  const auto say = [](const metadata::SentWant& sent) {
    log::warn("Databricks sync: Temporal has no workflow for what was asked; it is sent again",
              {{"tenant", sent.tenant.value},
               {"dataset_id", sent.dataset_id},
               {"workflow_id", workflow_id_of(sent.dataset_id)}});
  };
  bool is_away = false;
  const Result<std::vector<metadata::SentWant>> sent =
      store_.sent_wants(looked_until_order_, batch);
  if (!sent) return false;
  looked_until_order_ = sent->size() < batch ? 0 : sent->back().order;
  for (const metadata::SentWant& want : *sent) {
    const bool lost = is_lost(want, is_away);
    if (is_away) return false;
    if (!lost) continue;
    // It may have ended between the two looks.
    const Result<bool> again = store_.send_again(want.order);
    if (again && *again) say(want);
  }
  const Result<std::vector<metadata::SentWant>> unrecorded = store_.sent_wants_unrecorded(batch);
  if (!unrecorded) return false;
  for (const metadata::SentWant& want : *unrecorded) {
    const bool lost = is_lost(want, is_away);
    if (is_away) return false;
    if (lost && store_.request_sync(want.tenant, want.dataset_id, want.kind)) say(want);
  }
  return true;
}

bool Dispatcher::dispatch(const metadata::OutboxRow& row) {
  const metadata::RunOf run{row.want.version, row.id, row.want.kind};
  const Result<std::string> run_id = signal(row);
  FAULT_POINT("dispatcher.signalled");
  if (run_id) {
    if (temporal_away_) log::info("Databricks sync: Temporal is back");
    temporal_away_ = false;
    log::info("Databricks sync started", {{"tenant", row.want.tenant.value},
                                          {"dataset_id", row.want.dataset_id},
                                          {"workflow_id", workflow_id_of(row.want.dataset_id)},
                                          {"run_id", *run_id}});
    // Where the worker was quicker and says `syncing` already, the store refuses this.
    const Result<metadata::TransitionResult> waiting =
        store_.mark_waiting(row.want.dataset_id, run, {"worker", std::nullopt, "", 0});
    if (!waiting && waiting.error().kind != Errc::not_found) return false;
    const Result<void> done = store_.outbox_done(row.id);
    if (!done) {
      log::error("Databricks sync: outbox row stays, the want will be sent again",
                 {{"dataset_id", row.want.dataset_id}, {"error", to_line(done.error())}});
    }
    return done.has_value();
  }
  if (!temporal_away_) {
    log::warn("Databricks sync waits for Temporal",
              {{"error", to_line(run_id.error())}, {"dataset_id", row.want.dataset_id}});
  }
  temporal_away_ = true;
  const std::chrono::microseconds pause =
      while_away.interval_after(static_cast<int>(row.tries) + 1);
  const Result<void> postponed =
      store_.outbox_postponed(row.id, to_line(run_id.error()), clock_.now_us() + pause.count());
  const Result<metadata::TransitionResult> marked = store_.mark_waiting(
      row.want.dataset_id, run, {"temporal", std::nullopt, to_line(run_id.error()), 0});
  if (!postponed || (!marked && marked.error().kind != Errc::not_found)) {
    log::error("Databricks sync: cannot note that Temporal is away",
               {{"dataset_id", row.want.dataset_id}});
  }
  return false;
}

}  // namespace sluice::sync
