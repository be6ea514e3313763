#include "ingest/ingest.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/ids.h"
#include "base/scoped_path.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "duckdb/database.h"
#include "duckdb/parquet_options.h"
#include "ingest/bytes/byte_choices.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/cells/point_doubt.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/prepared_source.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::ingest {
namespace {

Result<Table> write_table(const PreparedSource& prepared, const Engine& engine,
                          const std::filesystem::path& temp) {
  switch (prepared.format) {
    case Format::csv:
      return write_csv_table(prepared.request, engine, temp);
    case Format::json:
    case Format::ndjson:
    case Format::records:
      return write_json(prepared.request, prepared.format, engine);
    case Format::parquet:
      return write_parquet_again(prepared.request, engine, temp);
    case Format::excel:
      break;
  }
  return write_excel(prepared.request, engine, temp);
}

/// The same, and once more where the text turns out to be of another encoding than UTF-8.
Result<Table> write_any(PreparedSource& prepared, const Engine& engine,
                        const std::filesystem::path& temp) {
  Result<Table> table = write_table(prepared, engine, temp);
  const bool may_decide = prepared.format != Format::records && prepared.encoding == "utf-8" &&
                          prepared.request.options.encoding.empty();
  if (table || !may_decide || table.error().code != Code::invalid_utf8) return table;
  TRY(transcode_undeclared(prepared, temp));
  static_cast<void>(ScopedPath(prepared.request.output));  // Removes what was begun.
  return write_table(prepared, engine, temp);
}

Result<void> write_rejects(const Engine& engine, const std::vector<Reject>& rejects,
                           const std::filesystem::path& output) {
  if (rejects.empty()) return {};
  TRY(engine.query(
      "CREATE TABLE rejects (line VARCHAR, reason VARCHAR, detail VARCHAR, raw VARCHAR)"));
  TRY_ASSIGN(duckdb::Connection * connection, engine.connection());
  TRY_ASSIGN(duckdb::Appender appender, duckdb::Appender::open(*connection, "rejects"));
  for (const Reject& reject : rejects) {
    appender.append_text(std::to_string(reject.line));
    appender.append_text(reject.reason);
    appender.append_text(reject.detail);
    appender.append_text(reject.raw);
    TRY(appender.end_row());
  }
  TRY(appender.close());
  TRY(engine.query(
      "COPY (SELECT CAST(line AS BIGINT) AS line, reason, detail, raw FROM rejects) TO " +
      quote_literal(output.string()) + " " + duckdb::parquet_options(4)));
  return {};
}

Result<void> check_names(const std::vector<Table::TableColumn>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].header.size() <= column_name_bytes_max) continue;
    return fail(Errc::too_large, Code::column_name_too_long,
                "The name of column " + std::to_string(i + 1) + " has more than " +
                    std::to_string(column_name_bytes_max) + " bytes (column_name_bytes_max).",
                "Give it a shorter one. Is the row that was taken for the header one?");
  }
  return {};
}

/// All choices, in the order in which they were made.
StructureDecision decision_of(const PreparedSource& prepared, Table& table) {
  StructureDecision all = prepared.decision;
  if (prepared.format != Format::records && !prepared.encoding.empty()) {
    all.push_back(
        encoding_choice(prepared.encoding, prepared.encoding_decision, prepared.request.options));
  }
  all.insert(all.end(), std::make_move_iterator(table.decision.begin()),
             std::make_move_iterator(table.decision.end()));
  for (StructureChoice& choice : all) choice = bounded(std::move(choice));
  return all;
}

std::string no_rows_note(Format format, const Table& table) {
  const bool is_one_cell =
      format == Format::csv && table.columns.size() == 1 && table.rejects.empty();
  return "The table has no rows" +
         (is_one_cell ? ": the file is one cell, " + shown(table.columns[0].header) +
                            ", and taken for the name of a column."
                      : std::string("."));
}

/// Nested types as DuckDB writes them: which names it quotes is its own affair.
Result<void> name_nested_types(const Engine& engine, const std::string& relation,
                               std::vector<Table::TableColumn>& columns) {
  const auto is_nested = [](const Table::TableColumn& column) {
    return column.type.ends_with(']') || column.type.starts_with("STRUCT(");
  };
  if (std::ranges::none_of(columns, is_nested)) return {};
  TRY_ASSIGN(duckdb::QueryResult described, engine.query("DESCRIBE SELECT * FROM " + relation));
  const auto types = described.rows_as_text();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (is_nested(columns[i])) columns[i].type = types.at(i).at(1).value_or(columns[i].type);
  }
  return {};
}

