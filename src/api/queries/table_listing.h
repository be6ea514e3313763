#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "metadata/store.h"
#include "query/request.h"

namespace sluice::api {

/// Datasets that a query lists; each is two tables and most often two more in the lakehouse.
inline constexpr std::size_t listed_datasets_max = 10'000;
/// Of the names and types that are listed.
inline constexpr std::size_t listed_bytes_max = std::size_t{8} << 20U;

/// What a query over all that the tenant owns may name, and nothing else: for SHOW TABLES and
/// information_schema. Their columns only where they are asked for. From the metadata: no file is
/// opened. Errors: `query_too_large`; the store's.
Result<std::vector<query::ListedTable>> listed_tables(const metadata::Store& store,
                                                      const TenantId& tenant, bool has_columns);

}  // namespace sluice::api
