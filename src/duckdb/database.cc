#include "duckdb/database.h"

#include <atomic>
#include <cstdlib>

#include "base/error_codes.h"
#include "duckdb/error_codes.h"

namespace sluice::duckdb {
namespace {

std::atomic<bool> forbidden{false};

/// DuckDB's error types that callers tell apart; the rest share one code.
Error error_from(duckdb_error_type type, const char* message) {
  Error error{
      Errc::internal, Code::duckdb_error, message == nullptr ? "DuckDB failed." : message, {}};
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      error.kind = Errc::resource_exhausted;
      error.code = Code::duckdb_out_of_memory;
      break;
    case DUCKDB_ERROR_INTERRUPT:
      error.kind = Errc::cancelled;
      error.code = Code::duckdb_interrupt;
      break;
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
      error.kind = Errc::invalid_argument;
      error.code = Code::duckdb_sql;
      break;
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_INVALID:
      error.kind = Errc::unprocessable;
      error.code = Code::duckdb_data;
      break;
    case DUCKDB_ERROR_IO:
      error.code = Code::duckdb_io;
      // The engine tells causes of the system by their text only; strerror's is always English
      // here.
      if (error.detail.find("No space left on device") != std::string::npos ||
          error.detail.find("Disk quota exceeded") != std::string::npos) {
        error = {Errc::resource_exhausted, BaseCode::disk_full, "The disk is full.",
                 "Free space, and try again."};
      }
      break;
    default:
      break;
  }
  return error;
}

/// The engine would read up to there, which may be another statement.
Result<void> refuse_nul(const std::string& sql) {
  if (sql.find('\0') == std::string::npos) return {};
  return fail(Errc::invalid_argument, Code::duckdb_sql, "The statement holds a NUL byte.",
              "What is named in it, a file or a value, must not hold one.");
}

struct Prepared {
  duckdb_prepared_statement raw = nullptr;
  ~Prepared() { duckdb_destroy_prepare(&raw); }
};

struct Pending {
  duckdb_pending_result raw = nullptr;
  ~Pending() { duckdb_destroy_pending(&raw); }
};

struct Chunk {
  duckdb_data_chunk raw = nullptr;
  ~Chunk() { duckdb_destroy_data_chunk(&raw); }
};

void hand_over(duckdb_data_chunk chunk, const TextSink& sink) {
  const idx_t rows = duckdb_data_chunk_get_size(chunk);
  for (idx_t column = 0; column < duckdb_data_chunk_get_column_count(chunk); ++column) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    const auto* cells = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector));
    std::uint64_t* validity = duckdb_vector_get_validity(vector);
    for (idx_t row = 0; row < rows; ++row) {
      if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) continue;
      duckdb_string_t cell = cells[row];
      sink(column, {duckdb_string_t_data(&cell), duckdb_string_t_length(cell)});
    }
  }
}

}  // namespace

std::string memory_setting(std::uint64_t bytes) { return std::to_string(bytes) + "B"; }

Settings job_settings(const EngineLimits& limits) {
  return {{"threads", std::to_string(limits.threads)},
          {"memory_limit", memory_setting(limits.memory_bytes)},
          {"temp_directory", limits.spill},
          {"autoinstall_known_extensions", "false"},
          {"autoload_known_extensions", "false"},
          {"allow_community_extensions", "false"},
          // 1.5.5 knows a cached file by its path alone: one that has taken its place, or another
          // behind the same /proc/self/fd/N, would be answered with the old one's bytes.
          {"enable_external_file_cache", "false"}};
}

QueryResult::QueryResult(QueryResult&& other) noexcept
    : result_(std::exchange(other.result_, duckdb_result{})) {}

QueryResult& QueryResult::operator=(QueryResult&& other) noexcept {
  if (this != &other) {
    duckdb_destroy_result(&result_);
    result_ = std::exchange(other.result_, duckdb_result{});
  }
  return *this;
}

QueryResult::~QueryResult() { duckdb_destroy_result(&result_); }

std::size_t QueryResult::column_count() { return duckdb_column_count(&result_); }

std::string QueryResult::column_name(std::size_t column) {
  const char* name = duckdb_column_name(&result_, column);
  return name == nullptr ? "" : name;
}

Result<std::int64_t> QueryResult::first_int() {
  if (duckdb_row_count(&result_) == 0) {
    return fail(Errc::internal, Code::duckdb_no_row, "The statement gave no row.");
  }
  return duckdb_value_int64(&result_, 0, 0);
}

std::int64_t QueryResult::rows_changed() {
  return static_cast<std::int64_t>(duckdb_rows_changed(&result_));
}

std::vector<std::vector<std::optional<std::string>>> QueryResult::rows_as_text() {
  std::vector<std::vector<std::optional<std::string>>> rows(duckdb_row_count(&result_));
  const std::size_t columns = column_count();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      if (duckdb_value_is_null(&result_, column, row)) {
        rows[row].emplace_back();
        continue;
      }
      const duckdb_string text = duckdb_value_string(&result_, column, row);
      rows[row].emplace_back(std::string(text.data, text.size));
      duckdb_free(text.data);
    }
  }
  return rows;
}

Connection::~Connection() {
  if (connection_ != nullptr) duckdb_disconnect(&connection_);
}

