#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "query/fuzz/sql_fuzz_world.h"
#include "query/pool.h"

namespace sluice::query {

struct FuzzFinding {
  std::uint64_t index = 0;
  std::string what;
  std::string sql;
};

/// Counts what came of the statements and keeps what must not happen, the defects: an error with a
/// code that no statement may end in (a worker that died, an internal error), an answer that is no
/// JSON or has more rows than it may, another owner's token or a secret in an answer or an error
/// (FuzzWorld::leak), and a statement that needs tables which parsing does not name. Deadlines and
/// memory limits are no defects, only costly. A code added in sql_fuzz_judge.cc to those that are
/// fair hides every defect that ends in it. Safe for concurrent use; the world outlives it.
class FuzzJudge {
 public:
  explicit FuzzJudge(const FuzzWorld& world) : world_(world) {}

  /// Asks as the product does: which tables the statement names, and then with these alone. What
  /// passes with all tables must pass with them, and what has no tree must fail as it does there.
  Result<QueryAnswer> ask(WorkerPool& pool, std::uint64_t index, const QueryRequest& request);
  /// Judges what a statement of this owner came to.
  void judge(std::uint64_t index, const QueryRequest& request, std::size_t owner,
             const Result<QueryAnswer>& answer, std::chrono::steady_clock::duration took);
  /// Keeps a defect, and prints it.
  void report(FuzzFinding finding);

  std::uint64_t count() const;
  /// By code; `ok` for answers.
  std::map<std::string, std::uint64_t> outcomes() const;
  std::vector<FuzzFinding> findings() const;
  /// The first ones that ran into the deadline, or after which the worker was out of memory.
  std::vector<FuzzFinding> costly() const;

 private:
  const FuzzWorld& world_;
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t> outcomes_;
  std::vector<FuzzFinding> findings_;
  std::vector<FuzzFinding> costly_;
};

/// On one line, signs that are not printable as \xNN, cut where it is long.
std::string printable(std::string_view text, std::size_t most = 1'500);

}  // namespace sluice::query
