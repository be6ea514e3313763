// Of the kinds that error_wordings_test.cc has, in the other forms that they come in: other
// statuses, other words, codes in other letters or none, pages of gates, headers alone. Where a
// form was read somewhere, that stands beside it; the others are of the same make.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lakehouse/databricks/api_error.h"
#include "lakehouse/databricks/error_rules.h"
#include "lakehouse/databricks/testing/said_error.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::HasSubstr;

struct Form {
  int status;  ///< 200: of a statement, whose message it is.
  const char* said;
  const char* code;         ///< Without `databricks_`.
  const char* remedy = "";  ///< A part of it.
};

const char* const again = "tried again by itself";

const Form forms[] = {
    // From where: gates, access lists, private link.
    {403, "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>", "network",
     "A proxy or firewall"},
    {407, "<html><title>Proxy Authentication Required</title></html>", "network", "HTTPS_PROXY"},
    {407, "", "network", "HTTPS_PROXY"},
    {451, "<html><h1>Blocked by your organisation</h1></html>", "network", "A proxy or firewall"},
    {404, "<!DOCTYPE html><html><title>404 Web Site not found</title></html>", "host",
     "DATABRICKS_HOST"},
    {503, "<html><title>403 Forbidden</title></html>", "unavailable", again},
    {401, R"({"message":"Source IP address: 1.2.3.4 is blocked by Databricks IP ACL for account"})",
     "network", "IP access list"},
    {400, R"({"error_code":"INVALID_STATE","message":"Your IP ACL forbids it"})", "network"},
    {403, R"({"error_code":"permission_denied","message":"Source IP 1.2.3.4 is not allowed"})",
     "network", "IP access list"},
    {403, R"({"message":"Access is denied by the network policy of the account"})", "network"},
    {403, R"({"message":"Request denied by context-based ingress policy"})", "network"},
    // A log of Databricks Apps': the body's only field is the header's name.
    {403,
     R"({"X-Databricks-Reason-Phrase":"Public access is not allowed for workspace: 2717931942638877"})",
     "host", "private link"},
    {403, R"({"message":"Private access settings of the account deny this network"})", "host",
     "private link"},
    // Who asks.
    {403, R"({"message":"Personal Access Token authentication is disabled"})", "token"},
    {401,
     R"({"error":{"code":401,"message":"The access token expired","status":"UNAUTHENTICATED"}})",
     "token", "DATABRICKS_TOKEN"},
    {403, R"({"error_code":"403","message":"User 7c1e is not a member of workspace 12"})",
     "permission", "Add our principal to the workspace"},
    {403, R"({"error":{"code":403,"message":"It may not.","status":"PERMISSION_DENIED"}})",
     "permission", "Grant it"},
    {403, R"({"errorCode":"permissionDenied","message":"User lacks it"})", "permission",
     "Grant it"},
    {403, R"({"code":"Permission Denied","message":"User lacks it"})", "permission", "Grant it"},
    {403, R"({"message":"PERMISSION_DENIED: User does not have USE CATALOG"})", "permission",
     "Grant it"},
    {400, R"({"error_code":"BAD_REQUEST","message":"X-Databricks-Workspace-Id must be sent"})",
     "host", "DATABRICKS_WORKSPACE_ID"},
    {501, R"({"error_code":"NOT_IMPLEMENTED","message":"Not yet"})", "feature"},
    {501, "", "feature"},
    // Codes that say nothing.
    {400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"Schema 'c.s' already exists"})",
     "exists"},
    {400, R"({"error_code":"BAD_REQUEST","message":"Catalog 'c' does not exist."})", "absent"},
    // A workspace that is switched off.
    {403, R"({"message":"This workspace is disabled"})", "state", "switch the workspace on"},
    {400, R"({"error_code":"BAD_REQUEST","message":"Workspace is suspended; see the bill"})",
     "state", "switch the workspace on"},
    {403, R"({"error_code":403,"message":"Your account is disabled."})", "state"},
    {402, "", "state", "owes"},
    // No metastore, no root.
    {400,
     R"({"error_code":"INVALID_PARAMETER_VALUE","message":"Workspace 1 does not have a metastore"})",
     "metastore"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"Workspace not enabled for Unity Catalog"})",
     "metastore"},
    // databricks-demos, mlops-stacks#173; MicrosoftDocs/azure-docs#116760.
    {200, "[OPERATION_REQUIRES_UNITY_CATALOG] Operation CURRENT_METASTORE requires Unity Catalog",
     "metastore"},
    {200,
     "[RequestId=0-1 ErrorClass=DAC_DOES_NOT_EXIST] Root storage credential for metastore m does "
     "not exist.",
     "catalog_storage", "DATABRICKS_CATALOG_STORAGE_ROOT"},
    {404,
     R"({"error_code":"DAC_DOES_NOT_EXIST","message":"Root storage credential for metastore m does not exist."})",
     "catalog_storage", "Catalog Explorer"},
    // Quotas: of the metastore, of other codes and words; the Free Edition's compute. As the logs
    // of
    // several public projects have them.
    {200,
     "[RequestId=0-1 ErrorClass=QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED] Cannot create 1 "
     "Table(s) in Metastore 29148bb9 (estimated count: 523, limit: 500).",
     "quota", "quota of tables in a metastore than 500"},
    {400,
     R"({"error_code":"QUOTA_EXCEEDED","message":"Cannot create 1 Catalog(s) in Metastore 29 (estimated count: 1000, limit: 1000)."})",
     "quota", "Set DATABRICKS_ISOLATION=schema"},
    {403,
     R"({"error_code":"RESOURCE_LIMIT_EXCEEDED","message":"Cannot create 1 Schema(s) in Catalog 29 (estimated count: 50, limit: 50)."})",
     "quota", "a tenant takes three"},
    {429, R"({"error_code":"RESOURCE_LIMIT_EXCEEDED","message":"Reached it."})", "quota",
     "account team"},
    {400, R"({"error_code":"RESOURCE_EXHAUSTED","message":"Metastore has too many catalogs"})",
     "quota"},
    {429,
     R"({"error_code":"RESOURCE_EXHAUSTED","message":"Catalog reached the limit of 50 schemas"})",
     "quota"},
    {429,
     R"({"error_code":"RESOURCE_EXHAUSTED","message":"You've hit the limit for serverless compute for free usage. Stop or delete existing serverless compute to free up capacity."})",
     "quota", "Stop what else runs"},
    {200,
     "RESOURCE_EXHAUSTED: You've hit the limit for serverless compute for free usage. Stop or "
     "delete existing serverless compute to free up capacity.",
     "quota", "Stop what else runs"},
    {429, R"({"error_code":"RESOURCE_EXHAUSTED","message":"Reached the request limit of 30"})",
     "busy", again},
    {429, R"({"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Slow down"})", "busy", again},
    // Bindings.
    {404,
     R"({"error_code":"NOT_FOUND","message":"Catalog 'c' is not accessible in current workspace"})",
     "binding"},
    {200, "[INSUFFICIENT_PERMISSIONS] Catalog 'c' cannot be accessed from workspace 12", "binding"},
    {403, R"({"error_code":"PERMISSION_DENIED","message":"Catalog 'c' is bound as read-only"})",
     "binding", "for reading and writing"},
    {200, "[INSUFFICIENT_PERMISSIONS] External Location 'l' is read only", "binding",
     "for reading and writing"},
    // Warehouses.
    {404, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"x is not a valid warehouse id."})",
     "warehouse"},
    {400, R"({"error_code":"INVALID_STATE","message":"SQL warehouse x was deleted"})", "warehouse"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"7c1e is not authorized to use or monitor this SQL Endpoint."})",
     "warehouse", "CAN USE"},
    {400, R"({"error_code":"INVALID_STATE","message":"The warehouse is stopping"})", "unavailable",
     again},
    {200, "Default Storage is not for a classic warehouse", "serverless"},
    {200, "Access to c.bronze.t requires serverless compute", "serverless"},
    // Governance.
    {200, "[INVALID_PARAMETER_VALUE] The tag policy of `pii` forbids that", "governed_tag"},
    {200, "Statement is not supported with row-level security", "masked"},
    {400, R"({"error_code":"FEATURE_DISABLED","message":"EXTERNAL_LINKS are off here"})", "links"},
    // The cloud's storage, as it answers the warehouse.
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"Access denied. Cause: 403 Forbidden error from cloud storage provider. credentialName = None"})",
     "storage", "storage credential"},
    {200, "java.nio.file.AccessDeniedException: s3://b/t: getFileStatus", "storage", "credential"},
    {200,
     "[TASK_WRITE_FAILED] Task failed while writing rows to s3://b. Access Denied (Service: "
     "Amazon S3; Status Code: 403; Error Code: AccessDenied)",
     "storage", "credential"},
    {200,
     "[FAILED_READ_FILE.NO_HINT] Error while reading abfss://x: "
     "AuthorizationPermissionMismatch",
     "storage", "credential"},
    {200, "403 Forbidden: sa@p.iam does not have storage.objects.create access", "storage"},
    {200, "[TASK_WRITE_FAILED] Task failed while writing rows to s3://b", "unavailable", again},
    {200,
     "AmazonS3Exception: Please reduce your request rate. (Service: Amazon S3; Status Code: "
     "503; Error Code: SlowDown)",
     "busy", again},
    {200, "[CLOUD_PROVIDER_ERROR] the server is busy, 503", "unavailable", again},
    {200, "java.net.SocketTimeoutException: Read timed out", "unavailable", again},
    {200, "Job aborted: ExecutorLostFailure", "unavailable", again},
    {200, "java.lang.OutOfMemoryError: Java heap space", "warehouse_size"},
    {200, "Photon ran out of memory while executing this query.", "warehouse_size"},
    {200, "[RequestId=0-1 ErrorClass=VOLUME_DOES_NOT_EXIST.OF_TOMORROW] gone", "absent"},
    // Two words that must stand together.
    {403, R"({"error_code":"PERMISSION_DENIED","message":"This IP is not in the allow list"})",
     "network"},
    {403, R"({"error_code":"PERMISSION_DENIED","message":"PrivateLink is required here"})", "host"},
    {400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"Storage root must be specified"})",
     "catalog_storage"},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"Creating catalogs by API is not permitted in accounts with Default Storage. Use the UI."})",
     "catalog_storage", "Catalog Explorer"},
    {200, "PERMISSION_DENIED: Cannot access default storage with a pro SQL warehouse",
     "serverless"},
    {200, "Databricks Default Storage can only be accessed using serverless compute", "serverless"},
    {403, R"({"error_code":"PERMISSION_DENIED","message":"Serverless compute is not enabled"})",
     "feature", "switched on"},
    {400, R"({"error_code":"BAD_REQUEST","message":"No serverless capacity in this region"})",
     "warehouse_start"},
    {429, R"({"error_code":"RESOURCE_EXHAUSTED","message":"Exceeded limit of 10000 schemas"})",
     "quota"},
    {429, R"({"error_code":"RESOURCE_EXHAUSTED","message":"Rate limit of table API exceeded"})",
     "busy", again},
    {200, "Cannot replace: the column has tags assigned. Please remove the tag(s)", "governed_tag"},
    {200, "Query was cancelled since the warehouse was stopped", "unavailable", again},
    {403,
     R"({"error_code":"PERMISSION_DENIED","message":"User is not an owner of Table 'c.b.t'."})",
     "permission", "MANAGE"},
    {403, R"({"error_code":"PERMISSION_DENIED","message":"Unity Catalog is disabled here"})",
     "metastore"},
    {200, "The location of the existing table `c`.`b`.`t` is `s3://a`, not `s3://b`",
     "table_place"},
    {200, "AmazonS3Exception: The specified bucket does not exist (Service: Amazon S3)", "storage",
     "that the bucket or container is there"},
    {200, "FileReadException: Caused by: java.io.FileNotFoundException: /Volumes/x", "unavailable",
     again},
    // Delta's conflicts without their class.
    {200, "io.delta.exceptions.ConcurrentAppendException: Files were added", "conflict", again},
    {200, "com.databricks.sql.transaction.tahoe.MetadataChangedException: changed", "conflict",
     again},
    {200, "[DELTA_CONCURRENT_DELETE_READ] somebody", "conflict", again},
};

