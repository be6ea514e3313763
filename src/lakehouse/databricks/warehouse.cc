#include "lakehouse/databricks/warehouse.h"

#include <algorithm>

#include <boost/json.hpp>

#include "base/background_loop.h"
#include "base/log.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/error_decisions.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/databricks/warehouse_state.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

/// The longest that the API lets a submission wait: most statements then cost one call.
constexpr const char* wait_timeout = "50s";
/// The server's clock for that is a rough one: answers came after 58 s.
constexpr std::chrono::seconds submit_stalled_after{90};
constexpr std::chrono::seconds submit_deadline{120};
/// For who may go away meanwhile: without the id that an answer brings nothing can be cancelled.
constexpr const char* no_wait = "0s";
constexpr std::chrono::milliseconds poll_first{500};
constexpr std::chrono::milliseconds poll_first_no_wait{100};
constexpr std::chrono::milliseconds poll_max{5'000};
constexpr std::size_t tags_max = 20;

json::value submission(const Statement& statement, const std::string& warehouse_id,
                       const Delivery& delivery) {
  json::array tags;
  for (const auto& [key, value] : statement.tags) {
    if (tags.size() == tags_max) break;
    tags.push_back(json::object{{"key", key}, {"value", value}});
  }
  json::object body{{"statement", statement.sql},
                    {"warehouse_id", warehouse_id},
                    {"wait_timeout", delivery.waits ? wait_timeout : no_wait},
                    {"on_wait_timeout", "CONTINUE"},
                    {"disposition", delivery.by_links ? "EXTERNAL_LINKS" : "INLINE"},
                    {"format", "JSON_ARRAY"},
                    {"query_tags", std::move(tags)}};
  if (delivery.bytes_max) body["byte_limit"] = *delivery.bytes_max;
  return body;
}

bool is_waiting(const std::string& state) { return state == "PENDING" || state == "RUNNING"; }

Error ended_badly(const json::value& answer, const std::string& state, const std::string& doing) {
  if (state == "FAILED") {
    const std::string code = text_at(answer, "/status/error/error_code");
    return to_error(statement_error_of(code, text_at(answer, "/status/error/message"),
                                       text_at(answer, "/status/sql_state")),
                    doing);
  }
  // It succeeded, and was asked for so late that its result is gone.
  if (state == "CLOSED") {
    return {Errc::unavailable, Code::databricks_answer_lost,
            doing + ": the statement ended, and its result is no longer kept.",
            "It is looked up, and repeated where that is needed."};
  }
  return {
      Errc::unavailable, Code::databricks_cancelled,
      doing + ": the statement ended as " + (state.empty() ? "nothing that we know" : state) + ".",
      "It is tried again by itself."};
}

Error gave_up(const std::string& doing, bool never_ran, bool was_queued, const Patience& patience) {
  const auto minutes = [](std::chrono::milliseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::minutes>(time).count()) + " minutes.";
  };
  if (never_ran && !was_queued) {
    return {Errc::deadline_exceeded, Code::databricks_warehouse_start,
            doing + ": the warehouse did not start in " + minutes(patience.start),
            "Look at the warehouse in the workspace."};
  }
  return {Errc::deadline_exceeded, Code::databricks_statement_deadline,
          doing +
              (was_queued ? ": the statement was queued behind others and did not end in "
                          : ": the statement did not end in ") +
              minutes(patience.run),
          was_queued ? "Use a warehouse that is less busy, or give it more clusters."
                     : "Look at the warehouse in the workspace."};
}

}  // namespace

void Warehouse::cancel(const std::string& id, CallCount& calls) {
  RestCall call;
  call.method = "POST";
  call.path = "/api/2.0/sql/statements/" + http::percent_encode(id) + "/cancel";
  call.doing = "Cancelling a statement";
  // Best effort, and without the stop that may have brought us here: what goes on is harmless.
  static_cast<void>(rest_.call(call, calls));
}

bool Warehouse::is_up(const Statement& statement, CallCount& calls) {
  const Result<WarehouseState> warehouse =
      warehouse_state(rest_, connection_.warehouse_id, statement.stop, calls);
  return warehouse && warehouse->state == "RUNNING";
}

