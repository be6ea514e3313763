#include "lakehouse/databricks/table_guards.h"

#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {

Result<void> check_read_in_full(const CatalogTable& table, Layer layer, bool is_exempt) {
  if (is_exempt) return {};
  std::string guards;
  if (!table.row_filter.empty()) guards = "the row filter " + table.row_filter;
  if (layer == Layer::bronze) {
    for (const CatalogColumn& column : table.columns) {
      if (column.mask.empty()) continue;
      guards += (guards.empty() ? "" : ", ") + ("the mask " + column.mask) + " on the column " +
                column.name;
    }
  }
  if (guards.empty()) return {};
  return fail(Errc::permission_denied, Code::databricks_masked,
              table.full_name + " has " + guards +
                  ": what our principal reads of it may be less than it holds, and silver would be "
                  "made of that.",
              "Exempt our principal (EXCEPT in the policy, or a condition in the function) and set "
              "DATABRICKS_EXEMPT_FROM_MASKS=true; or take it off this table: masks on silver are "
              "kept and disturb nothing. Then sync again.");
}

}  // namespace sluice::lakehouse::databricks
