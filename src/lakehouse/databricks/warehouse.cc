#include "lakehouse/databricks/warehouse.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "base/background_loop.h"
#include "base/files.h"
#include "base/retry_policy.h"
#include "http/percent_encoding.h"
#include "http/router.h"
#include "lakehouse/error_codes.h"

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
/// For who may go away meanwhile: without the id that an answer brings nothing can be cancelled.
constexpr const char* no_wait = "0s";
constexpr std::chrono::milliseconds poll_first{500};
constexpr std::chrono::milliseconds poll_first_no_wait{100};
constexpr std::chrono::milliseconds poll_max{5'000};
constexpr std::size_t tags_max = 20;
constexpr RetryPolicy link_retries{.first_interval = std::chrono::milliseconds(500), .attempts = 4};

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

json::value submission(const Statement& statement, const std::string& warehouse_id, bool external) {
  json::array tags;
  for (const auto& [key, value] : statement.tags) {
    if (tags.size() == tags_max) break;
    tags.push_back(json::object{{"key", key}, {"value", value}});
  }
  json::object body{{"statement", statement.sql},
                    {"warehouse_id", warehouse_id},
                    {"wait_timeout", external ? no_wait : wait_timeout},
                    {"on_wait_timeout", "CONTINUE"},
                    {"disposition", external ? "EXTERNAL_LINKS" : "INLINE"},
                    {"format", "JSON_ARRAY"},
                    {"query_tags", std::move(tags)}};
  if (statement.bytes_max) body["byte_limit"] = *statement.bytes_max;
  return body;
}

std::int64_t number_at(const json::value& object, std::string_view pointer) {
  boost::system::error_code missing;
  const json::value* value =
      object.find_pointer(json::string_view(pointer.data(), pointer.size()), missing);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool is_true_at(const json::value& object, std::string_view pointer) {
  boost::system::error_code missing;
  const json::value* value =
      object.find_pointer(json::string_view(pointer.data(), pointer.size()), missing);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// A chunk from the cloud's storage, which takes no token.
Result<void> fetch_link(Rest& rest, const Statement& statement, const std::string& url,
                        const std::filesystem::path& file, CallCount& calls) {
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", file.string()));
  http::ClientRequest request;
  request.url = url;
  request.stop_token = statement.stop;
  TRY_ASSIGN(const http::ClientResponse response,
             rest.fetch_presigned(std::move(request), fd.get(), calls));
  if (response.status == 200) return {};
  return fail(Errc::unavailable, Code::databricks_unavailable,
              statement.doing + ": the storage answered " + std::to_string(response.status) + ".",
              "Ask again; if it stays so, check that this machine may reach the cloud's storage.");
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
      Errc::unavailable, Code::databricks_cancelled,
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

Result<json::value> Warehouse::wait_for(const Statement& statement, bool external, CallCount& calls,
                                        StatementCount& count) {
  const Clock::time_point begun = Clock::now();
  RestCall submit;
  submit.method = "POST";
  submit.path = "/api/2.0/sql/statements";
  submit.body = submission(statement, connection_.warehouse_id, external);
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
      return fail(Errc::permission_denied, Code::databricks_warehouse, answer.error().detail,
                  "Set DATABRICKS_WAREHOUSE_ID to a SQL warehouse that our principal may use (CAN "
                  "USE), and sync again.");
    }
    return fail(answer.error());
  }
  const std::string id = text_at(*answer, "/statement_id");
  std::string state = text_at(*answer, "/status/state");
  std::chrono::milliseconds pause = external ? poll_first_no_wait : poll_first;
  while (is_waiting(state)) {
    const auto waited = Clock::now() - begun;
    const bool never_started = state == "PENDING" && waited > start_budget;
    if (never_started || waited > run_budget) {
      cancel(id, calls);
      add_time();
      return fail(
          Errc::deadline_exceeded,
          never_started ? Code::databricks_warehouse_start : Code::databricks_statement_deadline,
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
      return fail(work_stopped());
    }
    pause = std::min(pause * 3 / 2, poll_max);
    answer = rest_.call(poll, calls);
    if (!answer) {
      if (statement.stop.stop_requested()) cancel(id, calls);
      add_time();
      return fail(answer.error());
    }
    state = text_at(*answer, "/status/state");
  }
  add_time();
  if (state != "SUCCEEDED") return fail(ended_badly(*answer, state, statement.doing));
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

Result<StatementRows> Warehouse::run(const Statement& statement, CallCount& calls,
                                     StatementCount& count) {
  TRY_ASSIGN(json::value answer, wait_for(statement, false, calls, count));
  StatementRows result;
  if (const json::array* columns = array_at(answer, "/manifest/schema/columns")) {
    for (const json::value& column : *columns) result.columns.push_back(text_at(column, "/name"));
  }
  // Each chunk names the next.
  std::string chunk = "/result";
  while (true) {
    if (const json::array* rows = array_at(answer, chunk + "/data_array")) add_rows(*rows, result);
    const std::string next = text_at(answer, chunk + "/next_chunk_internal_link");
    if (next.empty()) return result;
    TRY_ASSIGN(answer, get(statement, next, calls));
    chunk.clear();
  }
}

Result<ResultChunks> Warehouse::run_to(const std::filesystem::path& folder,
                                       const Statement& statement, CallCount& calls,
                                       StatementCount& count) {
  TRY_ASSIGN(json::value answer, wait_for(statement, true, calls, count));
  ResultChunks result;
  result.rows = number_at(answer, "/manifest/total_row_count");
  result.truncated = is_true_at(answer, "/manifest/truncated");
  const std::string id = text_at(answer, "/statement_id");
  const std::int64_t chunks = number_at(answer, "/manifest/total_chunk_count");
  std::string at = "/result";
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const std::string here = "/api/2.0/sql/statements/" + http::percent_encode(id) +
                             "/result/chunks/" + std::to_string(chunk);
    if (chunk > 0) {
      TRY_ASSIGN(answer, get(statement, here, calls));
      at.clear();
    }
    const std::filesystem::path file = folder / (std::to_string(chunk) + ".json");
    for (int failures = 1;; ++failures) {
      const Result<void> came = fetch_link(
          rest_, statement, text_at(answer, at + "/external_links/0/external_link"), file, calls);
      if (came) break;
      const auto wait = link_retries.next(failures, {});
      if (!wait || !is_retryable(came.error().kind)) return fail(came.error());
      // The link may have expired: another is given for the asking.
      if (!pause_for(*wait, statement.stop)) return fail(work_stopped());
      TRY_ASSIGN(answer, get(statement, here, calls));
      at.clear();
    }
    result.files.push_back(file);
  }
  return result;
}

}  // namespace sluice::lakehouse::databricks
