#include "api/remote_query.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/handlers.h"
#include "api/remote_plan.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "lakehouse/local/parquet_job.h"
#include "query/worker/explain.h"

namespace sluice::api {

namespace json = boost::json;
namespace fs = std::filesystem;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

namespace {

/// Files of one query; they go with it.
class Files {
 public:
  explicit Files(fs::path folder) : folder_(std::move(folder)) {}
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() {
    std::error_code code;
    fs::remove_all(folder_, code);
  }
  fs::path file(const std::string& name) const { return folder_ / (name + ".parquet"); }
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

/// Stops at the caller's stop and at a deadline.
class Deadline {
 public:
  Deadline(const std::stop_token& stop, std::chrono::milliseconds time)
      : forward_(stop, [this] { stop_.request_stop(); }),
        timer_([this, time](const std::stop_token& over) {
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, over, time, [] { return false; });
          if (over.stop_requested()) return;
          passed_ = true;
          stop_.request_stop();
        }) {}
  std::stop_token token() const { return stop_.get_token(); }
  bool passed() const { return passed_; }

 private:
  std::stop_source stop_;
  std::atomic<bool> passed_{false};
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;
};

/// The asker's own token is good: 401 and 403 would say otherwise.
Error not_the_askers(Error error) {
  if (error.kind == Errc::unauthenticated || error.kind == Errc::permission_denied) {
    error.kind = Errc::conflict;
  }
  return error;
}

Result<std::vector<RemoteTable>> named_tables(const Context& context,
                                              const query::QueryRequest& wanted,
                                              const std::stop_token& stop) {
  std::vector<RemoteTable> tables;
  for (const auto& name : context.remote_tables->names_in(TenantId{wanted.owner}, wanted.sql)) {
    Result<std::optional<RemoteTable>> found = context.remote_tables->find(name, stop);
    if (!found) return fail(not_the_askers(found.error()));
    std::optional<RemoteTable>& table = *found;
    if (table && !table->columns.empty()) tables.push_back(std::move(*table));
  }
  return tables;
}

/// A plan, and what it wants of each table.
struct Planned {
  query::QueryAnswer answer;
  std::string prefix;
  std::vector<RemoteScan> scans;
};

Result<Planned> plan_over_stand_ins(Context& context, const query::QueryRequest& wanted,
                                    const std::vector<RemoteTable>& tables, const Files& files,
                                    const std::stop_token& stop) {
  Planned planned;
  planned.prefix = "p" + random_hex(8);
  query::QueryRequest request = wanted;
  request.format = query::Format::json;
  TRY_ASSIGN(lakehouse::ParquetJob job,
             lakehouse::ParquetJob::open(context.file_workers, files.folder() / "spill", {}, stop,
                                         lakehouse::fetch_memory_share));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    std::string cells;
    std::string view;
    for (std::size_t column = 0; column < tables[i].columns.size(); ++column) {
      const std::string name = planned_name(planned.prefix, i, column);
      cells += (column > 0 ? ", " : "") +
               ("CAST(NULL AS " + tables[i].columns[column].type + ") AS " + name);
      view += (column > 0 ? ", " : "") + name + " AS " +
              quote_identifier(tables[i].columns[column].name);
    }
    const fs::path file = files.file("stand-in" + std::to_string(i));
    TRY_ASSIGN(const std::int64_t rows,
               job.copy_to("SELECT " + cells + " WHERE false", tables[i].columns.size(), file));
    static_cast<void>(rows);
    request.tables.push_back({tables[i].name, {file}, "SELECT " + view + " FROM source"});
  }
  TRY(job.close());
  const query::Explained asked = query::explained(wanted.sql);
  request.sql = "EXPLAIN " + asked.sql;
  Result<query::QueryAnswer> answer = context.queries.run(request, stop);
  if (!answer && asked.explain == query::Explain::no) {
    // What is wrong with the SQL is told of the SQL itself, at its place.
    request.sql = wanted.sql;
    const Result<query::QueryAnswer> again = context.queries.run(request, stop);
    if (!again) return fail(again.error());
  }
  if (!answer) return fail(answer.error());
  planned.answer = std::move(*answer);
  boost::system::error_code bad;
  json::parse_options deep;
  deep.max_depth = 2'000;
  const json::value rows = json::parse(planned.answer.rows, bad, {}, deep);
  const json::value* plan = bad ? nullptr : rows.find_pointer("/0/0", bad);
  static const json::value unknown;
  planned.scans = scans_of(plan == nullptr ? unknown : *plan, planned.prefix, tables);
  if (tables.size() == 1 && plan != nullptr) {
    planned.scans[0].limit = rows_needed(*plan, asked.sql, wanted.row_limit);
  }
  return planned;
}

query::TableSource source_of(const RemoteScan& scan, const fs::path& file) {
  std::string list;
  for (std::size_t column = 0; column < scan.table.columns.size(); ++column) {
    const Column& each = scan.table.columns[column];
    std::string value = "CAST(NULL AS " + each.type + ")";
    for (std::size_t i = 0; i < scan.columns.size(); ++i) {
      if (scan.columns[i] == column) value = "c" + std::to_string(i);
    }
    list += (column > 0 ? ", " : "") + value + " AS " + quote_identifier(each.name);
  }
  return {scan.table.name, {file}, "SELECT " + list + " FROM source"};
}

Result<std::shared_ptr<Files>> new_files(const Context& context) {
  auto files = std::make_shared<Files>(context.options.remote_folder / random_hex(8));
  std::error_code code;
  fs::create_directories(files->folder(), code);
  if (!code) return files;
  return fail(error_from_errno(code.value(), "Cannot make", files->folder().string()));
}

void record_cost(Context& context, const query::QueryRequest& wanted, const SyncCost& cost) {
  metadata::SyncRun run;
  run.id = "query/" + random_hex(16);
  run.tenant.value = wanted.owner;
  run.started_at_us = context.clock.now_us();
  run.ended_at_us = run.started_at_us;
  run.outcome = "query";
  run.cost = cost;
  const Result<void> recorded = context.store.record_sync_run(run);
  if (!recorded) {
    log::warn("a query's cost could not be recorded",
              {{"tenant", wanted.owner}, {"error", to_line(recorded.error())}});
  }
}

}  // namespace

