/// `sql_fuzz WORKER_BINARY [--count N] [--seed S] [--threads T] [--from I] [--one I] [--sql TEXT]`:
/// statements of SqlGrammar through the real pool, and a judgement of what came of them. Exit code
/// 1 where one fails.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "query/fuzz/sql_fuzz_judge.h"

namespace sluice::query {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string worker;
  std::uint64_t count = 10'000;
  std::uint64_t seed = 1;
  std::uint64_t from = 0;
  unsigned threads = 3;
  std::string sql = {};  ///< Instead of what the index says.
};

constexpr std::chrono::milliseconds deadline{1'000};
constexpr std::uint64_t memory_bytes = std::uint64_t{128} << 20U;
constexpr std::size_t result_bytes_max = std::size_t{1} << 20U;
/// Arenas and fragments; what is lost per statement would be many times that.
constexpr std::size_t growth_bytes_max = std::size_t{48} << 20U;

/// Of two owners over none to three tables.
constexpr std::size_t sessions_max = 16;

constexpr std::uint64_t report_every = 10'000;

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(
      std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

std::size_t children() {
  std::size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (int pid = 0; list >> pid;) ++count;
  }
  return count;
}

std::string megabytes(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

class Run {
 public:
  Run(const Options& options, const FuzzWorld& world, const SqlGrammar& grammar)
      : options_(options), world_(world), grammar_(grammar), judge_(world) {}

  Result<void> all() {
    const std::size_t descriptors = open_descriptors();
    const auto began = Clock::now();
    PoolConfig config;
    config.worker_binary = options_.worker;
    config.concurrent_max = options_.threads;
    config.owner_max = options_.threads;
    // Each choice of tables is a session of its own.
    config.bound_max = sessions_max + std::size_t{options_.threads};
    TRY_ASSIGN(std::unique_ptr<WorkerPool> pool, WorkerPool::start(config));
    TRY(check_tokens(*pool));
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < options_.threads; ++i) {
        threads.emplace_back([this, &pool] { work(*pool); });
      }
    }
    const PoolStatus status = pool->status();
    if (status.running + status.queued > 0) finding("the pool says that queries still run");
    pool.reset();
    if (const std::size_t left = children(); left > 0) {
      finding(std::to_string(left) + " worker processes are left");
    }
    if (const std::size_t now = open_descriptors(); now != descriptors) {
      finding(std::to_string(now) + " descriptors are open, before " + std::to_string(descriptors));
    }
    for (const std::string& change : world_.changes()) finding(change);
    const std::size_t resident = resident_bytes();
    if (early_bytes_ > 0 && resident > early_bytes_ + growth_bytes_max) {
      finding("the process grew from " + megabytes(early_bytes_) + " to " + megabytes(resident));
    }
    summary(std::chrono::duration<double>(Clock::now() - began).count(), resident);
    return {};
  }

  bool is_clean() const { return judge_.findings().empty(); }

 private:
  void finding(const std::string& what) { judge_.report({options_.from, what, ""}); }

  /// A canary that does not sing proves nothing.
  Result<void> check_tokens(WorkerPool& pool) {
    for (std::size_t owner = 0; owner < FuzzWorld::owners; ++owner) {
      QueryRequest request = world_.request(owner);
      request.sql = "SELECT DISTINCT mark FROM dataset";
      TRY_ASSIGN(const QueryAnswer answer, pool.run(request));
      if (answer.rows.find(world_.token(owner)) == std::string::npos ||
          !world_.leak(1 - owner, request.sql, answer.rows)) {
        return fail(Errc::internal, ErrorCode::from_outside("fuzz_tokens"),
                    "The owner's token is not found: " + answer.rows);
      }
    }
    return {};
  }

  void work(WorkerPool& pool) {
    for (;;) {
      const std::uint64_t done = next_.fetch_add(1);
      if (done >= options_.count) return;
      if (done == options_.count / 10) early_bytes_ = resident_bytes();
      if (done > 0 && done % report_every == 0) {
        std::fprintf(stderr, "%llu statements, %zu findings\n",
                     static_cast<unsigned long long>(done), judge_.findings().size());
      }
      const std::uint64_t index = options_.from + done;
      const std::size_t owner = index % FuzzWorld::owners;
      QueryRequest request = world_.request(owner);
      FuzzStatement statement = grammar_.statement(index);
      request.sql = options_.sql.empty() ? std::move(statement.sql) : options_.sql;
      request.parameters = std::move(statement.parameters);
      request.deadline = deadline;
      request.memory_bytes = memory_bytes;
      request.result_bytes_max = result_bytes_max;
      request.format = index % 7 == 0   ? Format::csv
                       : index % 7 == 1 ? Format::ndjson
                                        : Format::json;
      const auto began = Clock::now();
      const Result<QueryAnswer> answer = judge_.ask(pool, index, request);
      judge_.judge(index, request, owner, answer, Clock::now() - began);
      if (options_.count == 1) {
        std::printf("%s\n→ %s\n", printable(request.sql, 100'000).c_str(),
                    printable(answer ? answer->rows : to_line(answer.error())).c_str());
      }
    }
  }

  void summary(double seconds, std::size_t resident) {
    for (const FuzzFinding& costly : judge_.costly()) {
      std::printf("costly %llu: %s: %s\n", static_cast<unsigned long long>(costly.index),
                  costly.what.c_str(), printable(costly.sql, 300).c_str());
    }
    std::printf("seed %llu: %llu statements in %.0f s, %.0f/s;",
                static_cast<unsigned long long>(options_.seed),
                static_cast<unsigned long long>(judge_.count()), seconds,
                static_cast<double>(judge_.count()) / seconds);
    for (const auto& [code, count] : judge_.outcomes()) {
      std::printf(" %s %llu,", code.c_str(), static_cast<unsigned long long>(count));
    }
    std::printf(" RSS %s at 10 %%, %s at the end; findings %zu\n", megabytes(early_bytes_).c_str(),
                megabytes(resident).c_str(), judge_.findings().size());
  }

  const Options& options_;
  const FuzzWorld& world_;
  const SqlGrammar& grammar_;
  FuzzJudge judge_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::size_t> early_bytes_{0};
};

Result<bool> fuzz(Options options) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("sql_fuzz_" + random_hex(8));
  options.worker = std::filesystem::absolute(options.worker).string();
  TRY_ASSIGN(const std::unique_ptr<FuzzWorld> world, FuzzWorld::make(folder));
  TRY_ASSIGN(SqlVocabulary words, fuzz_vocabulary(QUERY_TESTDATA, folder));
  const SqlGrammar grammar(std::move(words), options.seed);
  // What is written by a relative name would show there.
  std::filesystem::current_path(folder);
  Run run(options, *world, grammar);
  TRY(run.all());
  std::filesystem::current_path("/");
  return run.is_clean();
}

bool read_options(int argc, char** argv, Options& options) {
  if (argc < 2) return false;
  options.worker = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--count")
      options.count = value;
    else if (name == "--seed")
      options.seed = value;
    else if (name == "--from")
      options.from = value;
    else if (name == "--threads")
      options.threads = static_cast<unsigned>(value);
    else if (name == "--one" || name == "--sql")
      options = {options.worker, 1, options.seed, value, 1, name == "--sql" ? argv[i + 1] : ""};
    else
      return false;
  }
  return argc % 2 == 0 && options.threads > 0 && std::filesystem::exists(options.worker);
}

}  // namespace
}  // namespace sluice::query

int main(int argc, char** argv) {
  sluice::query::Options options;
  if (!sluice::query::read_options(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: sql_fuzz WORKER_BINARY [--count N] [--seed S] [--threads T] [--from I] "
                 "[--one I] [--sql TEXT]\n");
    return 2;
  }
  const sluice::Result<bool> clean = sluice::query::fuzz(options);
  if (!clean) std::fprintf(stderr, "sql_fuzz: %s\n", to_line(clean.error()).c_str());
  return clean && *clean ? 0 : 1;
}
