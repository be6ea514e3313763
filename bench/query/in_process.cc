/// DuckDB within one process, for bench/query/run.py: in_process PARQUET THREADS CLIENTS, then a line
/// `SECONDS SQL` on standard input for each measurement, answered by `COUNT P50_US P99_US`. Each
/// client is a thread with a connection of its own that runs the SQL over the view `dataset` and
/// takes all its rows, one query after the other.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "duckdb/database.h"

namespace {

using std::chrono::steady_clock;

sluice::duckdb::Connection connect(sluice::duckdb::Database& database) {
  sluice::Result<sluice::duckdb::Connection> made = database.connect();
  if (!made) throw std::runtime_error(made.error().detail);
  return std::move(*made);
}

void must(const sluice::Result<sluice::duckdb::QueryResult>& result) {
  if (!result) throw std::runtime_error(result.error().detail);
}

std::vector<double> measure(sluice::duckdb::Connection& connection, const std::string& sql,
                            steady_clock::time_point end) {
  std::vector<double> took_us;
  for (auto now = steady_clock::now(); now < end;) {
    duckdb_result result;
    if (duckdb_query(connection.raw(), sql.c_str(), &result) != DuckDBSuccess) {
      throw std::runtime_error(duckdb_result_error(&result));
    }
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    const auto then = std::exchange(now, steady_clock::now());
    took_us.push_back(std::chrono::duration<double, std::micro>(now - then).count());
  }
  return took_us;
}

double percentile(std::vector<double>& sorted, double share) {
  return sorted.at(static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1)));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) return 2;
  sluice::Result<sluice::duckdb::Database> database = sluice::duckdb::Database::open(
      sluice::duckdb::job_settings({.threads = std::stoi(argv[2])}));
  if (!database) throw std::runtime_error(database.error().detail);
  std::vector<sluice::duckdb::Connection> connections;
  for (int i = 0; i < std::stoi(argv[3]); ++i) connections.push_back(connect(*database));
  must(connections[0].query("SET parquet_metadata_cache = true"));
  must(connections[0].query("CREATE VIEW dataset AS FROM read_parquet('" + std::string(argv[1]) +
                            "')"));
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    const double seconds = std::stod(line);
    const std::string sql = line.substr(line.find(' ') + 1);
    const auto end = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                               std::chrono::duration<double>(seconds));
    std::vector<std::vector<double>> each(connections.size());
    {
      std::vector<std::jthread> clients;
      for (std::size_t i = 0; i < connections.size(); ++i) {
        clients.emplace_back([&, i] { each[i] = measure(connections[i], sql, end); });
      }
    }
    std::vector<double> all;
    for (const std::vector<double>& some : each) all.insert(all.end(), some.begin(), some.end());
    std::sort(all.begin(), all.end());
    std::printf("%zu %.1f %.1f\n", all.size(), percentile(all, 0.5), percentile(all, 0.99));
    std::fflush(stdout);
  }
  return 0;
} catch (const std::exception& broken) {
  std::fprintf(stderr, "in_process: %s\n", broken.what());
  return 1;
}
