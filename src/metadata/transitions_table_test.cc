// The table of transitions.h, cell by cell, against the functions beneath it.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metadata/transitions.h"

namespace sluice::metadata {
namespace {

constexpr RunOf run{1, 2};
constexpr RunOf drop_run{1, 2, WantKind::drop};
constexpr Micros now_us = 5;

using Step = std::function<TransitionResult(SyncRecord&)>;

struct Situation {
  std::function<void(SyncRecord&)> prepare;
  Step step;
};

TransitionResult always(const std::function<void(SyncRecord&)>& apply, SyncRecord& record) {
  apply(record);
  return TransitionResult::applied;
}

Step asking(std::function<void(SyncRecord&)> apply) {
  return [apply = std::move(apply)](SyncRecord& record) { return always(apply, record); };
}

Step waiting_for(std::string what, RunOf of = run) {
  return [what = std::move(what), of](SyncRecord& record) {
    return apply_waiting(record, of, {what, 9, "e", 1}, now_us);
  };
}

Step synced_with(std::int64_t current) {
  return [current](SyncRecord& record) {
    return apply_synced(record, {1, "sha", "local", "external", "b", "s", 10, 8, 1, 1}, run.order,
                        current, now_us);
  };
}

void own(SyncRecord& record) { record.wanted_version = 1; }
void newer(SyncRecord& record) { record.wanted_version = 2; }
void drop(SyncRecord& record) { record.wanted_version.reset(); }
void ended(SyncRecord& record) {
  own(record);
  record.last_ended_order = run.order;
}
void ended_drop(SyncRecord& record) {
  drop(record);
  record.last_ended_order = run.order;
}
void run_waits(SyncRecord& record) {
  own(record);
  record.state.waiting_for = "retry";
}
void profile_waits(SyncRecord& record) {
  own(record);
  record.state.waiting_for = "profile";
}

/// What stands in the table, by call and row. More than one where a row says the same of several.
std::map<std::string, std::map<std::string, std::vector<Situation>>> situations() {
  const Step syncing = [](SyncRecord& record) { return apply_syncing(record, run); };
  const Step failed = [](SyncRecord& record) { return apply_failed(record, run, "why", "bug"); };
  const Step dropped = [](SyncRecord& record) { return apply_not_synced(record, run.order); };
  const Step asked = asking([](SyncRecord& record) { apply_wanted(record, 1, false, now_us); });
  const Step asked_drop = asking([](SyncRecord& record) { apply_drop_wanted(record, now_us); });
  const Step uploaded = asking([](SyncRecord& record) { apply_wanted(record, 2, true, now_us); });
  const Step unwanted = asking([](SyncRecord& record) { apply_unwanted_version(record); });
  const Step profiled = asking([](SyncRecord& record) { apply_profiled(record, 1, now_us); });
  const Step retry_drop = waiting_for("retry", drop_run);
  const auto fenced = [](const Step& step) {
    return std::map<std::string, std::vector<Situation>>{{"its own", {{own, step}}},
                                                         {"newer", {{newer, step}, {drop, step}}},
                                                         {"ended", {{ended, step}}}};
  };
  std::map<std::string, std::map<std::string, std::vector<Situation>>> all;
  all["mark_syncing"] = fenced(syncing);
  all["mark_waiting retry"] = fenced(waiting_for("retry"));
  all["mark_waiting retry of a drop"] = {{"its own", {{drop, retry_drop}}},
                                         {"newer", {{own, retry_drop}, {newer, retry_drop}}}};
  all["mark_waiting worker"] = fenced(waiting_for("worker"));
  all["mark_waiting worker"]["run waits"] = {{run_waits, waiting_for("worker")}};
  all["mark_waiting temporal"] = {
      {"its own", {{own, waiting_for("temporal")}}},
      {"newer", {{newer, waiting_for("temporal")}, {drop, waiting_for("temporal")}}}};
  all["mark_synced"] = fenced(synced_with(1));
  all["mark_synced"]["not current"] = {{own, synced_with(2)}};
  all["mark_failed"] = fenced(failed);
  all["mark_not_synced"] = {{"its own", {{drop, dropped}}},
                            {"newer", {{own, dropped}, {newer, dropped}}},
                            {"ended", {{ended, dropped}, {ended_drop, dropped}}}};
  all["request_sync"] = {{"same version", {{own, asked}, {ended, asked}}},
                         {"other version", {{newer, asked}, {drop, asked}}}};
  all["request_sync drop"] = {
      {"any", {{own, asked_drop}, {newer, asked_drop}, {drop, asked_drop}}}};
  all["add_version"] = {{"wanted", {{own, uploaded}, {drop, uploaded}, {ended, uploaded}}},
                        {"unwanted", {{own, unwanted}, {drop, unwanted}, {ended, unwanted}}}};
  all["save_profile"] = {
      {"waited for", {{profile_waits, profiled}}},
      {"not waited for", {{own, profiled}, {newer, profiled}, {drop, profiled}}}};
  return all;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

struct Row {
  std::string call;
  std::string situation;
  std::vector<std::string> cells;  ///< In the order of `columns`.
};

constexpr SyncStatus columns[] = {SyncStatus::not_synced, SyncStatus::pending, SyncStatus::syncing,
                                  SyncStatus::synced, SyncStatus::failed};

std::vector<Row> rows_of_the_header() {
  std::ifstream header(METADATA_SOURCE "/transitions.h");
  std::vector<Row> rows;
  std::string call;
  for (std::string line; std::getline(header, line);) {
    if (!line.starts_with("// | ")) continue;
    std::vector<std::string> cells;
    for (std::size_t start = 5; start < line.size();) {
      const std::size_t end = std::min(line.find('|', start), line.size());
      cells.push_back(trimmed(line.substr(start, end - start)));
      start = end + 1;
    }
    if (cells.size() == 1) call = cells[0];
    if (cells.size() == 1 || cells[0].empty()) continue;
    rows.push_back({call, cells[0], {cells.begin() + 1, cells.end()}});
  }
  return rows;
}

/// What the call makes of it, in the words of the table.
std::string outcome(const Situation& situation, SyncStatus from) {
  SyncRecord record;
  record.state.status = from;
  if (from == SyncStatus::pending) {
    record.state.waiting_for = "dispatcher";
    record.state.waiting_since_us = 1;
  }
  record.last_ended_order = run.order - 1;
  situation.prepare(record);
  const SyncRecord before = record;
  const TransitionResult result = situation.step(record);
  if (result == TransitionResult::applied) return std::string(name_of(record.state.status));
  EXPECT_EQ(record.state.status, before.state.status);
  EXPECT_EQ(record.state.waiting_for, before.state.waiting_for);
  EXPECT_EQ(record.state.last_sync_error, before.state.last_sync_error);
  EXPECT_EQ(record.state.attempts, before.state.attempts);
  if (result == TransitionResult::superseded) return "superseded";
  EXPECT_EQ(record.last_ended_order, before.last_ended_order);
  EXPECT_EQ(record.state.synced_version, before.state.synced_version);
  return "refused";
}

TEST(TransitionsTable, IsWhatTheCodeDoes) {
  const auto known = situations();
  std::set<std::pair<std::string, std::string>> seen;
  for (const Row& row : rows_of_the_header()) {
    const auto call = known.find(row.call);
    ASSERT_NE(call, known.end()) << row.call;
    const auto found = call->second.find(row.situation);
    ASSERT_NE(found, call->second.end()) << row.call << ": " << row.situation;
    ASSERT_EQ(row.cells.size(), std::size(columns)) << row.call << ": " << row.situation;
    EXPECT_TRUE(seen.emplace(row.call, row.situation).second) << row.call << ": " << row.situation;
    for (std::size_t i = 0; i < std::size(columns); ++i) {
      if (row.cells[i] == "-") continue;
      for (const Situation& situation : found->second) {
        EXPECT_EQ(outcome(situation, columns[i]), row.cells[i])
            << row.call << ", " << row.situation << ", from " << name_of(columns[i]);
      }
    }
  }
  for (const auto& [call, rows] : known) {
    for (const auto& [situation, steps] : rows) {
      EXPECT_TRUE(seen.contains({call, situation}))
          << "not in the table: " << call << ": " << situation;
    }
  }
}

}  // namespace
}  // namespace sluice::metadata
