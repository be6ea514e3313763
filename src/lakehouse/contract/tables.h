#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "dataset/dataset.h"
#include "dataset/sync_cost.h"
#include "wire/dataset_forms.h"

// What a sync asks of a lakehouse and what it is told: values that the worker, the MCP tools and
// the port share, each with its one JSON form.

namespace sluice::lakehouse {

/// Which content of which dataset goes where. Every step repeats harmlessly for the same (dataset,
/// version, sha256).
struct TableRequest {
  TenantId tenant = {};
  std::string dataset_id = {};
  std::int64_t version = 0;
  std::string sha256 = {};  ///< Of the Parquet file.
  std::string table_name = {};
  std::vector<Column> columns = {};  ///< Of the Parquet file.
  /// Make the table anew though it says that it holds this content: what a resync by hand asks for.
  bool rebuild = false;
  /// The want that the call carries, by its place in the order of all wants and the time it was
  /// asked for; 0: not known. A call whose want is behind, by both, of one that worked on these
  /// tables already is late, and refused (`newer_want_carried`). By both, for after a restore of
  /// older metadata the orders begin again further back.
  std::int64_t order = 0;
  Micros asked_at_us = 0;

  // Of this call only, and not in the JSON.
  std::stop_token stop = {};  ///< Ends the work with `cancelled`, within about a second.
  SyncCost* cost = nullptr;   ///< What the step took is added, also where it fails.
};

constexpr auto wire_fields(const TableRequest*) {
  using T = TableRequest;
  return std::tuple(
      wire::field("tenant_id", &T::tenant, "Owner; part of the catalog's name."),
      wire::field("dataset_id", &T::dataset_id, "The dataset's UUID."),
      wire::field("version", &T::version, "Version of the dataset, from 1."),
      wire::field("sha256", &T::sha256, "Of the Parquet file, lower-case hex."),
      wire::field("table_name", &T::table_name, "Name of the bronze table; silver adds _clean."),
      wire::field("columns", &T::columns, "Columns of the Parquet file."),
      wire::optional_field("rebuild", &T::rebuild,
                           "Make the table anew even if it holds this version already."),
      wire::optional_field("order", &T::order, "Place of the sync in the order of all."),
      wire::optional_field("asked_at_us", &T::asked_at_us,
                           "When it was asked for, in microseconds since 1970."));
}

/// One table after a step.
struct TableState {
  std::string table;      ///< Three-part name.
  std::string kind;       ///< `external` or `managed`.
  std::string location;   ///< Folder or URL.
  std::string data_file;  ///< The one Parquet file of the current version, relative to `location`.
  std::int64_t row_count = 0;
  std::string file_sha256;      ///< Of data_file, where that is on this machine and known.
  std::vector<Column> columns;  ///< Without bronze's `_batch`, which is `version` in every row.
  std::int64_t version = 0;     ///< Of the dataset, as requested.
  std::string sha256;           ///< Of the Parquet file that was requested.
  std::optional<std::string> warning = {};  ///< What somebody should do, though the table is right.
};

constexpr auto wire_fields(const TableState*) {
  using T = TableState;
  return std::tuple(
      wire::field("table", &T::table, "Three-part name."),
      wire::field("kind", &T::kind, "external or managed."),
      wire::field("location", &T::location, "Folder or URL."),
      wire::field("data_file", &T::data_file,
                  "Its Parquet file, relative to the location; empty where there is no one file."),
      wire::field("row_count", &T::row_count, "Rows of the table."),
      wire::optional_field("file_sha256", &T::file_sha256, "Of the data file; empty: not known."),
      wire::field("columns", &T::columns, "Columns of the table, without _batch."),
      wire::optional_field("version", &T::version, "Version of the dataset that it holds."),
      wire::optional_field("sha256", &T::sha256, "Of the Parquet file that it was made of."),
      wire::optional_field("warning", &T::warning,
                           "What somebody should do, though the table is right."));
}

/// What making silver came to: bronze rows = silver rows + rows_quarantined + duplicates_removed.
struct SilverState {
  TableState silver;
  std::optional<TableState> quarantine;  ///< Only where rows were left out.
  std::int64_t rows_quarantined = 0;
  std::int64_t duplicates_removed = 0;
};

constexpr auto wire_fields(const SilverState*) {
  using T = SilverState;
  return std::tuple(
      wire::embedded(&T::silver),
      wire::field("rows_quarantined", &T::rows_quarantined, "Rows that the plan could not cast."),
      wire::field("duplicates_removed", &T::duplicates_removed, "Of duplicate rows one stays."),
      wire::optional_field("quarantine", &T::quarantine, "The table of rows that were left out."));
}

}  // namespace sluice::lakehouse