bool names_remote_tables(const Context& context, const query::QueryRequest& wanted) {
  return context.remote_tables != nullptr &&
         !context.remote_tables->names_in(TenantId{wanted.owner}, wanted.sql).empty();
}

Result<void> add_remote_tables(Context& context, query::QueryRequest& wanted,
                               const std::stop_token& stop) {
  const Deadline deadline(stop, wanted.deadline);
  const auto told = [&](const Error& error) {
    if (!deadline.passed()) return error;
    return Error{Errc::deadline_exceeded, "query_deadline",
                 "The lakehouse's warehouse did not give the rows in time; it may be starting.",
                 "Ask again in a moment, or with mode=async, which may take an hour."};
  };
  const Result<std::vector<RemoteTable>> tables = named_tables(context, wanted, deadline.token());
  if (!tables) return fail(told(tables.error()));
  if (tables->empty()) return {};
  TRY_ASSIGN(const std::shared_ptr<Files> files, new_files(context));
  const Result<Planned> planned =
      plan_over_stand_ins(context, wanted, *tables, *files, deadline.token());
  if (!planned) return fail(told(planned.error()));
  SyncCost cost;
  for (std::size_t i = 0; i < planned->scans.size(); ++i) {
    const fs::path file = files->file(std::to_string(i));
    const Result<std::int64_t> rows =
        context.remote_tables->fetch(TenantId{wanted.owner}, planned->scans[i],
                                     context.options.remote_limits, file, deadline.token(), cost);
    if (!rows) {
      record_cost(context, wanted, cost);
      return fail(told(not_the_askers(rows.error())));
    }
    wanted.tables.push_back(source_of(planned->scans[i], file));
  }
  record_cost(context, wanted, cost);
  wanted.keeps = files;
  return {};
}

Result<std::optional<http::Response>> explain_remote(Context& context,
                                                     const query::QueryRequest& wanted,
                                                     const std::stop_token& stop) {
  if (query::explained(wanted.sql).explain != query::Explain::plan) return std::nullopt;
  const Deadline deadline(stop, wanted.deadline);
  TRY_ASSIGN(const std::vector<RemoteTable> tables,
             named_tables(context, wanted, deadline.token()));
  if (tables.empty()) return std::nullopt;
  TRY_ASSIGN(const std::shared_ptr<Files> files, new_files(context));
  TRY_ASSIGN(const Planned planned,
             plan_over_stand_ins(context, wanted, tables, *files, deadline.token()));
  std::string text = planned.answer.rows;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    // From the last, since c_1 begins c_10.
    for (std::size_t column = tables[i].columns.size(); column-- > 0;) {
      const std::string name = planned_name(planned.prefix, i, column);
      const std::string quoted = json::serialize(json::string(tables[i].columns[column].name));
      const std::string shown = quoted.substr(1, quoted.size() - 2);
      for (std::size_t at = text.find(name); at != std::string::npos;
           at = text.find(name, at + shown.size())) {
        text.replace(at, name.size(), shown);
      }
    }
  }
  json::parse_options deep;
  deep.max_depth = 2'000;
  boost::system::error_code bad;
  json::value rows = json::parse(text, bad, {}, deep);
  json::value* plan = bad ? nullptr : rows.find_pointer("/0/0", bad);
  if (plan != nullptr && plan->is_array()) {
    for (const RemoteScan& scan : planned.scans) {
      TRY_ASSIGN(const std::string sent,
                 context.remote_tables->sql_of(scan, context.options.remote_limits));
      plan->get_array().push_back(
          json::object{{"name", "REMOTE"},
                       {"children", json::array()},
                       {"extra_info",
                        json::object{{"Table", scan.table.name.at(0) + "." + scan.table.name.at(1) +
                                                   "." + scan.table.name.at(2)},
                                     {"Sent", sent}}}});
    }
    text = json::serialize(rows);
  }
  return std::optional(json_response(200, query::answer_json_begin(planned.answer.columns) + text +
                                              query::answer_json_end(planned.answer.tail)));
}

}  // namespace sluice::api
