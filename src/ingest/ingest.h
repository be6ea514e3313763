#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "ingest/bytes/disk_budget.h"
#include "ingest/bytes/source_file.h"
#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::ingest {

/// What a source can be. Found from its content; the names are those of
/// `DatasetVersion::source_format`.
enum class Format {
  csv,      ///< Text with a delimiter between cells.
  json,     ///< One array of objects.
  ndjson,   ///< Objects one after another.
  records,  ///< The body of POST /ingest: `{"name", "description", "records": [...]}`.
  excel,    ///< .xlsx, .xlsb, .xls, .ods.
  parquet,
};

std::string_view name_of(Format format);

/// How far an ingest has come. Written by the ingest, read by anybody.
struct IngestProgress {
  std::atomic<std::int64_t> bytes_read{
      0};  ///< Of the source's text; starts again where all must be read again.
  std::atomic<std::int64_t> rows_read{0};
};

/// One source to turn into Parquet.
struct IngestRequest {
  std::filesystem::path source;  ///< As uploaded, not changing; never written to.
  std::shared_ptr<const Arrival> arrival = nullptr;  ///< Where the source is still being received.
  /// Where whoever stores the source packed it with zstd: its bytes before. It is read, and told
  /// of, as what it was.
  std::optional<std::uint64_t> packed_from;
  /// `source` is only the first bytes of a file. What its end cuts, a row or a record, is left out.
  bool is_beginning = false;
  /// Of a text, once unpacked, only so many bytes from the beginning are read.
  std::optional<std::uint64_t> text_bytes_max;
  std::optional<Format>
      hint;  ///< What the sender says (csv or json); content decides where it can.
  IngestOptions options;
  std::filesystem::path
      output;  ///< The Parquet file to make; must not exist. The caller publishes it.
  std::filesystem::path rejects_output;  ///< Made where there are rejects; must not exist.
  std::filesystem::path
      temp_folder;  ///< Spill goes into a folder of its own below; removed at the end.
  RoomCheck room;   ///< For all that is written: temporary files, spill, output.
  std::uint64_t memory_bytes = 512'000'000;  ///< The engine's.
  int threads = 2;
  std::shared_ptr<IngestProgress> progress = nullptr;
  std::stop_token stop;  ///< Seen within about a second; the answer is then `cancelled`.
};

/// What came out. rows_read = row_count + rows_rejected; rows of our own reader = rows in the
/// Parquet file, counted apart and compared.
struct Ingested {
  std::vector<Column> columns;
  std::int64_t row_count = 0;  ///< In `output`.
  std::int64_t rows_rejected =
      0;  ///< In `rejects_output`: line BIGINT, reason, detail, raw VARCHAR.
  std::int64_t rows_read = 0;
  std::string source_format;  ///< name_of(Format).
  std::string encoding;  ///< `utf-8`, `utf-16le`, `windows-1252`, …; empty where it has none.
  lakehouse::medallion::Plan plan;
  std::string compression;    ///< `none`, `gzip`, `zstd`: what was around the text.
  bool is_beginning = false;  ///< Rows, rejects and types are those of a beginning of the text.
  std::vector<std::string>
      notes;                   ///< What was decided about the file, in words: delimiter, header.
  StructureDecision decision;  ///< The same as fields, with what came next to each.
};

/// A request body's own fields beside its records; empty where absent. Not validated beyond their
/// kind.
struct IngestedRecords {
  std::string name;
  std::string description;
  Ingested ingested;
};

/// Reads `source`, writes `output`. Blocking; thread-safe (each call has an engine of its own). On
/// failure neither output nor temporary file is left. Errors: `unprocessable` for content
/// (`json_syntax`, `no_columns`, `rejects_too_many`, `unsupported_format`,
/// `beginning_too_short`, `whole_file_needed`, …), `too_large` naming
/// the limit, `cancelled`, `resource_exhausted` for memory, `internal`.
Result<Ingested> ingest_file(const IngestRequest& request);

/// The same for a body `{"name", "description", "records"}`; other fields are refused by pointer.
Result<IngestedRecords> ingest_records(const IngestRequest& request);

}  // namespace sluice::ingest
