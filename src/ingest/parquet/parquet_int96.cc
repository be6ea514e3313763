#include "ingest/parquet/parquet_int96.h"

namespace sluice::ingest {

std::vector<bool> columns_with_int96(const ParquetFooter& footer) {
  std::vector<bool> has_int96;
  for (const ParquetNode& node : footer.nodes) {
    if (node.depth == 2) has_int96.push_back(false);
    if (node.depth > 1 && node.is_int96) has_int96[node.column] = true;
  }
  return has_int96;
}

std::string int96_loses_digits_sql(const std::string& cell_sql) {
  const auto part = [&](const char* name) {
    return "extract(" + std::string(name) + " FROM " + cell_sql + ")";
  };
  const std::string low = "(" + part("year") + " * 12 + " + part("month") + ")";
  return "(" + part("day") + " * 4294967296 + " + low + " + CASE WHEN " + low +
         " < 0 THEN 4294967296 ELSE 0 END) % 1000 <> 0";
}

}  // namespace sluice::ingest
