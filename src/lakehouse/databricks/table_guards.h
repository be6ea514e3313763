#pragma once

#include "base/result.h"
#include "lakehouse/databricks/unity_catalog.h"
#include "lakehouse/lakehouse.h"

namespace sluice::lakehouse::databricks {

/// Whether what our principal reads of a table is what the table holds. Row filters and column
/// masks act on the owner too
/// (docs.databricks.com/data-governance/unity-catalog/filters-and-masks); what silver is made of
/// would be less, or redacted, and look right. Of bronze, which is read, both count; of silver and
/// quarantine, whose rows alone are counted, the filter, so that masks may protect them from
/// readers. Whether the function lets our principal through cannot be seen here: `is_exempt` is
/// what the administrator says (DATABRICKS_EXEMPT_FROM_MASKS), and what is then read is compared
/// with what was loaded (read_back.h). Errors: permission_denied (`databricks_masked`).
Result<void> check_read_in_full(const CatalogTable& table, Layer layer, bool is_exempt);

}  // namespace sluice::lakehouse::databricks