/// Reads the Parquet file back: its rows are those of the source, and silver's plan follows from
/// it.
Result<Ingested> look_back(const PreparedSource& prepared, const Engine& engine, Table& table) {
  TRY_ASSIGN(const FileDescriptor parquet, open_file(prepared.request.output));
  const std::string relation =
      "read_parquet(" + quote_literal(path_of(parquet)) + ", hive_partitioning=false)";
  TRY_ASSIGN(duckdb::Connection * connection, engine.connection());
  TRY_ASSIGN(const std::int64_t stored, connection->query_int("SELECT count(*) FROM " + relation));
  if (stored != table.rows || table.rows_written != table.rows) {
    return fail(Errc::data_loss, Code::row_count_mismatch,
                "The source has " + std::to_string(table.rows) + " rows, the Parquet file " +
                    std::to_string(stored) + "; the file is thrown away.",
                "This is a defect of Sluice: please report it with the file.");
  }
  Ingested done;
  done.row_count = stored;
  done.rows_rejected = static_cast<std::int64_t>(table.rejects.size());
  done.rows_read = done.row_count + done.rows_rejected;
  done.source_format = name_of(prepared.format);
  done.encoding = prepared.encoding;
  done.compression = name_of(prepared.compression);
  done.is_beginning = prepared.request.is_beginning;
  for (const std::string& note : {prepared.member_note, prepared.text_note}) {
    if (!note.empty()) done.notes.push_back(note);
  }
  done.notes.insert(done.notes.end(), std::make_move_iterator(table.notes.begin()),
                    std::make_move_iterator(table.notes.end()));
  if (table.rows == 0) done.notes.push_back(no_rows_note(prepared.format, table));
  done.decision = decision_of(prepared, table);
  std::vector<std::string> headers;
  for (const Table::TableColumn& column : table.columns) headers.push_back(column.header);
  const std::vector<std::string> names = bronze_column_names(headers);
  TRY(name_nested_types(engine, relation, table.columns));
  lakehouse::medallion::PlanSource source;
  source.rows = stored;
  source.delimiter = table.delimiter;
  source.decimal_mark = prepared.request.options.decimal_mark.value_or('\0');
  source.takes_decimal_mark = prepared.format == Format::csv || prepared.format == Format::excel;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (table.columns[i].of_numbers) source.of_numbers.insert(names[i]);
    done.columns.push_back({names[i], headers[i], std::move(table.columns[i].type),
                            std::move(table.columns[i].reason)});
  }
  if (engine.stopped()) return fail(cancelled());
  for (const std::string& header : headers) {
    source.null_tokens.push_back(prepared.request.options.null_tokens_of(header));
  }
  TRY_ASSIGN(done.plan,
             lakehouse::medallion::make_plan(*connection, relation, done.columns, source));
  if (source.takes_decimal_mark && source.decimal_mark == 0) {
    TRY_ASSIGN(const std::vector<std::string> doubts,
               point_doubts(*connection, relation, done.columns, done.plan));
    done.notes.insert(done.notes.end(), doubts.begin(), doubts.end());
  }
  return done;
}

}  // namespace

Result<IngestedRecords> ingest_with(const Engine& engine, const IngestRequest& request,
                                    std::optional<Format> format) {
  const std::filesystem::path& temp = request.temp_folder;
  for (const std::filesystem::path& made : {request.output, request.rejects_output}) {
    if (std::filesystem::exists(made)) {
      return fail(Errc::internal, Code::output_exists,
                  "There is a file at the output path already.");
    }
  }
  ScopedPath output_cleanup(request.output);
  ScopedPath rejects_cleanup(request.rejects_output);

  TRY_ASSIGN(PreparedSource prepared, prepare_source(request, format, temp));
  TRY(check_used(request.options, name_of(prepared.format)));
  TRY_ASSIGN(Table table, write_any(prepared, engine, temp));
  TRY(check_names(table.columns));
  TRY(write_rejects(engine, table.rejects, request.rejects_output));
  IngestedRecords result;
  TRY_ASSIGN(result.ingested, look_back(prepared, engine, table));
  result.name = std::move(table.fields.name);
  result.description = std::move(table.fields.description);
  output_cleanup.release();
  rejects_cleanup.release();
  return result;
}

namespace {

Result<IngestedRecords> ingest_as(IngestRequest request, std::optional<Format> format) {
  const std::filesystem::path temp = request.temp_folder / ("ingest-" + new_uuid_v7());
  TRY(create_folders(temp));
  const ScopedPath temp_cleanup(temp);
  request.temp_folder = temp;
  const Engine engine(duckdb::job_settings({request.memory_bytes, request.threads, temp.string()}),
                      request.stop, request.room);
  return ingest_with(engine, request, format);
}

}  // namespace

Result<Ingested> ingest_file(const IngestRequest& request) {
  TRY_ASSIGN(IngestedRecords done, ingest_as(request, std::nullopt));
  return std::move(done.ingested);
}

Result<IngestedRecords> ingest_records(const IngestRequest& request) {
  return ingest_as(request, Format::records);
}

}  // namespace sluice::ingest
