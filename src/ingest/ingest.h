#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "lakehouse/medallion/plan.h"

namespace sluice::ingest {

/// What a source can be. Found from its content; the names are those of
/// `DatasetVersion::source_format`.
enum class Format {
  csv,      ///< Text with `,` `;` tab or `|` between cells.
  json,     ///< One array of objects.
  ndjson,   ///< Objects one after another.
  records,  ///< The body of POST /ingest: `{"name", "description", "records": [...]}`.
};

std::string_view name_of(Format format);

/// One source to turn into Parquet.
struct IngestRequest {
  std::filesystem::path source;  ///< As uploaded, complete, not changing; never written to.
  std::optional<Format>
      hint;  ///< What the sender says (csv or json); content decides where it can.
  std::filesystem::path
      output;  ///< The Parquet file to make; must not exist. The caller publishes it.
  std::filesystem::path
      temp_folder;  ///< Spill goes into a folder of its own below; removed at the end.
  std::string memory_limit = "512MB";  ///< DuckDB's form.
  int threads = 2;
  std::stop_token stop;  ///< Seen within about a second; the answer is then `cancelled`.
};

/// What came out. rows of the source = row_count = rows in the Parquet file, counted apart and
/// compared.
struct Ingested {
  std::vector<Column> columns;
  std::int64_t row_count = 0;
  std::string source_format;  ///< name_of(Format).
  lakehouse::medallion::Plan plan;
  std::vector<std::string>
      notes;  ///< What was decided about the file, in words: delimiter, header.
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
/// (`csv_ragged_row`, `json_syntax`, `no_columns`, `unsupported_format`, …), `too_large` naming the
/// limit, `cancelled`, `resource_exhausted` for memory, `internal`.
Result<Ingested> ingest_file(const IngestRequest& request);

/// The same for a body `{"name", "description", "records"}`; other fields are refused by pointer.
Result<IngestedRecords> ingest_records(const IngestRequest& request);

}  // namespace sluice::ingest
