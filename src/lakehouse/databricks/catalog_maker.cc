#include "lakehouse/databricks/catalog_maker.h"

#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

std::string by_hand(const std::string& name) {
  return "Make the catalog " + name +
         " in Catalog Explorer (Create catalog, with default storage or a storage location) and "
         "grant USE CATALOG and CREATE SCHEMA on it to our principal; or set "
         "DATABRICKS_ISOLATION=schema and DATABRICKS_CATALOG to a catalog that there is, such as "
         "workspace; or set DATABRICKS_CATALOG_STORAGE_ROOT to a folder of an external location "
         "(docs/databricks.md). Then sync again.";
}

}  // namespace

Result<bool> CatalogMaker::make_by_statement(const std::string& name, const std::string& comment,
                                             const std::stop_token& stop, CallCount& calls,
                                             StatementCount& statements) {
  Statement statement;
  statement.sql = "CREATE CATALOG IF NOT EXISTS " + quoted_name(name) + " COMMENT " +
                  medallion::databricks_literal(comment);
  statement.doing = "Making the catalog " + name;
  statement.tags = {{"app", "sluice"}, {"step", "catalog"}};
  statement.stop = stop;
  TRY(warehouse_.run(statement, calls, statements));
  return true;
}

Result<bool> CatalogMaker::make(const std::string& name, const std::string& comment,
                                const std::stop_token& stop, CallCount& calls,
                                StatementCount& statements) {
  const std::string root = connection_.catalog_storage_root.empty()
                               ? std::string()
                               : connection_.catalog_storage_root + "/" + name;
  const Result<bool> made = catalog_.create_catalog(name, comment, root, stop, calls);
  if (made) return *made;
  Error error = made.error();
  if (error.code == Code::databricks_permission) {
    error.remedy = "Have an administrator make it (CREATE CATALOG " + quoted_name(name) +
                   ") and grant USE CATALOG and CREATE SCHEMA on it to our principal, or grant "
                   "CREATE CATALOG ON METASTORE" +
                   (root.empty() ? "" : " and CREATE MANAGED STORAGE on the external location") +
                   "; then sync again.";
  }
  if (error.code != Code::databricks_catalog_storage) return fail(std::move(error));
  const Result<bool> stated = make_by_statement(name, comment, stop, calls, statements);
  if (stated) return *stated;
  // Busy, starting or cancelled, the statement may do it yet; a wrong warehouse fails every other
  // statement too. Neither is the catalog's trouble.
  const ErrorCode& why = stated.error().code;
  if (why != Code::databricks_catalog_storage && why != Code::databricks_permission &&
      why != Code::databricks_bug) {
    return fail(stated.error());
  }
  error.detail += " A statement fails likewise: " + stated.error().detail;
  error.remedy = by_hand(name);
  return fail(std::move(error));
}

}  // namespace sluice::lakehouse::databricks
