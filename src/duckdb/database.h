#pragma once

#include <duckdb.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

struct ArrowArrayStream;

namespace sluice::duckdb {

/// Configuration of one engine instance; each pair is a DuckDB setting (`threads`, `memory_limit`,
/// …).
using Settings = std::vector<std::pair<std::string, std::string>>;

/// From now on no engine opens in this process, which serves tenants: an engine reads what users
/// sent, and that is for processes that can be thrown away. `duckdb_not_here` says so.
void forbid_engines();

/// What one engine may take. Where the numbers come from: app/memory_budget.h.
struct EngineLimits {
  /// Of its buffers; beyond it the engine spills, or fails with `duckdb_out_of_memory`. What is
  /// read outside of them (a page, a cell, a library's arenas) comes on top.
  std::uint64_t memory_bytes = 1'000'000'000;
  int threads = 2;
  std::string spill = {};  ///< The folder it spills to; empty: none.
};

/// `memory_limit`, `threads` and `temp_directory` of a job of ours, with extensions never loaded by
/// themselves, and each file read from the disk.
Settings job_settings(const EngineLimits& limits);
/// Bytes as the engine's settings take them.
std::string memory_setting(std::uint64_t bytes);

/// Owns a materialised or streaming result; frees it.
class QueryResult {
 public:
  explicit QueryResult(duckdb_result result) : result_(result) {}
  QueryResult(QueryResult&& other) noexcept;
  QueryResult& operator=(QueryResult&& other) noexcept;
  ~QueryResult();

  duckdb_result& raw() { return result_; }
  std::size_t column_count();
  std::string column_name(std::size_t column);
  /// The first column of the first row as a number.
  Result<std::int64_t> first_int();
  /// Rows changed by INSERT or written by COPY … TO.
  std::int64_t rows_changed();
  /// All rows as text (NULL = nullopt): for small answers of our own statements, which must CAST
  /// anything but numbers and VARCHAR themselves.
  std::vector<std::vector<std::optional<std::string>>> rows_as_text();

 private:
  duckdb_result result_{};
};

/// Takes one cell, by the number of its column; NULLs are left out. The view is good during the
/// call.
using TextSink = std::function<void(std::size_t column, std::string_view cell)>;

/// One session of an engine.
class Connection {
 public:
  Connection(Connection&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  /// Runs one or more statements, materialising the last one's result. The error's `code` is
  /// `duckdb_<type>`, its `detail` the engine's own text.
  Result<QueryResult> query(const std::string& sql);
  /// The same, `cancelled` where the stop came before or during the statement.
  Result<QueryResult> query(const std::string& sql, const std::stop_token& stop);
  /// The first column of the first row as a number.
  Result<std::int64_t> query_int(const std::string& sql);
  /// Hands over the cells of one SELECT of VARCHAR columns without holding the answer: for looking
  /// at every cell of a table with our own code. Some thousand rows at a time, column by column.
  Result<void> stream_text(const std::string& sql, const TextSink& sink);
  /// A view `name` over an Arrow stream, which is read once and must outlive the statement that
  /// does.
  Result<void> scan_arrow(const std::string& name, ArrowArrayStream* stream);
  duckdb_connection raw() { return connection_; }

 private:
  friend class Database;
  explicit Connection(duckdb_connection connection) : connection_(connection) {}
  duckdb_connection connection_ = nullptr;
};

/// An in-memory engine instance.
class Database {
 public:
  static Result<Database> open(const Settings& settings);
  Database(Database&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Database& operator=(Database&&) = delete;
  ~Database();
  Result<Connection> connect();

 private:
  explicit Database(duckdb_database database) : database_(database) {}
  duckdb_database database_ = nullptr;
};

/// Rows of text into a table whose columns are all VARCHAR. Errors show at `close` at the latest.
class Appender {
 public:
  static Result<Appender> open(Connection& connection, const std::string& table);
  Appender(Appender&& other) noexcept : appender_(std::exchange(other.appender_, nullptr)) {}
  Appender& operator=(Appender&&) = delete;
  ~Appender();

  void append_text(std::string_view text);
  void append_null();
  Result<void> end_row();
  Result<void> close();

 private:
  explicit Appender(duckdb_appender appender) : appender_(appender) {}
  Error last_error();
  duckdb_appender appender_ = nullptr;
};

}  // namespace sluice::duckdb
