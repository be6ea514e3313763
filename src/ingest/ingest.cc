#include "ingest/ingest.h"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "duckdb/database.h"
#include "duckdb/parquet_options.h"
#include "ingest/bytes/archive.h"
#include "ingest/bytes/byte_choices.h"
#include "ingest/bytes/decode.h"
#include "ingest/bytes/encoding_decision.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/bytes/other_formats.h"
#include "ingest/bytes/twice_decoded.h"
#include "ingest/bytes/unpacked_file.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::ingest {
namespace {

/// Enough to see past blank lines to the first character that tells JSON from CSV.
constexpr std::size_t sniffed_bytes = 64U << 10;

/// A source as its readers want it: text unpacked and in UTF-8, in a temporary file if need be.
struct Prepared {
  IngestRequest request;
  Format format = Format::records;
  Compression compression = Compression::none;
  std::string encoding = "utf-8";                     ///< Empty where the format has none.
  std::string member_note;                            ///< Of what came out of an archive.
  std::string text_note;                              ///< Of its encoding.
  std::optional<EncodingDecision> encoding_decision;  ///< Where the bytes did not say it.
  StructureDecision decision;
};

/// `wanted` bytes from the start, or all there are.
Result<std::string> head_of(const IngestRequest& request) {
  TRY_ASSIGN(const SourceFile file,
             SourceFile::open(request.source, request.arrival, request.stop));
  std::string head(sniffed_bytes, '\0');
  TRY_ASSIGN(const std::size_t size, file.read_at(0, head.data(), head.size()));
  head.resize(size);
  return head;
}

Result<void> wait_until_complete(IngestRequest& request) {
  if (request.arrival) TRY(request.arrival->wait_for(UINT64_MAX, request.stop));
  request.arrival = nullptr;
  return {};
}

/// Unpacks what is packed with gzip, zstd, bzip2 or xz, once.
Result<void> inflate(Prepared& prepared, const std::filesystem::path& to, std::string& head) {
  const Compression compression = sniff_compression(head);
  if (compression == Compression::none) return {};
  if (prepared.compression == Compression::none) prepared.compression = compression;
  TRY(wait_until_complete(prepared.request));
  const IngestRequest& request = prepared.request;
  TRY(inflate_file(request.source, to, compression,
                   {std::nullopt, request.room, request.text_bytes_max, request.is_beginning},
                   request.stop));
  prepared.request.source = to;
  TRY_ASSIGN(head, head_of(prepared.request));
  return {};
}

Error whole_file_needed(const std::string& what) {
  return {Errc::unprocessable, Code::whole_file_needed,
          what + " cannot be read from its beginning alone.", "Send the whole file."};
}

/// Leaves of a text what is wanted of it.
Result<void> take_beginning(Prepared& prepared, const std::filesystem::path& temp) {
  IngestRequest& request = prepared.request;
  if (!request.text_bytes_max) return {};
  TRY_ASSIGN(const Head head,
             read_head(request.source, static_cast<std::size_t>(*request.text_bytes_max)));
  if (head.whole) return {};
  const std::filesystem::path beginning = temp / "beginning";
  TRY_ASSIGN(UnpackedFile file, UnpackedFile::create(beginning, {std::nullopt, request.room}));
  TRY(file.write(head.bytes.data(), head.bytes.size(), head.bytes.size()));
  request.source = beginning;
  request.is_beginning = true;
  return {};
}

/// Takes the table out of a zip or tar archive, once. Workbooks stay as they are.
Result<void> open_archive(Prepared& prepared, const std::filesystem::path& temp,
                          std::string& head) {
  const bool is_zip = head.starts_with("PK\x03\x04");
  if (!is_zip && !is_tar(head)) return {};
  if (prepared.request.is_beginning) return fail(whole_file_needed("An archive"));
  const ArchiveKind kind = is_zip ? ArchiveKind::zip : ArchiveKind::tar;
  TRY(wait_until_complete(prepared.request));
  Result<std::vector<ArchiveMember>> members = archive_members(prepared.request.source, kind);
  // Whoever reads workbooks says more of one that is damaged, or of too many parts.
  if (!members && is_zip) return {};
  if (!members) return fail(std::move(members).error());
  if (is_zip && is_workbook(*members)) return {};
  const IngestRequest& request = prepared.request;
  TRY_ASSIGN(ChosenMember chosen, choose_member(*members, kind, request.options.member));
  const std::filesystem::path member = temp / "member";
  TRY(extract_member(request.source, kind, chosen.index, member, {std::nullopt, request.room},
                     request.stop));
  prepared.member_note = std::move(chosen.note);
  prepared.decision.push_back(member_choice(*members, chosen.index, request.options));
  prepared.request.source = member;
  TRY_ASSIGN(head, head_of(prepared.request));
  TRY(inflate(prepared, temp / "unpacked-member", head));
  if (!is_tar(head)) return {};
  return fail(Errc::unprocessable, Code::unsupported_format,
              "The archive holds another archive, not a table that Sluice reads.",
              "Unpack it and upload the table inside.");
}

Result<void> transcode(Prepared& prepared, const std::filesystem::path& temp) {
  TRY(wait_until_complete(prepared.request));
  const std::filesystem::path text = temp / "utf-8";
  const IngestRequest& request = prepared.request;
  TRY(transcode_file(request.source, text, prepared.encoding, request.room, request.stop,
                     request.is_beginning));
  prepared.request.source = text;
  return {};
}

Result<Prepared> prepare(const IngestRequest& request, std::optional<Format> format,
                         const std::filesystem::path& temp) {
  Prepared prepared;
  prepared.request = request;
  if (request.packed_from) {
    const std::filesystem::path original = temp / "original";
    TRY(inflate_file(request.source, original, Compression::zstd,
                     {request.packed_from, request.room}, request.stop));
    prepared.request.source = original;
  }
  TRY_ASSIGN(std::string head, head_of(prepared.request));
  TRY(inflate(prepared, temp / "unpacked", head));
  if (format) {
    prepared.format = *format;
    TRY(wait_until_complete(prepared.request));
    return prepared;
  }
  TRY(open_archive(prepared, temp, head));
  if (prepared.member_note.empty() && !request.options.member.empty()) {
    return fail(Errc::unprocessable, Code::option_unused,
                "The option member says nothing about a file that is no archive.", "Leave it out.");
  }
  // Numbers in a binary file may look like letters of UTF-16.
  if (other_binary_format(head)) TRY(sniff_format(head, request.hint));
  prepared.encoding =
      request.options.encoding.empty() ? sniff_encoding(head) : lowered(request.options.encoding);
  // UTF-16 is told from a spreadsheet or Parquet by its own mark; a name given by the user only
  // holds for text.
  if (prepared.encoding == "utf-8" || !request.options.encoding.empty()) {
    const Result<Format> sniffed = sniff_format(head, request.hint);
    if (sniffed && (*sniffed == Format::excel || *sniffed == Format::parquet)) {
      prepared.format = *sniffed;
      prepared.encoding.clear();
      if (request.is_beginning) {
        return fail(whole_file_needed(*sniffed == Format::excel ? "A workbook" : "A Parquet file"));
      }
      TRY(wait_until_complete(prepared.request));
      return prepared;
    }
    if (prepared.encoding == "utf-8") {
      if (!sniffed) return fail(sniffed.error());
      prepared.format = *sniffed;
    }
  }
  TRY(take_beginning(prepared, temp));
  if (prepared.encoding != "utf-8") {
    TRY(transcode(prepared, temp));
    TRY_ASSIGN(head, head_of(prepared.request));
    TRY_ASSIGN(prepared.format, sniff_format(head, request.hint));
  }
  prepared.text_note = twice_decoded_note(head);
  if (prepared.format != Format::csv) TRY(wait_until_complete(prepared.request));
  return prepared;
}

Result<Table> write_table(const Prepared& prepared, const Engine& engine,
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

/// Decides what text that is not UTF-8 is, and makes it UTF-8.
Result<void> transcode_undeclared(Prepared& prepared, const std::filesystem::path& temp) {
  TRY(wait_until_complete(prepared.request));
  const IngestRequest& request = prepared.request;
  TRY_ASSIGN(const EncodingDecision decision,
             decide_encoding(request.source, request.stop, request.is_beginning));
  const std::filesystem::path text = temp / "utf-8";
  TRY_ASSIGN(prepared.encoding, transcode_file(request.source, text, decision.names, request.room,
                                               request.stop, request.is_beginning));
  prepared.text_note = encoding_note(decision);
  prepared.encoding_decision = decision;
  prepared.request.source = text;
  return {};
}

/// The same, and once more where the text turns out to be of another encoding than UTF-8.
Result<Table> write_any(Prepared& prepared, const Engine& engine,
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
StructureDecision decision_of(const Prepared& prepared, Table& table) {
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

/// Reads the Parquet file back: its rows are those of the source, and silver's plan follows from
/// it.
Result<Ingested> look_back(const Prepared& prepared, const Engine& engine, Table& table) {
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
  TRY_ASSIGN(duckdb::QueryResult described, engine.query("DESCRIBE SELECT * FROM " + relation));
  const auto types = described.rows_as_text();
  lakehouse::medallion::PlanSource source;
  source.delimiter = table.delimiter;
  source.decimal_mark = prepared.request.options.decimal_mark.value_or('\0');
  source.takes_decimal_mark = prepared.format == Format::csv || prepared.format == Format::excel;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (table.columns[i].of_numbers) source.of_numbers.insert(names[i]);
    // Nested types as DuckDB writes them: which names it quotes is its own affair.
    std::string& type = table.columns[i].type;
    if (type.ends_with(']') || type.starts_with("STRUCT(")) type = types.at(i).at(1).value_or(type);
    done.columns.push_back(
        {names[i], headers[i], std::move(type), std::move(table.columns[i].reason)});
  }
  if (engine.stopped()) return fail(cancelled());
  for (const std::string& header : headers) {
    source.null_tokens.push_back(prepared.request.options.null_tokens_of(header));
  }
  TRY_ASSIGN(done.plan,
             lakehouse::medallion::make_plan(*connection, relation, done.columns, source));
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

  TRY_ASSIGN(Prepared prepared, prepare(request, format, temp));
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
