#include "query/fuzz/sql_fuzz_judge.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "base/ascii.h"

namespace sluice::query {
namespace {

constexpr std::size_t findings_max = 500;
constexpr std::size_t costly_max = 40;
constexpr std::size_t parsed_bytes_max = std::size_t{64} << 10U;

/// What a statement may end in. Everything else is a defect.
const std::set<std::string_view> fair_codes = {
    "query_not_allowed", "query_table_unknown", "query_syntax",   "query_parameters",
    "query_failed",      "query_memory",        "query_deadline", "query_too_large"};

bool is_costly(std::string_view code) {
  return code == "query_deadline" || code == "query_memory" || code == "query_killed";
}

/// DuckDB 1.5.5 negates the offset of lag and lead, and this one has no positive: its own clients
/// end with a segmentation fault too.
bool is_known_defect(std::string_view sql) {
  const std::string text = lowered(sql);
  return text.find("-9223372036854775808") != std::string::npos &&
         (text.find("lag(") != std::string::npos || text.find("lead(") != std::string::npos);
}

std::optional<std::string> what_is_wrong(const QueryRequest& request, const Error& error) {
  if (error.code == "query_killed" && is_known_defect(request.sql)) return std::nullopt;
  // It saw its own defect and said so: the worker is killed, and nobody else is hurt.
  if (error.detail.starts_with("The engine broke on this query:")) return std::nullopt;
  if (fair_codes.contains(error.code.text())) return std::nullopt;
  return error.code.text() + ": " + error.detail;
}

std::optional<std::string> what_is_wrong(const QueryRequest& request, const QueryAnswer& answer) {
  if (answer.tail.row_count > request.row_limit_max) return "more rows than may be returned";
  if (request.format != Format::json || answer.rows.size() > parsed_bytes_max) return std::nullopt;
  const std::string whole =
      answer_json_begin(answer.columns) + answer.rows + answer_json_end(answer.tail);
  boost::json::parse_options options;
  options.max_depth = 100'000;
  boost::system::error_code bad;
  boost::json::parse(whole, bad, {}, options);
  if (bad) return "the answer is no JSON, " + bad.message() + ": " + printable(whole, 300);
  return std::nullopt;
}

std::string all_text(const Result<QueryAnswer>& answer) {
  if (!answer) return answer.error().detail + "\n" + answer.error().remedy;
  std::string text = answer->rows;
  for (const AnswerColumn& column : answer->columns) text += "\n" + column.name + " " + column.type;
  return text;
}

}  // namespace

Result<QueryAnswer> FuzzJudge::ask(WorkerPool& pool, std::uint64_t index,
                                   const QueryRequest& request) {
  const Result<ParsedStatement> parsed = pool.parse(request.owner, request.sql, request.deadline);
  if (!parsed) {
    const Result<QueryAnswer> answer = pool.run(request);
    const std::string code = answer ? "ok" : answer.error().code.text();
    if (answer || (code != parsed.error().code && !is_costly(code) &&
                   !is_costly(parsed.error().code.text()))) {
      report({index, "parsing says " + to_line(parsed.error()) + ", running " + code, request.sql});
    }
    return answer;
  }
  const auto is_named = [&](const TableSource& table) {
    return std::any_of(parsed->tables.begin(), parsed->tables.end(),
                       [&](const TableReference& each) { return each.name == table.name; });
  };
  QueryRequest named = request;
  std::erase_if(named.tables, [&](const TableSource& table) { return !is_named(table); });
  Result<QueryAnswer> answer = pool.run(named);
  // What fails otherwise may well pass the next time: TABLESAMPLE and random() do.
  const bool misses_table =
      !answer && (answer.error().code.text() == "query_table_unknown" ||
                  answer.error().detail.find("Table with name") != std::string::npos);
  if (!misses_table || named.tables.size() == request.tables.size()) return answer;
  const Result<QueryAnswer> with_all = pool.run(request);
  if (with_all || with_all.error().code != answer.error().code) {
    report({index,
            "with the tables it names " + to_line(answer.error()) + ", with all " +
                (with_all ? "it passes" : to_line(with_all.error())),
            request.sql});
  }
  return answer;
}

void FuzzJudge::judge(std::uint64_t index, const QueryRequest& request, std::size_t owner,
                      const Result<QueryAnswer>& answer, std::chrono::steady_clock::duration took) {
  std::optional<std::string> wrong =
      answer ? what_is_wrong(request, *answer) : what_is_wrong(request, answer.error());
  if (wrong) report({index, *wrong, request.sql});
  wrong = world_.leak(owner, request.sql, all_text(answer));
  if (wrong) report({index, "LEAK of " + *wrong, request.sql});

  const std::string code = answer ? "ok" : answer.error().code.text();
  const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  const std::lock_guard lock(mutex_);
  ++count_;
  ++outcomes_[code];
  if (is_costly(code) && costly_.size() < costly_max) {
    costly_.push_back({index, code + " after " + std::to_string(took_ms) + " ms", request.sql});
  }
}

void FuzzJudge::report(FuzzFinding finding) {
  const std::lock_guard lock(mutex_);
  if (findings_.size() == findings_max) return;
  std::printf("FINDING %llu: %s\n  %s\n", static_cast<unsigned long long>(finding.index),
              printable(finding.what).c_str(), printable(finding.sql, 4'000).c_str());
  std::fflush(stdout);  // Whoever waits for the end of a million wants to know before.
  findings_.push_back(std::move(finding));
}

std::uint64_t FuzzJudge::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::map<std::string, std::uint64_t> FuzzJudge::outcomes() const {
  const std::lock_guard lock(mutex_);
  return outcomes_;
}

std::vector<FuzzFinding> FuzzJudge::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

std::vector<FuzzFinding> FuzzJudge::costly() const {
  const std::lock_guard lock(mutex_);
  return costly_;
}

std::string printable(std::string_view text, std::size_t most) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && byte < 0x80) {
      out += c;
    } else {
      out += "\\x";
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return text.size() > most ? out + "… (" + std::to_string(text.size()) + " bytes)" : out;
}

}  // namespace sluice::query
