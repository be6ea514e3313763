#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lakehouse/contract/tables.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::testing {

/// A Parquet file as an ingest leaves it, and silver's plan for it.
struct ParquetRows {
  std::string sha256;
  medallion::Plan plan;
};

/// Makes `path` of a SELECT whose columns these are. Throws where that cannot be.
ParquetRows make_parquet(const std::string& select, const std::vector<Column>& columns,
                         const std::filesystem::path& path);

/// Rows of Parquet files.
std::int64_t count_rows(const std::vector<std::filesystem::path>& files);

}  // namespace sluice::lakehouse::testing
