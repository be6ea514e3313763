#include "lakehouse/databricks/read_back.h"

#include <algorithm>

#include "base/ascii.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

std::vector<CatalogColumn> masked_columns(const CatalogTable& table) {
  std::vector<CatalogColumn> masked;
  std::copy_if(table.columns.begin(), table.columns.end(), std::back_inserter(masked),
               [](const CatalogColumn& column) { return !column.mask.empty(); });
  return masked;
}

/// Equal for equal columns, whatever the order of the rows. Not an exclusive or, in which pairs of
/// equal rows vanish; and not of BIGINT, which would overflow.
std::string digest(const CatalogColumn& column) {
  std::string value = medallion::databricks_identifier(column.name);
  // Maps cannot be hashed.
  if (lowered(column.type).find("map<") != std::string::npos) {
    value = "to_json(named_struct('v', " + value + "))";
  }
  return "sum(CAST(xxhash64(" + value + ") AS DECIMAL(20, 0)))";
}

std::string flag(std::size_t column) { return "same_" + std::to_string(column); }

bool is_batch(const CatalogColumn& column) { return column.name == "_batch"; }

/// One row: `same_rows`, and of each masked column `same_0` and so on.
std::string comparison(const CatalogTable& bronze, const LoadedBronze& loaded) {
  const std::vector<CatalogColumn> masked = masked_columns(bronze);
  std::string flags = "t.row_count = " + std::to_string(loaded.rows);
  if (std::none_of(masked.begin(), masked.end(), is_batch)) {
    flags += " AND t.others = 0";
  }
  flags += " AS same_rows";
  std::string digests;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    const std::string name = "d" + std::to_string(i);
    flags += ", t." + name + " <=> f." + name + " AS " + flag(i);
    digests += (i > 0 ? ", " : "") + digest(masked[i]) + " AS " + name;
  }
  std::string sql =
      "SELECT " + flags + " FROM (SELECT count(*) AS row_count, count_if(`_batch` <> " +
      std::to_string(loaded.version) + ") AS others" + (masked.empty() ? "" : ", " + digests) +
      " FROM " + quoted_name(bronze.full_name) + ") t";
  if (!masked.empty()) sql += " CROSS JOIN (SELECT " + digests + " FROM (" + loaded.select + ")) f";
  return sql;
}

Error not_exempt(const std::string& detail, const std::string& what, const std::string& functions,
                 const std::string& off) {
  return {Errc::permission_denied, Code::databricks_not_exempt,
          detail + ": DATABRICKS_EXEMPT_FROM_MASKS=true is not so, and silver was not made of it.",
          "Exempt our principal from " + functions +
              " (EXCEPT in the policy, or a condition in the function), or take " + what +
              " off (" + off + "). Then sync again."};
}

}  // namespace

bool has_masks(const CatalogTable& bronze) { return !masked_columns(bronze).empty(); }

bool is_guarded(const CatalogTable& bronze) {
  return has_masks(bronze) || !bronze.row_filter.empty();
}

std::string if_read_in_full(const CatalogTable& bronze, const LoadedBronze& loaded,
                            const std::vector<std::string>& statements) {
  const std::string compared = comparison(bronze, loaded);
  std::string all = "same_rows";
  for (std::size_t i = 0; i < masked_columns(bronze).size(); ++i) all += " AND " + flag(i);
  std::string sql = "IF (SELECT " + all + " FROM (" + compared + ")) THEN\n";
  for (const std::string& statement : statements) {
    if (!statement.empty()) sql += statement + ";\n";
  }
  return sql + "ELSE\n" + compared + ";\nEND IF";
}

Result<void> check_read_back(const CatalogTable& bronze, const StatementRows& rows) {
  const auto is_false = [&rows](const std::string& name) {
    const auto found = std::find(rows.columns.begin(), rows.columns.end(), name);
    if (found == rows.columns.end() || rows.rows.empty()) return false;
    const auto at = static_cast<std::size_t>(found - rows.columns.begin());
    return at < rows.rows[0].size() && rows.rows[0][at] != "true";
  };
  std::string columns;
  std::string functions;
  const std::vector<CatalogColumn> masked = masked_columns(bronze);
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (!is_false(flag(i))) continue;
    columns += (columns.empty() ? "" : ", ") + masked[i].name + " (" + masked[i].mask + ")";
    if (functions.find(masked[i].mask) != std::string::npos) continue;
    functions += (functions.empty() ? "" : ", ") + masked[i].mask;
  }
  if (is_false("same_rows")) {
    // The columns differ by that alone.
    if (!bronze.row_filter.empty()) return fail(rows_are_hidden(bronze, -1, -1));
    return fail(Errc::unavailable, Code::bronze_changed,
                bronze.full_name + " has not the rows that were loaded.",
                "Sync the dataset again: sluice sync ID");
  }
  if (!columns.empty()) {
    return fail(
        not_exempt(bronze.full_name +
                       " has masked columns that our principal does not read as loaded: " + columns,
                   "the masks", functions,
                   "ALTER TABLE " + quoted_name(bronze.full_name) + " ALTER COLUMN … DROP MASK"));
  }
  return {};
}

Error rows_are_hidden(const CatalogTable& table, std::int64_t seen, std::int64_t there) {
  std::string count;
  if (there >= 0) count = " (" + std::to_string(seen) + " of " + std::to_string(there) + ")";
  return not_exempt(table.full_name + " has the row filter " + table.row_filter +
                        ", which lets our principal read only some of its rows" + count,
                    "the filter", table.row_filter,
                    "ALTER TABLE " + quoted_name(table.full_name) + " DROP ROW FILTER");
}

}  // namespace sluice::lakehouse::databricks
