#pragma once

#include <string>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

// render_duckdb.h in Databricks' SQL: the same rows, cell by cell. `relation` is bronze, quoted.

std::string databricks_silver_select(const Plan& plan, const std::string& relation);
std::string databricks_quarantine_select(const Plan& plan, const std::string& relation);
std::string databricks_quarantine_count(const Plan& plan, const std::string& relation);

}  // namespace sluice::lakehouse::medallion