Result<json::value> Warehouse::submit(const Statement& statement, const Delivery& delivery,
                                      CallCount& calls) {
  RestCall submit;
  submit.method = "POST";
  submit.path = "/api/2.0/sql/statements";
  submit.body = submission(statement, connection_.warehouse_id, delivery);
  submit.is_repeatable = false;
  submit.deadline = submit_deadline;
  submit.stalled_after = submit_stalled_after;
  submit.doing = statement.doing;
  submit.stop = statement.stop;
  Result<json::value> answer = rest_.call(submit, calls);
  // What else could be absent here?
  if (!answer && answer.error().kind == Errc::not_found) {
    const ErrorDecision& wrong = decisions::no_warehouse;
    return fail(wrong.kind, wrong.code, answer.error().detail, wrong.remedy);
  }
  return answer;
}

Result<json::value> Warehouse::wait_for(const Statement& statement, const Delivery& delivery,
                                        CallCount& calls, StatementCount& count) {
  const Clock::time_point begun = Clock::now();
  ++count.statements;
  AwakeMeter::Use use = meter_.begin(begun);
  if (statement.waking) use.idle = statement.waking->share(statement.dataset_id, use.idle);
  Result<json::value> ended = wait_to_the_end(statement, delivery, begun, calls);
  const Clock::time_point now = Clock::now();
  count.awake += meter_.end(use, now);
  count.warehouse_ms += std::chrono::duration_cast<std::chrono::milliseconds>(now - begun).count();
  if (!ended) return ended;
  const std::string state = text_at(*ended, "/status/state");
  if (state == "SUCCEEDED") return ended;
  Error error = ended_badly(*ended, state, statement.doing);
  if (error.code == Code::databricks_serverless) {
    const auto warehouse = warehouse_state(rest_, connection_.warehouse_id, statement.stop, calls);
    if (warehouse && !warehouse->is_serverless) {
      error.detail += " The warehouse " + warehouse->name + " is of the kind " + warehouse->kind +
                      " and not serverless.";
    }
  }
  return fail(std::move(error));
}

Result<json::value> Warehouse::wait_to_the_end(const Statement& statement, const Delivery& delivery,
                                               Clock::time_point begun, CallCount& calls) {
  TRY_ASSIGN(json::value answer, submit(statement, delivery, calls));
  const std::string id = text_at(answer, "/statement_id");
  std::chrono::milliseconds pause = delivery.waits ? poll_first : poll_first_no_wait;
  Clock::time_point must_run_by = begun + patience_.start;
  bool is_queued = false;
  for (std::string state = text_at(answer, "/status/state"); is_waiting(state);
       state = text_at(answer, "/status/state")) {
    const Clock::time_point now = Clock::now();
    // PENDING is both: the warehouse starts, or it is up and others come first.
    const bool is_late = state == "PENDING" && now > must_run_by;
    if (is_late && is_up(statement, calls)) {
      if (!is_queued) {
        log::info("A statement is queued behind others on the warehouse",
                  {{"doing", statement.doing}});
      }
      is_queued = true;
      must_run_by = now + patience_.look_again;
    } else if (is_late || now - begun > patience_.run) {
      cancel(id, calls);
      return fail(gave_up(statement.doing, is_late, is_queued, patience_));
    }
    if (!pause_for(pause, statement.stop)) {
      cancel(id, calls);
      return fail(work_stopped());
    }
    pause = std::min(pause * 3 / 2, poll_max);
    Result<json::value> next =
        get(statement, "/api/2.0/sql/statements/" + http::percent_encode(id), calls);
    if (!next) {
      if (statement.stop.stop_requested()) cancel(id, calls);
      // It went with its warehouse, or was asked for too late: it may have been done.
      if (next.error().kind == Errc::not_found) {
        return fail(Errc::unavailable, Code::databricks_answer_lost, next.error().detail,
                    "It is looked up, and repeated where that is needed.");
      }
      return fail(next.error());
    }
    answer = std::move(*next);
  }
  return answer;
}

Result<json::value> Warehouse::get(const Statement& statement, const std::string& path,
                                   CallCount& calls) {
  RestCall call;
  call.path = path;
  call.doing = statement.doing;
  call.stop = statement.stop;
  return rest_.call(call, calls);
}

}  // namespace sluice::lakehouse::databricks
