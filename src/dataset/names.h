#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/dataset.h"

namespace sluice {

// Names that are stored, and stand in lakehouses: what these functions give for an input must never
// change, but where two of them are one name in a lakehouse (docs/decisions/0017). Pure.

/// Unity Catalog allows 255; room is left for `_clean`, `_quarantine` and a numbered suffix.
inline constexpr std::size_t table_name_bytes_max = 200;
/// Unity Catalog allows 255 characters; so many bytes are never more, however they are counted.
inline constexpr std::size_t column_name_bytes_max = 255;

bool is_tenant_id(std::string_view text);

/// "Revenue Q1 2025" → `revenue_q1_2025`: lower case, runs of other characters to one `_`, `t_`
/// before a digit, `dataset` where nothing is left. Not yet unique: the metadata store sees to
/// that.
std::string table_name_from(std::string_view dataset_name);

/// `catalog_tenant_{id}`.
std::string catalog_name(const TenantId& tenant);
/// `catalog_tenant_x.bronze.{table}` and `catalog_tenant_x.silver.{table}_clean`.
std::string bronze_name(const TenantId& tenant, std::string_view table_name);
std::string silver_name(const TenantId& tenant, std::string_view table_name);
/// The parts of a table's name as one text: `catalog.schema.table`, or as many as there are.
std::string dotted_name(const std::vector<std::string>& parts);

/// Headers → Parquet and bronze names: blank ones become `column_N`, characters that Delta forbids
/// (` ,;{}()\n\t=`) and ASCII's control characters become `_`, too long ones are cut, and names
/// that are the same (name_key.h) get `_2`, `_3`.
std::vector<std::string> bronze_column_names(const std::vector<std::string>& headers);

/// Headers → snake_case for silver (`OrderID` → `order_id`, `Größe` → `größe`), without what does
/// not show, unique in the same way.
std::vector<std::string> silver_column_names(const std::vector<std::string>& headers);

}  // namespace sluice
