#include "lakehouse/databricks/warehouse.h"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "dataset/names.h"
#include "http/router.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

/// The longest that the API lets a submission wait: most statements then cost one call.
constexpr const char* wait_timeout = "50s";
constexpr std::chrono::seconds submit_deadline{90};
/// A classic warehouse takes minutes to start; beyond this, something is wrong with it.
constexpr std::chrono::minutes start_budget{15};
constexpr std::chrono::hours run_budget{6};
constexpr std::chrono::milliseconds poll_first{500};
constexpr std::chrono::milliseconds poll_max{5'000};
constexpr std::size_t tags_max = 20;

std::string text_at(const json::value& object, std::string_view pointer) {
  boost::system::error_code missing;
  const json::value* value =
      object.find_pointer(json::string_view(pointer.data(), pointer.size()), missing);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

const json::array* array_at(const json::value& object, std::string_view pointer) {
  boost::system::error_code missing;
  const json::value* value =
      object.find_pointer(json::string_view(pointer.data(), pointer.size()), missing);
  return value == nullptr ? nullptr : value->if_array();
}

json::value submission(const Statement& statement, const std::string& warehouse_id) {
  json::array tags;
  for (const auto& [key, value] : statement.tags) {
    if (tags.size() == tags_max) break;
    tags.push_back(json::object{{"key", key}, {"value", value}});
  }
  return json::object{{"statement", statement.sql},   {"warehouse_id", warehouse_id},
                      {"wait_timeout", wait_timeout}, {"on_wait_timeout", "CONTINUE"},
                      {"disposition", "INLINE"},      {"format", "JSON_ARRAY"},
                      {"query_tags", std::move(tags)}};
}

void add_rows(const json::array& rows, StatementRows& out) {
  for (const json::value& row : rows) {
    std::vector<std::optional<std::string>> cells;
    if (const json::array* values = row.if_array()) {
      for (const json::value& value : *values) {
        if (value.is_string()) {
          cells.emplace_back(std::string(value.get_string()));
        } else {
          cells.emplace_back(std::nullopt);
        }
      }
    }
    out.rows.push_back(std::move(cells));
  }
}

bool is_waiting(const std::string& state) { return state == "PENDING" || state == "RUNNING"; }

Error ended_badly(const json::value& answer, const std::string& state, const std::string& doing) {
  if (state == "FAILED") {
    const std::string code = text_at(answer, "/status/error/error_code");
    return to_error(statement_error_of(code, text_at(answer, "/status/error/message")), doing);
  }
  return {
      Errc::unavailable, "databricks_cancelled",
      doing + ": the statement ended as " + (state.empty() ? "nothing that we know" : state) + ".",
      "It is tried again by itself."};
}

}  // namespace

std::optional<std::int64_t> StatementRows::integer(std::string_view column) const {
  if (rows.empty()) return std::nullopt;
  for (std::size_t i = 0; i < columns.size() && i < rows[0].size(); ++i) {
    if (lowered(columns[i]) != column || !rows[0][i]) continue;
    const std::string& text = *rows[0][i];
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code == std::errc() && end == text.data() + text.size()) return number;
  }
  return std::nullopt;
}

void Warehouse::cancel(const std::string& id, CallCount& calls) {
  RestCall call;
  call.method = "POST";
  call.path = "/api/2.0/sql/statements/" + http::percent_encode(id) + "/cancel";
  call.doing = "Cancelling a statement";
  // Best effort, and without the stop that may have brought us here: what goes on is harmless.
  static_cast<void>(rest_.call(call, calls));
}

Result<StatementRows> Warehouse::run(const Statement& statement, CallCount& calls,
                                     StatementCount& count) {
  const Clock::time_point begun = Clock::now();
  RestCall submit;
  submit.method = "POST";
  submit.path = "/api/2.0/sql/statements";
  submit.body = submission(statement, connection_.warehouse_id);
  submit.is_repeatable = false;
  submit.deadline = submit_deadline;
  submit.doing = statement.doing;
  submit.stop = statement.stop;
  ++count.statements;
  const auto add_time = [&] {
    count.warehouse_ms +=
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
  };
  Result<json::value> answer = rest_.call(submit, calls);
  if (!answer) {
    add_time();
    // What else could be absent here?
    if (answer.error().kind == Errc::not_found) {
      return fail(Errc::permission_denied, "databricks_warehouse", answer.error().detail,
                  "Set DATABRICKS_WAREHOUSE_ID to a SQL warehouse that our principal may use (CAN "
                  "USE), and sync again.");
    }
    return fail(answer.error());
  }
  const std::string id = text_at(*answer, "/statement_id");
  std::string state = text_at(*answer, "/status/state");
  std::chrono::milliseconds pause = poll_first;
  while (is_waiting(state)) {
    const auto waited = Clock::now() - begun;
    const bool never_started = state == "PENDING" && waited > start_budget;
    if (never_started || waited > run_budget) {
      cancel(id, calls);
      add_time();
      return fail(Errc::deadline_exceeded,
                  never_started ? "databricks_warehouse_start" : "databricks_statement_deadline",
                  statement.doing + (never_started ? ": the warehouse did not start in 15 minutes."
                                                   : ": the statement did not end in 6 hours."),
                  "Look at the warehouse in the workspace.");
    }
    RestCall poll;
    poll.path = "/api/2.0/sql/statements/" + http::percent_encode(id);
    poll.doing = statement.doing;
    poll.stop = statement.stop;
    if (!pause_for(pause, statement.stop)) {
      cancel(id, calls);
      add_time();
      return fail(Errc::cancelled, "cancelled", "The work was stopped.");
    }
    pause = std::min(pause * 3 / 2, poll_max);
    answer = rest_.call(poll, calls);
    if (!answer) {
      add_time();
      return fail(answer.error());
    }
    state = text_at(*answer, "/status/state");
  }
  add_time();
  if (state != "SUCCEEDED") return fail(ended_badly(*answer, state, statement.doing));

  StatementRows result;
  if (const json::array* columns = array_at(*answer, "/manifest/schema/columns")) {
    for (const json::value& column : *columns) result.columns.push_back(text_at(column, "/name"));
  }
  // Each chunk names the next.
  std::string chunk = "/result";
  while (true) {
    if (const json::array* rows = array_at(*answer, chunk + "/data_array")) add_rows(*rows, result);
    RestCall next;
    next.path = text_at(*answer, chunk + "/next_chunk_internal_link");
    if (next.path.empty()) return result;
    next.doing = statement.doing;
    next.stop = statement.stop;
    TRY_ASSIGN(*answer, rest_.call(next, calls));
    chunk.clear();
  }
}

}  // namespace sluice::lakehouse::databricks
