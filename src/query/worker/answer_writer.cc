#include "query/worker/answer_writer.h"

#include <algorithm>
#include <string>
#include <vector>

#include "duckdb/cells/json_cells.h"
#include "query/render/parquet_rows.h"
#include "query/render/row_writer.h"
#include "query/worker/sql_errors.h"

namespace sluice::query {
namespace {

/// A row is handed on whole.
constexpr std::size_t row_bytes_max = result_bytes_ceiling;

struct Chunk {
  duckdb_data_chunk raw = nullptr;
  ~Chunk() { duckdb_destroy_data_chunk(&raw); }
};

/// The types go into `types`, one for each column.
Result<std::vector<AnswerColumn>> columns_of(duckdb_result& result,
                                             std::vector<duckdb::CellType>& types) {
  std::vector<AnswerColumn> columns;
  for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
    duckdb_logical_type type = duckdb_column_logical_type(&result, i);
    types.push_back(duckdb::cell_type(type));
    duckdb_destroy_logical_type(&type);
    const char* name = duckdb_column_name(&result, i);
    columns.push_back({name == nullptr ? "" : name, types.back().text});
    if (duckdb::is_renderable(types.back())) continue;
    return fail(query_error(Code::query_failed,
                            "The column " + columns.back().name + " has the type " +
                                types.back().text + ", which has no JSON form.",
                            "CAST it to VARCHAR."));
  }
  return columns;
}

/// False after the last one.
Result<bool> fetch(duckdb_result& result, Chunk& chunk) {
  chunk.raw = duckdb_fetch_chunk(result);
  if (chunk.raw != nullptr) return true;
  const char* message = duckdb_result_error(&result);
  if (message != nullptr && *message != '\0') return fail(error_from_engine(message, {}));
  return false;
}

/// Whole chunks: the bound on bytes is passed by one of them at most.
Result<AnswerTail> write_parquet(duckdb_result& result, const Job& job, std::int64_t row_limit,
                                 ParquetRows& writer) {
  AnswerTail tail;
  while (!tail.truncated) {
    Chunk chunk;
    TRY_ASSIGN(const bool is_there, fetch(result, chunk));
    if (!is_there) break;
    const std::int64_t left =
        writer.bytes() < job.result_bytes_max ? row_limit - tail.row_count : 0;
    const auto size = static_cast<std::int64_t>(duckdb_data_chunk_get_size(chunk.raw));
    const std::int64_t taken = std::min(size, left);
    tail.truncated = taken < size;
    if (taken == 0) continue;
    duckdb_data_chunk_set_size(chunk.raw, static_cast<idx_t>(taken));
    TRY(writer.append(chunk.raw));
    tail.row_count += taken;
  }
  TRY(writer.finish(tail));
  return tail;
}

}  // namespace

Error client_gone_error() { return query_error(Code::query_cancelled, "Nobody takes the answer."); }

Result<AnswerTail> write_answer(duckdb_result& result, const Job& job, std::int64_t row_limit,
                                AnswerSink& sink) {
  std::vector<duckdb::CellType> types;
  TRY_ASSIGN(const std::vector<AnswerColumn> columns, columns_of(result, types));
  if (job.format == Format::parquet) {
    TRY_ASSIGN(ParquetRows parquet, ParquetRows::open(result, columns, types, sink));
    if (!sink.columns(columns)) return fail(client_gone_error());
    return write_parquet(result, job, row_limit, parquet);
  }
  if (!sink.columns(columns)) return fail(client_gone_error());
  RowWriter writer(job.format, job.formulas_as_they_are, columns, types);
  AnswerTail tail;
  std::string rows;
  std::size_t written = 0;
  writer.begin(rows);
  while (!tail.truncated) {
    Chunk chunk;
    TRY_ASSIGN(const bool is_there, fetch(result, chunk));
    if (!is_there) break;
    std::vector<duckdb::CellVector> cells;
    for (std::size_t i = 0; i < types.size(); ++i) {
      cells.emplace_back(types[i], duckdb_data_chunk_get_vector(chunk.raw, i));
    }
    const idx_t size = duckdb_data_chunk_get_size(chunk.raw);
    for (idx_t row = 0; row < size; ++row) {
      tail.truncated = tail.row_count == row_limit;
      if (tail.truncated) break;
      const std::size_t before = rows.size();
      writer.append(rows, cells, row);
      if (rows.size() - before > row_bytes_max ||
          (tail.row_count == 0 && rows.size() + 1 > job.result_bytes_max)) {
        return fail(query_error(Code::query_too_large, "One row is larger than an answer may be.",
                                "Select fewer columns, or substring() of the long ones."));
      }
      if (written + rows.size() + 1 > job.result_bytes_max) {
        rows.resize(before);
        tail.truncated = true;
        break;
      }
      ++tail.row_count;
      if (rows.size() < piece_bytes) continue;
      if (!sink.rows(rows)) return fail(client_gone_error());
      written += rows.size();
      rows.clear();
    }
  }
  writer.end(rows);
  if (!sink.rows(rows)) return fail(client_gone_error());
  return tail;
}

}  // namespace sluice::query
