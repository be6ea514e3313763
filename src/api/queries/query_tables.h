#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "lakehouse/medallion/silver_plan.h"
#include "metadata/store.h"
#include "query/parsed_statement.h"
#include "query/request.h"
#include "storage/dataset_files.h"

namespace sluice::api {

// A query reads the files that are named here and no others: this is where tenants are kept apart.
// The sources refer to the store and the files, which outlive the query.

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

/// The names that the Parquet's columns have in `dataset`: their original headers. One that is
/// blank, or is there twice without regard to case, keeps its unique Parquet name.
std::vector<std::string> original_headers(const std::vector<Column>& columns);

/// The SELECT list that gives them these names.
std::string original_headers_select(const std::vector<Column>& columns);

/// The dataset's tables under one name: `dataset` in a query of its own, its table name else. That
/// the dataset is the tenant's, the caller has proved (`dataset_of`).
Result<void> add_tables_of(const metadata::Store& store, const storage::DatasetFiles& files,
                           const Dataset& dataset, const std::string& name,
                           std::vector<query::TableSource>& tables);

/// Those of the tenant's tables on this machine that the statement names: datasets by their table
/// names, lakehouse tables by three parts; only what the store finds for `tenant`. A name that is
/// none of them is the worker's to refuse.
Result<std::vector<query::TableSource>> tables_named_by(const metadata::Store& store,
                                                        const storage::DatasetFiles& files,
                                                        const TenantId& tenant,
                                                        const query::ParsedStatement& statement);

/// What to try where the tenant has no table of the name that stands at `position`: those of its
/// tables whose names are near, else some of them.
std::string table_hint(const metadata::Store& store, const TenantId& tenant,
                       const query::ParsedStatement& statement, TextPosition position);

}  // namespace sluice::api
