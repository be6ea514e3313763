#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/context.h"
#include "lakehouse/medallion/plan.h"
#include "query/query.h"

namespace sluice::api {

/// `dataset` (as it came, original headers) and `dataset_clean` (silver's plan applied) over one
/// Parquet file; or `{name}` and `{name}_clean`.
std::vector<query::TableSource> dataset_tables(const query::DataFile& parquet,
                                               const std::vector<Column>& columns,
                                               const lakehouse::medallion::Plan& plan,
                                               const std::string& name = "dataset");
/// `dataset_rejects`: line, reason, detail, raw.
query::TableSource rejects_table(const query::DataFile& parquet);
/// The same where there are none.
query::TableSource no_rejects_table();

/// The SELECT list that gives the Parquet's columns their original headers back. A header that is
/// blank, or is there twice without regard to case, keeps its unique Parquet name.
std::string original_headers_select(const std::vector<Column>& columns);

/// What may be a table's name in the SQL: each run of letters, digits and `_`, lower case, once.
/// Error: `query_too_large` above 4,000.
Result<std::vector<std::string>> words_of(std::string_view sql);

/// The tenant's lakehouse tables whose names occur in the SQL: what the query may see at most.
std::vector<query::TableSource> lakehouse_tables(
    const std::vector<metadata::LakehouseTable>& catalogue, std::string_view sql);

/// What to try where the tenant has no table of the name that begins at `position` of the SQL:
/// those of its tables whose names are near, else some of them.
std::string table_hint(const metadata::Store& store, const TenantId& tenant,
                       const std::vector<metadata::LakehouseTable>& catalogue, std::string_view sql,
                       TextPosition position);

}  // namespace sluice::api
