#include "lakehouse/databricks/table_write.h"

#include <algorithm>

#include "base/ascii.h"
#include "dataset/names.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

/// ``STRUCT<`a b`: BIGINT>`` as the catalog writes it, `struct<a b:bigint>`: small letters but for
/// the names of fields, nothing quoted.
std::string as_in_the_catalog(std::string_view type, bool is_ours) {
  std::string plain;
  bool in_name = false;
  bool after_mark = false;
  for (const char c : type) {
    if (c == '`') {
      in_name = !in_name;
      continue;
    }
    if (c == ' ' && after_mark && !in_name) continue;
    after_mark = c == ':' || c == ',';
    plain += in_name || !is_ours ? c : to_lower(c);
  }
  return plain;
}

bool is_same_type(std::string_view in_catalog, std::string_view ours) {
  // The catalog's may be in capitals; where it has fields their names keep their case.
  const bool has_fields = in_catalog.find('<') != in_catalog.npos;
  return as_in_the_catalog(in_catalog, !has_fields) == as_in_the_catalog(ours, true);
}

/// The comment that keeps a column's header, where the name does not.
std::string comment_of(const Column& column) {
  return column.original == column.name ? std::string() : column.original;
}

/// Whether a column's comment is the header of an earlier file, and not what a person wrote: then
/// it gives the column's name, but for a number that made that unique.
bool was_a_header(const std::string& comment, const std::string& name) {
  for (const std::string& made :
       {bronze_column_names({comment}).front(), silver_column_names({comment}).front()}) {
    const std::string_view rest =
        lowered(name).starts_with(lowered(made)) ? std::string_view(name).substr(made.size()) : "x";
    if (rest.empty()) return true;
    if (rest.size() > 1 && rest[0] == '_' && std::all_of(rest.begin() + 1, rest.end(), is_digit)) {
      return true;
    }
  }
  return false;
}

std::string changed_comments(const CatalogTable& there, const std::vector<Column>& columns) {
  std::string changes;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string wanted = comment_of(columns[i]);
    const std::string& present = there.columns[i].comment;
    if (wanted == present || (wanted.empty() && !was_a_header(present, columns[i].name))) continue;
    changes += (changes.empty() ? "" : ", ") + column_comment(columns[i].name, wanted);
  }
  return changes.empty() ? "" : alter_columns(there.full_name, changes);
}

}  // namespace

Result<bool> has_columns(const CatalogTable& table, const std::vector<Column>& columns) {
  if (table.columns.size() != columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (table.columns[i].name != columns[i].name) return false;
    TRY_ASSIGN(const std::string type, medallion::databricks_type(columns[i]));
    if (!is_same_type(table.columns[i].type, type)) return false;
  }
  return true;
}

Result<std::vector<std::string>> table_write(TableDefinition table,
                                             const std::vector<Column>& columns,
                                             const std::string& select,
                                             const std::optional<CatalogTable>& there) {
  if (there) {
    TRY_ASSIGN(const bool same, has_columns(*there, columns));
    if (same) {
      return std::vector<std::string>{overwrite_table(table.name, select),
                                      changed_comments(*there, columns),
                                      set_properties(table.name, table.properties)};
    }
    table.location = there->kind == "external" ? there->location : std::string();
  }
  return std::vector<std::string>{replace_table(table, select),
                                  column_comments(table.name, columns)};
}

Error explained(Error error, const std::vector<Column>& columns,
                const std::optional<CatalogTable>& there) {
  if (!there) return error;
  if (error.code == Code::databricks_governed_tag) {
    std::string gone;
    for (const CatalogColumn& old : there->columns) {
      const bool stays = std::any_of(columns.begin(), columns.end(),
                                     [&](const Column& column) { return column.name == old.name; });
      if (!stays) gone += (gone.empty() ? "" : ", ") + old.name;
    }
    error.detail += gone.empty() ? " The columns' types or order changed."
                                 : " The new version has no column " + gone + ".";
    error.remedy = "Take the governed tags off " +
                   (gone.empty() ? "the columns" : "the column " + gone) + " of " +
                   there->full_name +
                   " (Catalog Explorer, or ALTER TABLE … ALTER COLUMN … UNSET TAGS), or upload a "
                   "version with the columns of before; then sync again.";
  }
  if (error.code == Code::databricks_permission && !there->owner.empty()) {
    error.detail += " The table belongs to " + there->owner + ".";
    error.remedy = "Where that is not our principal: make it the owner (ALTER TABLE " +
                   quoted_name(there->full_name) +
                   " OWNER TO `principal`), or grant it MANAGE, "
                   "MODIFY and SELECT on the table; else the grants of docs/databricks.md are "
                   "missing. Then sync again.";
  }
  return error;
}

}  // namespace sluice::lakehouse::databricks
