#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "duckdb/database.h"
#include "ingest/type_guess.h"

namespace sluice::ingest {

/// One column of the source on its way into Parquet.
struct CopyColumn {
  std::string source;  ///< Its VARCHAR column in the relation.
  std::string name;    ///< In Parquet.
  TypeGuess guess;     ///< In: from a sample. Out: true of every cell.
};

/// The engine and session of one job, stopped from outside by the token.
struct Engine {
  duckdb::Connection& connection;
  std::stop_token stop;

  /// `cancelled` where the stop came before or during the statement.
  Result<duckdb::QueryResult> query(const std::string& sql) const {
    return connection.query(sql, stop);
  }
};

/// COPY of `relation` (SQL for FROM, all columns VARCHAR) to a Parquet file with each cell cast and
/// checked to print back its text. A cell that does not ends the pass and moves its column to the
/// next type; after `copy_aborts_max` such ends one pass looks at all columns at once, so the
/// number of passes is bounded. Gives the number of rows written. On error the file may exist: the
/// caller removes it.
Result<std::int64_t> checked_copy(const Engine& engine, const std::string& relation,
                                  std::vector<CopyColumn>& columns,
                                  const std::filesystem::path& output);

}  // namespace sluice::ingest