TEST(FurtherWordings, EachHasItsCodeAndItsRemedy) {
  for (const Form& form : forms) {
    SCOPED_TRACE(std::to_string(form.status) + " " + form.said);
    const Error error = error_of_said(form.status, form.said);
    EXPECT_EQ(error.code, std::string("databricks_") + form.code);
    EXPECT_THAT(error.remedy, HasSubstr(form.remedy));
  }
  std::cout << "  " << std::size(forms) << " further forms\n";
}

TEST(FurtherWordings, TheReasonMayStandInAHeaderAlone) {
  http::ClientResponse response;
  response.status = 403;
  response.headers.set("X-Databricks-Reason-Phrase",
                       "Source IP address: 1.2.3.4 is blocked by Databricks IP ACL");
  EXPECT_EQ(to_error(api_error_of(response), "Doing").code, "databricks_network");
}

TEST(FurtherWordings, TheStoragesXmlHasACodeAndAMessage) {
  http::ClientResponse response;
  response.status = 403;
  response.body =
      "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has "
      "expired</Message></Error>";
  const ApiError error = api_error_of(response);
  EXPECT_EQ(error.code, "AccessDenied");
  EXPECT_EQ(error.message, "Request has expired");
}

TEST(FurtherWordings, TheCauseMayStandFarBehindAndIsNotShownInFull) {
  const std::string path(700, 'p');
  const Error error = to_error(
      statement_error_of("BAD_REQUEST", "Writing s3://b/" + path + ": AccessDeniedException"),
      "Doing");
  EXPECT_EQ(error.code, "databricks_storage");
  EXPECT_LT(error.detail.size(), 500U);
}

TEST(FurtherWordings, ACodeIsTheSameInAnyLetters) {
  for (const char* code :
       {"RESOURCE_DOES_NOT_EXIST", "resource_does_not_exist", "resourceDoesNotExist",
        "ResourceDoesNotExist", "Resource does not exist", "resource-does-not-exist"}) {
    EXPECT_EQ(classify({400, code, "gone"}), FailureClass::absent) << code;
  }
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
