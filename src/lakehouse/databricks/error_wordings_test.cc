// Answers as real workspaces word them, and what a person reads then. Of the audit's F8 and section
// 7
// (../shared/databricks/audit.md), and of the stand-in's switches (tests/workspace/ways.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lakehouse/databricks/api_error.h"
#include "lakehouse/databricks/error_rules.h"
#include "lakehouse/databricks/testing/said_error.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::HasSubstr;

struct Wording {
  int status;  ///< 200: of a statement, whose message it is.
  const char* said;
  const char* code;
  const char* remedy;  ///< A part of it.
};

const Wording wordings[] = {
    // F1: no metastore root, by REST and by SQL.
    {400,
     R"({"error_code":"INVALID_STATE","message":"Metastore storage root URL does not exist. Default Storage is enabled in your account. You can use the UI to create a new catalog using Default Storage, or please provide a storage location for the catalog (for example 'CREATE CATALOG myCatalog MANAGED LOCATION '<location-path>')."})",
     "databricks_catalog_storage", "Catalog Explorer"},
    {200,
     "[RequestId=0-1 ErrorClass=INVALID_STATE] Metastore storage root URL does not exist. Default "
     "Storage is enabled in your account.",
     "databricks_catalog_storage", "DATABRICKS_CATALOG_STORAGE_ROOT"},
    // F2, F8f: governed tags.
    {200,
     "[INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN] Column cannot be dropped because it has "
     "one or more governed tags assigned",
     "databricks_governed_tag", "governed tags"},
    {200,
     "[RequestId=0-1 ErrorClass=INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN] Column cannot "
     "be "
     "dropped",
     "databricks_governed_tag", "governed tags"},
    // F4, F8f: a classic warehouse.
    {200,
     "Databricks Default Storage cannot be accessed using Classic Compute. Please use Serverless "
     "compute to access data in Default Storage",
     "databricks_serverless", "serverless SQL warehouse"},
    // F5: secrets of Entra ID; token_source.cc has the longer words.
    {401, R"({"error":"invalid_client","error_description":"Client authentication failed"})",
     "databricks_token", "DATABRICKS_CLIENT_SECRET"},
    {403, R"({"error_code":403,"message":"Invalid access token."})", "databricks_token",
     "DATABRICKS_TOKEN"},
    {401,
     R"({"error_code":401,"message":"Credential was not sent or was of an unsupported type for this API."})",
     "databricks_token", "DATABRICKS_TOKEN"},
    // F8a: a wrong warehouse.
    {400,
     R"({"error_code":"INVALID_PARAMETER_VALUE","message":"0123456789abcdef is not a valid endpoint id."})",
     "databricks_warehouse", "DATABRICKS_WAREHOUSE_ID"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"You do not have permission to use the SQL Warehouse."})",
     "databricks_warehouse", "DATABRICKS_WAREHOUSE_ID"},
    // F8b: IP access lists.
    {403,
     R"({"error_code":403,"message":"Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 1234567890123456"})",
     "databricks_network", "IP access list"},
    // F8d: no Unity Catalog.
    {404,
     R"({"error_code":"METASTORE_DOES_NOT_EXIST","message":"No metastore assigned for the current workspace."})",
     "databricks_metastore", "metastore of Unity Catalog"},
    {400, R"({"error_code":"BAD_REQUEST","message":"No metastore assigned for the workspace"})",
     "databricks_metastore", "metastore of Unity Catalog"},
    // F8e: quotas, and what is like them and passes.
    {400,
     R"({"error_code":"QUOTA_EXCEEDED","message":"Cannot create 1 Schema(s) in Catalog 16e388e4 (estimated count: 1, limit: 1)."})",
     "databricks_quota", "DATABRICKS_ISOLATION=schema"},
    {429,
     R"({"error_code":"RESOURCE_EXHAUSTED","message":"Cannot create 1 Schema(s) in Catalog 16e388e4 (estimated count: 1, limit: 1)."})",
     "databricks_quota", "quota"},
    {200,
     "[RequestId=0-1 ErrorClass=QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED] Cannot create 1 "
     "Table(s) "
     "in Schema 16e388e4 (estimated count: 0, limit: 0).",
     "databricks_quota", "quota"},
    {429, R"({"error_code":"RESOURCE_EXHAUSTED","message":"Too many requests"})", "databricks_busy",
     "tried again"},
    {429, R"({"error_code":"BAD_REQUEST","message":"slow down"})", "databricks_busy",
     "tried again"},
    {200,
     "[RESOURCE_EXHAUSTED.UC_INFORMATION_SCHEMA_PER_METASTORE_DB_RATE_LIMIT_EXCEEDED] Please slow",
     "databricks_busy", "tried again"},
    // F8g: other places.
    {200,
     "[DELTA_TABLE_LOCATION_MISMATCH] The location of the existing table `c`.`b`.`t` is `s3://a`. "
     "It "
     "doesn't match the specified location `s3://b`. SQLSTATE: 42613",
     "databricks_table_place", "Drop the dataset's tables"},
    // F8h: bindings.
    {200,
     "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nExternal Location 'location0' is not "
     "accessible in current workspace SQLSTATE: 42501",
     "databricks_binding", "Bind the catalog or the external location"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"Catalog 'catalog_tenant_default' is not accessible in current workspace"})",
     "databricks_binding", "Bind"},
    // F8i: defects of the warehouse's.
    {200, "[INTERNAL_ERROR] out of luck SQLSTATE: XX000", "databricks_unavailable",
     "again by itself; where it stays, report it to Databricks"},
    {200, "[INTERNAL_ERROR_SHUFFLE] out of luck", "databricks_unavailable", "report it"},
    // F13d, e, f.
    {400,
     R"({"error_code":"INVALID_PARAMETER_VALUE","message":"INVALID_PARAMETER_VALUE.LOCATION_OVERLAP: Input path url 's3://b' overlaps with other external tables"})",
     "databricks_storage", "DATABRICKS_EXTERNAL_LOCATION"},
    {200, "PERMISSION_DENIED: User does not have MANAGE on Table 'c.bronze.orders'.",
     "databricks_permission", "grant it MANAGE"},
    {200, "[DELTA_DUPLICATE_COLUMNS_FOUND] Found duplicate column(s): ä. SQLSTATE: 42711",
     "databricks_columns", "Rename one of the two columns"},
    // Uploads in parts that are switched off: the caller sends the file whole.
    {400, R"({"error_code":"PERMISSION_DENIED","message":"Presigned URLs API is not enabled"})",
     "databricks_feature", "switched on"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"User does not have CREATE EXTERNAL TABLE on External Location 'l'."})",
     "databricks_storage", "grants on it"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"User does not have CREATE CATALOG on Metastore 'm'."})",
     "databricks_permission", "docs/databricks.md has the statements"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"This API is disabled for users without the databricks-sql-access entitlement"})",
     "databricks_permission", "entitlements"},
    {404,
     R"({"error_code":"ENDPOINT_NOT_FOUND","message":"No API found for 'GET /unity-catalog'"})",
     "databricks_host", "DATABRICKS_HOST"},
    {400, R"({"error_code":"BAD_REQUEST","message":"Could not find principal with name x"})",
     "databricks_absent", "sync again"},
    {404, R"({"error_code":"PRINCIPAL_DOES_NOT_EXIST","message":"Could not find principal"})",
     "databricks_absent", "sync again"},
    {403, R"({"error_code":"FEATURE_DISABLED","message":"Volumes are off"})", "databricks_feature",
     "switched on"},
    {400, R"({"error_code":"INVALID_STATE","message":"The catalog is being deleted"})",
     "databricks_state", "Catalog Explorer"},
    {400, R"({"error_code":"MALFORMED_REQUEST","message":"unknown field"})", "databricks_bug",
     "report it"},
    {503, "<html><title>Service Unavailable</title></html>", "databricks_unavailable",
     "tried again"},
    {500, R"({"error_code":"PERMISSION_DENIED","message":"x"})", "databricks_unavailable",
     "tried again"},
    {200, "Cluster 0-1 was terminated. Reason: AZURE_QUOTA_EXCEEDED_EXCEPTION (CLIENT_ERROR)",
     "databricks_warehouse_start", "Look at the warehouse"},
    // Of the same kinds, in other words.
    {403, R"({"error_code":403,"message":"Unauthorized network access to workspace: 123"})",
     "databricks_network", "IP access list"},
    {403, R"({"error_code":403,"message":"Invalid access to Org: 123"})", "databricks_host",
     "private link"},
    {403, R"({"message":"Personal access tokens are disabled for this workspace"})",
     "databricks_token", "DATABRICKS_CLIENT_ID"},
    {400,
     R"({"error_code":"INVALID_PARAMETER_VALUE","message":"Catalog 'c' is not bound to workspace 1"})",
     "databricks_binding", "Bind"},
    {400,
     R"({"error_code":"RESOURCE_EXHAUSTED","message":"Reached the maximum number of tables (10000) in schema 's'"})",
     "databricks_quota", "quota"},
    {429,
     R"({"error_code":"RESOURCE_EXHAUSTED","message":"Exceeded the quota of 10 requests per second"})",
     "databricks_busy", "tried again"},
    {200, "Operation on Default Storage is not supported on Classic Compute",
     "databricks_serverless", "serverless"},
    {200, "Cannot replace the table: it has a row filter", "databricks_masked", "exempt"},
    {200, "The statement was cancelled since it passed STATEMENT_TIMEOUT",
     "databricks_statement_deadline", "STATEMENT_TIMEOUT"},
    {403, R"({"error_code":"PERMISSION_DENIED","message":"Your Free Edition usage is used up"})",
     "databricks_quota", "Free Edition"},
    {200, "AmazonS3Exception: Access Denied; request: PUT s3://b", "databricks_storage",
     "storage credential"},
    {200, "This request is not authorized to perform this operation., 403, PUT, abfss://x",
     "databricks_storage", "firewall"},
};

TEST(ErrorWordings, EachHasItsCodeAndItsRemedy) {
  for (const Wording& wording : wordings) {
    SCOPED_TRACE(wording.said);
    const Error error = error_of_said(wording.status, wording.said);
    EXPECT_EQ(error.code, wording.code);
    EXPECT_THAT(error.remedy, HasSubstr(wording.remedy));
  }
  std::cout << "  " << std::size(wordings) << " wordings\n";
}

TEST(ErrorWordings, ARedirectIsAnotherPage) {
  http::ClientResponse response;
  response.status = 302;
  response.headers.set("Location", "/login.html?error=private-link-validation-error:123");
  EXPECT_THAT(to_error(api_error_of(response), "Doing").remedy, HasSubstr("private link"));
  response.headers.set("Location", "/login.html?next_url=x");
  EXPECT_THAT(to_error(api_error_of(response), "Doing").remedy,
              HasSubstr("DATABRICKS_WORKSPACE_ID"));
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