Result<QueryResult> Connection::query(const std::string& sql) {
  TRY(refuse_nul(sql));
  duckdb_result raw;
  const bool ok = duckdb_query(connection_, sql.c_str(), &raw) == DuckDBSuccess;
  QueryResult result(raw);
  if (!ok)
    return fail(
        error_from(duckdb_result_error_type(&result.raw()), duckdb_result_error(&result.raw())));
  return result;
}

Result<QueryResult> Connection::query(const std::string& sql, const std::stop_token& stop) {
  if (stop.stop_requested()) return fail(work_stopped());
  const std::stop_callback interrupt(stop, [this] { duckdb_interrupt(connection_); });
  Result<QueryResult> result = query(sql);
  if (!result && stop.stop_requested()) return fail(work_stopped());
  return result;
}

Result<std::int64_t> Connection::query_int(const std::string& sql) {
  TRY_ASSIGN(QueryResult result, query(sql));
  return result.first_int();
}

Result<void> Connection::stream_text(const std::string& sql, const TextSink& sink) {
  TRY(refuse_nul(sql));
  Prepared prepared;
  if (duckdb_prepare(connection_, sql.c_str(), &prepared.raw) != DuckDBSuccess) {
    return fail(error_from(DUCKDB_ERROR_BINDER, duckdb_prepare_error(prepared.raw)));
  }
  Pending pending;
  if (duckdb_pending_prepared_streaming(prepared.raw, &pending.raw) != DuckDBSuccess) {
    return fail(error_from(DUCKDB_ERROR_UNKNOWN_TYPE, duckdb_pending_error(pending.raw)));
  }
  duckdb_result raw;
  const bool ok = duckdb_execute_pending(pending.raw, &raw) == DuckDBSuccess;
  QueryResult result(raw);
  while (ok) {
    Chunk chunk;
    chunk.raw = duckdb_fetch_chunk(result.raw());
    if (chunk.raw == nullptr) break;
    hand_over(chunk.raw, sink);
  }
  const char* message = duckdb_result_error(&result.raw());
  if (ok && (message == nullptr || *message == '\0')) return {};
  return fail(error_from(duckdb_result_error_type(&result.raw()), message));
}

Result<void> Connection::scan_arrow(const std::string& name, ArrowArrayStream* stream) {
  // duckdb.h calls the call deprecated; 1.5.5 has no other that scans a stream with all its
  // threads.
  if (duckdb_arrow_scan(connection_, name.c_str(), reinterpret_cast<duckdb_arrow_stream>(stream)) !=
      DuckDBSuccess) {
    return fail(Errc::internal, Code::duckdb_arrow, "DuckDB does not take the stream of batches.");
  }
  return {};
}

void forbid_engines() { forbidden = true; }

Result<Database> Database::open(const Settings& settings) {
  if (forbidden) {
    return fail(Errc::internal, Code::duckdb_not_here, "No engine opens in a process that serves.");
  }
  duckdb_config config;
  duckdb_create_config(&config);
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config, name.c_str(), value.c_str()) != DuckDBSuccess) {
      duckdb_destroy_config(&config);
      return fail(Errc::internal, Code::duckdb_setting,
                  "DuckDB does not take " + name + "=" + value);
    }
  }
  duckdb_database database = nullptr;
  char* message = nullptr;
  const bool ok = duckdb_open_ext(":memory:", &database, config, &message) == DuckDBSuccess;
  duckdb_destroy_config(&config);
  if (!ok) {
    Error error{Errc::internal, Code::duckdb_open, message == nullptr ? "" : message, {}};
    duckdb_free(message);
    return fail(std::move(error));
  }
  return Database(database);
}

Database::~Database() {
  if (database_ != nullptr) duckdb_close(&database_);
}

Result<Connection> Database::connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database_, &connection) != DuckDBSuccess) {
    return fail(Errc::internal, Code::duckdb_connect, "Cannot open a session of the engine.");
  }
  return Connection(connection);
}

Result<Appender> Appender::open(Connection& connection, const std::string& table) {
  duckdb_appender appender = nullptr;
  const bool ok =
      duckdb_appender_create(connection.raw(), nullptr, table.c_str(), &appender) == DuckDBSuccess;
  Appender owned(appender);
  if (!ok) return fail(owned.last_error());
  return owned;
}

Appender::~Appender() {
  if (appender_ != nullptr) duckdb_appender_destroy(&appender_);
}

Error Appender::last_error() {
  const char* text = appender_ == nullptr ? nullptr : duckdb_appender_error(appender_);
  return Error{Errc::internal, Code::duckdb_append, text == nullptr ? "Cannot append." : text, {}};
}

void Appender::append_text(std::string_view text) {
  duckdb_append_varchar_length(appender_, text.data(), text.size());
}
void Appender::append_null() { duckdb_append_null(appender_); }

Result<void> Appender::end_row() {
  if (duckdb_appender_end_row(appender_) != DuckDBSuccess) return fail(last_error());
  return {};
}

Result<void> Appender::close() {
  if (duckdb_appender_close(appender_) != DuckDBSuccess) return fail(last_error());
  return {};
}

}  // namespace sluice::duckdb
