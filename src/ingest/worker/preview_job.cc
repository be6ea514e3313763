#include "ingest/worker/preview_job.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/sql_text.h"
#include "duckdb/cells/json_cells.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

/// A chunk of a result, and its end.
class Chunk {
 public:
  explicit Chunk(duckdb::QueryResult& result) : raw_(duckdb_fetch_chunk(result.raw())) {}
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;
  ~Chunk() { duckdb_destroy_data_chunk(&raw_); }
  explicit operator bool() const { return raw_ != nullptr; }
  std::uint64_t size() const { return duckdb_data_chunk_get_size(raw_); }
  duckdb_vector column(std::size_t i) const { return duckdb_data_chunk_get_vector(raw_, i); }

 private:
  duckdb_data_chunk raw_;
};

std::vector<duckdb::CellType> types_of(duckdb::QueryResult& result) {
  std::vector<duckdb::CellType> types;
  for (std::size_t i = 0; i < result.column_count(); ++i) {
    duckdb_logical_type type = duckdb_column_logical_type(&result.raw(), i);
    types.push_back(duckdb::cell_type(type));
    duckdb_destroy_logical_type(&type);
  }
  return types;
}

enum class RowForm { array, object };

/// The rows of a statement, as many as fit.
Result<std::string> rows_as_json(const Engine& engine, const std::string& sql, RowForm form) {
  TRY_ASSIGN(duckdb::QueryResult result, engine.query(sql));
  const std::vector<duckdb::CellType> types = types_of(result);
  std::string out = "[";
  for (;;) {
    const Chunk chunk(result);
    if (!chunk) return out + "]";
    std::vector<duckdb::CellVector> cells;
    for (std::size_t i = 0; i < types.size(); ++i) cells.emplace_back(types[i], chunk.column(i));
    for (std::uint64_t row = 0; row < chunk.size(); ++row) {
      const std::size_t before = out.size();
      if (before > 1) out += ',';
      out += form == RowForm::object ? '{' : '[';
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += ',';
        if (form == RowForm::object) {
          duckdb::append_json_text(out, result.column_name(i));
          out += ':';
        }
        cells[i].append_json(out, row);
      }
      out += form == RowForm::object ? '}' : ']';
      if (out.size() < preview_json_bytes_max) continue;
      return out.substr(0, before) + "]";
    }
  }
}

std::string relation_of(const FileDescriptor& file) {
  return "read_parquet(" + quote_literal(path_of(file)) + ", hive_partitioning=false)";
}

}  // namespace

Result<Preview> make_preview(const Engine& engine, IngestRequest request,
                             const PreviewOrder& wanted) {
  Preview preview;
  Result<IngestedRecords> done = ingest_with(engine, request, std::nullopt);
  if (!done && done.error().code == Code::rejects_too_many) {
    preview.refusal = done.error();
    request.options.rejects_max = INT64_MAX;
    request.temp_folder /= "again";
    TRY(create_folders(request.temp_folder));
    done = ingest_with(engine, request, std::nullopt);
  }
  if (!done) return fail(done.error());
  preview.ingested = std::move(done->ingested);
  TRY_ASSIGN(const FileDescriptor table, open_file(request.output));
  TRY_ASSIGN(preview.rows_json, rows_as_json(engine,
                                             "SELECT * FROM " + relation_of(table) + " LIMIT " +
                                                 std::to_string(wanted.rows_max),
                                             RowForm::array));
  preview.rejects_json = "[]";
  if (preview.ingested.rows_rejected == 0) return preview;
  TRY_ASSIGN(const FileDescriptor rejects, open_file(request.rejects_output));
  TRY_ASSIGN(preview.rejects_json,
             rows_as_json(engine,
                          "SELECT line, reason, detail, left(raw, " +
                              std::to_string(preview_raw_characters_max) + ") AS raw FROM " +
                              relation_of(rejects) + " LIMIT " + std::to_string(wanted.rejects_max),
                          RowForm::object));
  return preview;
}

}  // namespace sluice::ingest
