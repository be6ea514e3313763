#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sluice {

/// Who owns data. `[a-z0-9_]{1,40}`, since it becomes part of a catalog name; check with
/// is_tenant_id.
struct TenantId {
  std::string value;
  auto operator<=>(const TenantId&) const = default;
};

/// One column as it lies in the Parquet file and in bronze.
struct Column {
  std::string name;      ///< In Parquet and bronze: Delta-safe and unique without regard to case.
  std::string original;  ///< The header as it came; shown by `dataset`, kept as comment.
  std::string type;      ///< DuckDB type text: `BIGINT`, `DECIMAL(9,2)`, `VARCHAR`.
  std::string reason;    ///< Why this type: the rule, and the cell that decided where one did.
};

/// One uploaded content of a dataset. Its Parquet file is written once and never changed.
struct DatasetVersion {
  std::int64_t version = 1;  ///< 1, 2, …; `_batch` in bronze.
  std::string file_name;     ///< One flat name below the datasets folder: `{dataset_id}.parquet`.
  std::string sha256;        ///< Of the Parquet file; what "already synced" is decided by.
  std::int64_t bytes = 0;    ///< Of the Parquet file.
  std::int64_t row_count = 0;
  std::vector<Column> columns;
  std::string silver_plan_json;  ///< lakehouse::medallion::Plan in its JSON form; opaque here.
  std::string source_format;     ///< `csv`, `json`, `ndjson`, `records`, `excel`, `parquet`.
  std::string source_name;       ///< What the client calls the source: a label.
  std::string source_file;  ///< The original beside the Parquet file; empty where it is not kept.
  std::int64_t source_bytes = 0;   ///< As uploaded.
  std::string source_sha256;       ///< As uploaded; empty until it is known.
  std::string packed_sha256;       ///< Of our packed form of it; empty while there is none.
  std::string ingest_json;         ///< How it was read: options, encoding, notes; opaque here.
  std::int64_t rows_rejected = 0;  ///< Rows of the source that are not among row_count.
  std::string rejects_file;        ///< A Parquet file of them; empty where there are none.
  std::string rejects_sha256;      ///< Empty until it is known.
  Micros profiled_at_us = 0;       ///< 0 until its profile is made, which its sync waits for.
  Micros created_at_us = 0;
};

/// A named table that a tenant brought.
struct Dataset {
  std::string id;  ///< UUIDv7.
  TenantId tenant;
  std::string name;
  std::string description;
  std::string table_name;  ///< Unique per tenant, remembered; bronze's name, silver adds `_clean`.
  bool sync_enabled = true;  ///< The dataset's own flag.
  Micros created_at_us = 0;
  Micros updated_at_us = 0;
  DatasetVersion current;  ///< The newest version.
};

}  // namespace sluice
