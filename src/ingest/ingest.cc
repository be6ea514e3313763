#include "ingest/ingest.h"

#include <system_error>
#include <utility>

#include "base/ids.h"
#include "dataset/names.h"
#include "duckdb/database.h"
#include "ingest/checked_copy.h"
#include "ingest/limits.h"
#include "ingest/piecewise.h"
#include "ingest/sniff.h"
#include "ingest/sources.h"
#include "lakehouse/medallion/plan_maker.h"

namespace sluice::ingest {
namespace {

/// Enough to see past blank lines to the first character that tells JSON from CSV.
constexpr std::size_t sniffed_bytes = 64U << 10;

/// Removes what it names unless told to keep it.
class Cleanup {
 public:
  explicit Cleanup(std::filesystem::path path) : path_(std::move(path)) {}
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  ~Cleanup() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  void keep() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

Error count_error(std::int64_t read, std::int64_t written) {
  return Error{Errc::data_loss, "row_count_mismatch",
               "The source has " + std::to_string(read) + " rows, the Parquet file " +
                   std::to_string(written) + "; the file is thrown away.",
               "This is a defect of Sluice: please report it with the file."};
}

/// DuckDB's reader objecting to what ours let pass: its first line tells what and where.
Error as_content_error(Error error) {
  if (error.kind != Errc::unprocessable) return error;
  error.code = "source_unreadable";
  error.detail = error.detail.substr(0, error.detail.find("\n\n"));
  error.remedy = "Look at that line; export the file again as UTF-8 CSV.";
  return error;
}

void name_columns(Source& source) {
  const std::vector<std::string> names = bronze_column_names(source.headers);
  for (std::size_t i = 0; i < names.size(); ++i) source.columns[i].name = names[i];
}

/// Reads the Parquet file back: its rows are those of the source, and silver's plan follows from
/// it.
Result<Ingested> look_back(const IngestRequest& request, const Engine& engine, Format format,
                           Source& source, std::int64_t written) {
  TRY_ASSIGN(const FileDescriptor parquet, open_file(request.output));
  const std::string relation =
      "read_parquet(" + quote_literal(path_of(parquet)) + ", hive_partitioning=false)";
  TRY_ASSIGN(const std::int64_t stored,
             engine.connection.query_int("SELECT count(*) FROM " + relation));
  if (stored != source.rows || written != source.rows)
    return fail(count_error(source.rows, stored));
  Ingested done;
  done.row_count = stored;
  done.source_format = name_of(format);
  done.notes = std::move(source.notes);
  for (std::size_t i = 0; i < source.columns.size(); ++i) {
    const CopyColumn& column = source.columns[i];
    done.columns.push_back(
        {column.name, source.headers[i], column.guess.type(), column.guess.reason()});
  }
  if (engine.stop.stop_requested()) return fail(cancelled());
  TRY_ASSIGN(done.plan, lakehouse::medallion::make_plan(engine.connection, relation, done.columns));
  return done;
}

Result<IngestedRecords> ingest_as(const IngestRequest& request, Format format) {
  const std::filesystem::path temp = request.temp_folder / ("ingest-" + new_uuid_v7());
  TRY(create_folders(temp));
  const Cleanup temp_cleanup(temp);
  if (std::filesystem::exists(request.output)) {
    return fail(Errc::internal, "output_exists", "There is a file at the output path already.");
  }
  Cleanup output_cleanup(request.output);

  TRY_ASSIGN(duckdb::Database database, duckdb::Database::open(duckdb::job_settings(
                                            request.threads, request.memory_limit, temp.string())));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  const Engine engine{connection, request.stop};
  // Instants are printed back in the zone they are checked against.
  TRY(engine.query("SET TimeZone = 'UTC'"));
  TRY_ASSIGN(Source source,
             format == Format::csv ? open_csv(request) : open_json(request, format, engine));
  name_columns(source);
  Result<std::int64_t> written =
      checked_copy(engine, source.relation, source.columns, request.output);
  if (!written) return fail(as_content_error(std::move(written).error()));
  IngestedRecords result;
  TRY_ASSIGN(result.ingested, look_back(request, engine, format, source, *written));
  result.name = std::move(source.fields.name);
  result.description = std::move(source.fields.description);
  output_cleanup.keep();
  return result;
}

}  // namespace

Result<Ingested> ingest_file(const IngestRequest& request) {
  TRY_ASSIGN(const Head head, read_head(request.source, sniffed_bytes));
  TRY_ASSIGN(const Format format, sniff_format(head.bytes, request.hint));
  TRY_ASSIGN(IngestedRecords done, ingest_as(request, format));
  return std::move(done.ingested);
}

Result<IngestedRecords> ingest_records(const IngestRequest& request) {
  return ingest_as(request, Format::records);
}

}  // namespace sluice::ingest
