#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "base/background_loop.h"
#include "base/files.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/databricks/result_link.h"
#include "lakehouse/databricks/warehouse.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// What the API puts into its own answers at most.
constexpr std::int64_t inline_bytes_max = std::int64_t{25} << 20U;

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

ResultChunks described_by(const json::value& answer) {
  ResultChunks result;
  result.rows = number_at(answer, "/manifest/total_row_count");
  result.truncated = is_true_at(answer, "/manifest/truncated");
  return result;
}

Result<void> write_rows(const json::array& rows, const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", file.string()));
  return write_all(fd.get(), json::serialize(rows), file.string());
}

std::string chunk_path(const std::string& statement_id, std::int64_t chunk) {
  return "/api/2.0/sql/statements/" + http::percent_encode(statement_id) + "/result/chunks/" +
         std::to_string(chunk);
}

json::value first_link(const json::value& answer, const std::string& at) {
  const json::value* link = value_at(answer, at + "/external_links/0");
  return link == nullptr ? json::value() : *link;
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

Result<StatementRows> Warehouse::run(const Statement& statement, CallCount& calls,
                                     StatementCount& count) {
  TRY_ASSIGN(json::value answer, wait_for(statement, {.waits = true}, calls, count));
  StatementRows result;
  if (const json::array* columns = array_at(answer, "/manifest/schema/columns")) {
    for (const json::value& column : *columns) result.columns.push_back(text_at(column, "/name"));
  }
  TRY(each_inline_chunk(statement, std::move(answer), calls,
                        [&](const json::array& rows) -> Result<void> {
                          add_rows(rows, result);
                          return {};
                        }));
  return result;
}

Result<void> Warehouse::each_inline_chunk(
    const Statement& statement, json::value answer, CallCount& calls,
    const std::function<Result<void>(const json::array&)>& take) {
  const std::string id = text_at(answer, "/statement_id");
  std::string at = "/result";
  while (true) {
    if (const json::array* rows = array_at(answer, at + "/data_array")) {
      TRY(take(*rows));
    }
    std::string next = text_at(answer, at + "/next_chunk_internal_link");
    if (next.empty() && value_at(answer, at + "/next_chunk_index") != nullptr) {
      next = chunk_path(id, number_at(answer, at + "/next_chunk_index"));
    }
    if (next.empty()) return {};
    TRY_ASSIGN(answer, get(statement, next, calls));
    at.clear();
  }
}

Result<ResultChunks> Warehouse::run_to(const std::filesystem::path& folder,
                                       const Statement& statement, CallCount& calls,
                                       StatementCount& count) {
  const bool is_small =
      statement.is_small || (statement.bytes_max && *statement.bytes_max <= inline_bytes_max);
  // What is cut off by the caller's own limit is all that was asked for.
  const auto is_enough = [&](const ResultChunks& result) {
    return !result.truncated || (statement.bytes_max && *statement.bytes_max <= inline_bytes_max);
  };
  // The limit is of the values, the answer's is of their text, which may be longer.
  const auto is_too_large = [](const Result<ResultChunks>& result) {
    return !result && result.error().kind == Errc::too_large;
  };
  if (is_small && !links_fail_) {
    Result<ResultChunks> result = run_inline(folder, statement, calls, count);
    if (!is_too_large(result) && (!result || is_enough(*result))) return result;
  }
  std::optional<Error> refused;
  if (!links_fail_) {
    Result<ResultChunks> result = run_by_links(folder, statement, calls, count);
    if (result || result.error().code != Code::databricks_links) return result;
    // Switched off for the workspace, they stay so.
    if (!is_retryable(result.error().kind)) links_fail_ = true;
    refused = result.error();
  }
  // By links not a byte would come, in the answer itself most of what queries ask for.
  Result<ResultChunks> result = run_inline(folder, statement, calls, count);
  if (!is_too_large(result) && (!result || is_enough(*result))) return result;
  if (refused) return fail(*refused);
  return fail(Errc::unavailable, Code::databricks_links,
              statement.doing +
                  ": the result is larger than 25 MiB, and links to the cloud's "
                  "storage failed before.",
              "Ask for less at once, or allow this machine to reach the cloud's storage where the "
              "workspace keeps its results, and start Sluice again.");
}

Result<ResultChunks> Warehouse::run_inline(const std::filesystem::path& folder,
                                           const Statement& statement, CallCount& calls,
                                           StatementCount& count) {
  Delivery delivery;
  delivery.bytes_max = std::min(statement.bytes_max.value_or(inline_bytes_max), inline_bytes_max);
  TRY_ASSIGN(json::value answer, wait_for(statement, delivery, calls, count));
  ResultChunks result = described_by(answer);
  TRY(each_inline_chunk(
      statement, std::move(answer), calls, [&](const json::array& rows) -> Result<void> {
        result.files.push_back(folder / (std::to_string(result.files.size()) + ".json"));
        return write_rows(rows, result.files.back());
      }));
  return result;
}

Result<ResultChunks> Warehouse::run_by_links(const std::filesystem::path& folder,
                                             const Statement& statement, CallCount& calls,
                                             StatementCount& count) {
  Delivery delivery;
  delivery.by_links = true;
  delivery.bytes_max = statement.bytes_max;
  TRY_ASSIGN(json::value answer, wait_for(statement, delivery, calls, count));
  ResultChunks result = described_by(answer);
  const std::string id = text_at(answer, "/statement_id");
  const std::int64_t chunks = number_at(answer, "/manifest/total_chunk_count");
  std::string at = "/result";
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const std::string here = chunk_path(id, chunk);
    if (chunk > 0) {
      TRY_ASSIGN(answer, get(statement, here, calls));
      at.clear();
    }
    const std::filesystem::path file = folder / (std::to_string(chunk) + ".json");
    for (int failures = 1;; ++failures) {
      const Result<void> came = fetch_result_link(rest_, first_link(answer, at), file,
                                                  statement.doing, statement.stop, calls);
      if (came) break;
      if (came.error().code != Code::databricks_links) return fail(came.error());
      const auto wait = patience_.links.next(failures, {});
      if (!wait) {
        // Where one came, the others' failure is an accident.
        if (chunk == 0) links_fail_ = true;
        return fail(came.error());
      }
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
