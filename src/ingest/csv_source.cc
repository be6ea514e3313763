#include "dataset/names.h"
#include "ingest/csv_dialect.h"
#include "ingest/csv_scan.h"
#include "ingest/limits.h"
#include "ingest/piecewise.h"
#include "ingest/sniff.h"
#include "ingest/sources.h"

namespace sluice::ingest {
namespace {

/// DuckDB's default of max_line_size.
constexpr std::size_t line_bytes_usual = 2'000'000;

/// Nothing is left to DuckDB's sniffer (facts/duckdb.md: what it loses in silence).
std::string read_csv_sql(const std::string& path, const CsvDialect& dialect,
                         const CsvCount& count) {
  std::string sql =
      "read_csv(" + quote_literal(path) +
      ", auto_detect=false, delim=" + quote_literal(std::string(1, dialect.delimiter)) +
      ", quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, comment='', "
      "strict_mode=true, null_padding=false, ignore_errors=false, compression='none', "
      "hive_partitioning=false, header=" +
      (dialect.has_header ? "true" : "false") +
      // It would take a blank line for the header.
      ", skip=" + std::to_string(count.blank_lines_first);
  if (count.row_bytes_max >= line_bytes_usual) {
    const std::size_t line = count.row_bytes_max + 64;
    sql += ", max_line_size=" + std::to_string(line) + ", buffer_size=" + std::to_string(line * 2);
  }
  sql += ", columns={";
  for (std::size_t i = 0; i < count.columns; ++i) {
    sql += (i == 0 ? "'c" : ", 'c") + std::to_string(i) + "': 'VARCHAR'";
  }
  return sql + "})";
}

std::string_view name_of_delimiter(char delimiter) {
  return delimiter == '\t' ? "tab" : delimiter == ';' ? ";" : delimiter == '|' ? "|" : ",";
}

}  // namespace

Result<Source> open_csv(const IngestRequest& request) {
  TRY_ASSIGN(Head head, read_head(request.source, sample_bytes_max));
  std::string_view text = head.bytes;
  if (text.starts_with(utf8_bom)) text.remove_prefix(utf8_bom.size());

  CsvDialect dialect;
  dialect.delimiter = find_delimiter(text, head.whole);
  TRY_ASSIGN(const CsvCount count, count_csv(request.source, dialect.delimiter, request.stop));
  if (count.columns == 0) {
    return fail(Errc::unprocessable, "no_columns", "The file has no columns.",
                "Upload a file with a header.");
  }
  const std::vector<CsvRow> rows = split_csv(text, dialect.delimiter, sample_rows_max, head.whole);
  if (rows.empty()) {
    return fail(Errc::too_large, "csv_header_too_long",
                "The first row is longer than " + std::to_string(sample_bytes_max) +
                    " bytes (sample_bytes_max).",
                "A quote that is never closed does this too; look at the first line.");
  }
  dialect.has_header = first_row_is_header(rows);

  Source source;
  TRY_ASSIGN(source.file, open_file(request.source));
  source.relation = read_csv_sql(path_of(source.file), dialect, count);
  source.rows = count.rows - (dialect.has_header ? 1 : 0);
  for (std::size_t i = 0; i < count.columns; ++i) {
    source.headers.push_back(dialect.has_header ? rows[0][i].text
                                                : "column_" + std::to_string(i + 1));
    CopyColumn& column = source.columns.emplace_back();
    column.source = "c" + std::to_string(i);
    for (std::size_t r = dialect.has_header ? 1 : 0; r < rows.size(); ++r) {
      const CsvCell& cell = rows[r].at(i);
      if (!cell.is_null()) column.guess.observe(cell.text);
    }
  }
  source.notes.push_back("The delimiter is " + std::string(name_of_delimiter(dialect.delimiter)) +
                         ".");
  source.notes.push_back(dialect.has_header ? "The first row is the header."
                                            : "There is no header: the first row is data.");
  if (count.blank_lines > 0) {
    source.notes.push_back(std::to_string(count.blank_lines) + " blank lines are not rows.");
  }
  return source;
}

}  // namespace sluice::ingest
