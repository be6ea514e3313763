// What of the Databricks house needs no workspace: settings, errors and SQL as text. The rest is
// tried on Spark (tests/workspace).
#include <gtest/gtest.h>

#include "lakehouse/databricks/api_error.h"
#include "lakehouse/databricks/connection.h"
#include "lakehouse/databricks/databricks_tables.h"
#include "lakehouse/databricks/remote_sql.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"
#include "lakehouse/medallion/databricks/render_databricks.h"

namespace sluice::lakehouse::databricks {
namespace {

using medallion::databricks_identifier;
using medallion::databricks_literal;

Connection good() {
  Connection connection;
  connection.host = "https://adb-1.azuredatabricks.net";
  connection.token = "dapi0123";
  connection.warehouse_id = "abc123";
  return connection;
}

std::string refused(const Connection& connection) {
  const Result<Connection> result = checked(connection);
  return result ? "taken" : result.error().detail;
}

TEST(DatabricksConnection, completes_what_people_type) {
  Connection connection = good();
  connection.host = "adb-1.azuredatabricks.net/";
  connection.external_location = "s3://bucket/folder//";
  const Result<Connection> result = checked(connection);
  ASSERT_TRUE(result) << to_line(result.error());
  EXPECT_EQ(result->host, "https://adb-1.azuredatabricks.net");
  EXPECT_EQ(result->external_location, "s3://bucket/folder");
  connection.host = "http://127.0.0.1:9000";
  EXPECT_TRUE(checked(connection));
}

TEST(DatabricksConnection, reads_the_workspace_off_an_address_of_the_browser) {
  Connection connection = good();
  connection.host = "https://acme.databricks.com/?o=123#job/4";
  EXPECT_EQ(checked(connection)->host, "https://acme.databricks.com");
  EXPECT_EQ(checked(connection)->workspace_id, "123");
  connection.workspace_id = "5";
  EXPECT_EQ(checked(connection)->workspace_id, "5");
}

TEST(DatabricksConnection, a_principal_of_entra_counts_where_there_is_no_other) {
  Connection connection = good();
  connection.entra = {"t", "c", "s", ""};
  EXPECT_EQ(checked(connection)->entra.client_id, "");
  connection.token.clear();
  EXPECT_EQ(checked(connection)->entra.client_id, "c");
  EXPECT_EQ(checked(connection)->entra.login_host, "https://login.microsoftonline.com");
  connection.entra = {"t", "c", "s", "http://login.example.com"};
  EXPECT_NE(refused(connection).find("ARM_LOGIN_HOST"), std::string::npos);
  connection.entra = {"t", "", "", ""};
  EXPECT_NE(refused(connection).find("ARM_CLIENT_ID"), std::string::npos);
}

TEST(DatabricksConnection, another_providers_token_counts_where_there_is_no_secret) {
  Connection connection = good();
  connection.federated = {"/run/token", "jwt"};
  EXPECT_FALSE(is_federated(checked(connection).value())) << "there is a token of Databricks'";
  connection.token.clear();
  connection.client_id = "id";
  connection.entra = {"t", "c", "s", ""};
  const Connection federated = checked(connection).value();
  EXPECT_EQ(federated.federated.token_file, "/run/token");
  EXPECT_EQ(federated.federated.token, "");
  EXPECT_EQ(federated.client_id, "id");
  EXPECT_EQ(federated.entra.client_id, "");
}

TEST(DatabricksConnection, of_several_ways_the_named_one_is_left) {
  Connection connection = good();
  connection.client_id = "id";
  connection.client_secret = "secret";
  connection.entra = {"t", "c", "s", ""};
  connection.federated = {"/run/token", "jwt"};
  const auto by = [&](const std::string& type) {
    connection.auth_type = type;
    const Connection left = checked(connection).value();
    return left.token + "," + left.client_secret + "," + left.entra.client_id + "," +
           left.federated.token_file + left.federated.token;
  };
  const std::string token = good().token;
  EXPECT_EQ(by("pat"), token + ",,,");
  EXPECT_EQ(by("oauth-m2m"), ",secret,,");
  EXPECT_EQ(by("azure-client-secret"), ",,c,");
  EXPECT_EQ(by("file-oidc"), ",,,/run/token");
  EXPECT_EQ(by("env-oidc"), ",,,jwt");
  connection.auth_type = "databricks-cli";
  EXPECT_NE(refused(connection).find("DATABRICKS_AUTH_TYPE"), std::string::npos);
  connection.auth_type = "file-oidc";
  connection.federated.token_file.clear();
  EXPECT_NE(refused(connection).find("DATABRICKS_OIDC_TOKEN_FILEPATH"), std::string::npos);
}

TEST(DatabricksConnection, names_the_setting_that_cannot_be) {
  const auto with = [](auto change) {
    Connection connection = good();
    change(connection);
    return refused(connection);
  };
  EXPECT_NE(with([](Connection& c) { c.host = "http://example.com"; }).find("unencrypted"),
            std::string::npos);
  EXPECT_NE(
      with([](Connection& c) { c.host = "http://127.0.0.1.example.com"; }).find("unencrypted"),
      std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.host = "https://h/sql?o=1"; }).find("DATABRICKS_HOST"),
            std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.workspace_id = "x"; }).find("DATABRICKS_WORKSPACE_ID"),
            std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.token.clear(); }).find("DATABRICKS_TOKEN"),
            std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.client_id = "x"; }).find("beside"), std::string::npos);
  EXPECT_NE(with([](Connection& c) {
              c.token.clear();
              c.client_id = "x";
            }).find("DATABRICKS_CLIENT_SECRET"),
            std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.token = "dapi\n"; }).find("ASCII"), std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.warehouse_id = "../x"; }).find("DATABRICKS_WAREHOUSE_ID"),
            std::string::npos);
  EXPECT_NE(with([](Connection& c) {
              c.external_location = "/Volumes/a/b/c";
            }).find("DATABRICKS_EXTERNAL_LOCATION"),
            std::string::npos);
  EXPECT_NE(with([](Connection& c) { c.isolation = Isolation::schema; }).find("DATABRICKS_CATALOG"),
            std::string::npos);
}

http::ClientResponse answer(int status, const std::string& body) {
  http::ClientResponse response;
  response.status = status;
  response.body = body;
  return response;
}

struct ErrorCase {
  int status;
  const char* body;
  const char* code;
  Errc kind;
};

TEST(DatabricksErrors, every_form_has_its_class) {
  const ErrorCase cases[] = {
      {429, R"({"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"})", "databricks_busy",
       Errc::unavailable},
      {503, "<html><title>Service Unavailable</title></html>", "databricks_unavailable",
       Errc::unavailable},
      {500, "", "databricks_unavailable", Errc::unavailable},
      {403, R"({"error_code":403,"message":"Invalid access token"})", "databricks_token",
       Errc::unauthenticated},
      {401, R"({"error":"invalid_client","error_description":"no such client"})",
       "databricks_token", Errc::unauthenticated},
      {403,
       R"({"error_code":"PERMISSION_DENIED","message":"User does not have CREATE CATALOG on Metastore"})",
       "databricks_permission", Errc::permission_denied},
      {404, R"({"error_code":"CATALOG_DOES_NOT_EXIST","message":"Catalog 'x' does not exist"})",
       "databricks_absent", Errc::not_found},
      {400, R"({"error_code":"SCHEMA_ALREADY_EXISTS","message":"Schema 'x' already exists"})",
       "databricks_exists", Errc::conflict},
      {400,
       R"({"error_code":"INVALID_PARAMETER_VALUE","message":"INVALID_PARAMETER_VALUE.LOCATION_OVERLAP: x"})",
       "databricks_storage", Errc::permission_denied},
      {400,
       R"({"error_code":"INVALID_STATE","message":"Metastore storage root URL does not exist."})",
       "databricks_catalog_storage", Errc::permission_denied},
      {400, R"({"error_code":"QUOTA_EXCEEDED","message":"catalogs"})", "databricks_quota",
       Errc::permission_denied},
      {400, "MALFORMED_REQUEST: unknown field", "databricks_bug", Errc::internal},
  };
  for (const ErrorCase& each : cases) {
    const Error error = to_error(api_error_of(answer(each.status, each.body)), "Doing");
    EXPECT_EQ(error.code, each.code) << each.body;
    EXPECT_EQ(error.kind, each.kind) << each.body;
    EXPECT_FALSE(error.remedy.empty());
  }
}

TEST(DatabricksErrors, a_statements_class_stands_in_brackets) {
  const auto code = [](const char* message) {
    return to_error(statement_error_of("BAD_REQUEST", message), "Loading x").code;
  };
  EXPECT_EQ(code("[DELTA_CONCURRENT_WRITE] a concurrent transaction"), "databricks_conflict");
  EXPECT_EQ(code("io.delta.X: [DELTA_METADATA_CHANGED] changed"), "databricks_conflict");
  EXPECT_EQ(code("[TABLE_OR_VIEW_NOT_FOUND] The table x"), "databricks_absent");
  EXPECT_EQ(code("[INSUFFICIENT_PERMISSIONS] Insufficient privileges"), "databricks_permission");
  EXPECT_EQ(code("[PARSE_SYNTAX_ERROR] Syntax error at"), "databricks_bug");
  EXPECT_EQ(code("[RequestId=0-1 ErrorClass=INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN] x"),
            "databricks_governed_tag");
}

TEST(DatabricksErrors, a_message_is_one_short_line) {
  const ApiError error =
      api_error_of(answer(400, std::string("X: a\n\x1b[31mb") + std::string(5'000, 'x') + "\xff"));
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_EQ(error.message.find('\x1b'), std::string::npos);
  EXPECT_LE(error.message.size(), 1'200U);
  EXPECT_LE(to_error(error, "Loading x").detail.size(), 450U);
}

TEST(DatabricksSql, quotes_by_backticks_and_backslashes) {
  EXPECT_EQ(databricks_identifier("a`b"), "`a``b`");
  EXPECT_EQ(databricks_literal("it's \\ a\nline"), "'it\\'s \\\\ a\\nline'");
  EXPECT_EQ(quoted_name("c.bronze.t"), "`c`.`bronze`.`t`");
}

TEST(DatabricksSql, types_follow_the_table_of_types) {
  const auto type = [](const char* duckdb) {
    const Result<std::string> text = medallion::databricks_type({"x", "x", duckdb, ""});
    return text ? *text : text.error().code.text();
  };
  EXPECT_EQ(type("BIGINT"), "BIGINT");
  EXPECT_EQ(type("DECIMAL(38,2)"), "DECIMAL(38,2)");
  EXPECT_EQ(type("TIMESTAMP"), "TIMESTAMP_NTZ");
  EXPECT_EQ(type("TIMESTAMP WITH TIME ZONE"), "TIMESTAMP");
  EXPECT_EQ(type("VARCHAR"), "STRING");
  EXPECT_EQ(type("STRUCT(\"a b\" BIGINT, c VARCHAR[])[]"),
            "ARRAY<STRUCT<`a b`: BIGINT, `c`: ARRAY<STRING>>>");
  EXPECT_EQ(type("HUGEINT"), "delta_type");
}

TEST(DatabricksSql, bronze_is_one_replacing_statement) {
  const std::vector<Column> columns{{"id", "id", "BIGINT", ""},
                                    {"order_no", "order no", "VARCHAR", ""}};
  const Result<std::string> select = medallion::bronze_select(
      columns, medallion::databricks_parquet("/Volumes/c/b/l/x.parquet"), 3);
  ASSERT_TRUE(select);
  EXPECT_EQ(
      replace_table({"c.bronze.t", "s3://b/t", "kept", {{"sluice.version", "3"}}}, *select),
      "CREATE OR REPLACE TABLE `c`.`bronze`.`t` USING DELTA LOCATION 's3://b/t' COMMENT 'kept' "
      "TBLPROPERTIES ('sluice.version' = '3') AS SELECT CAST(`id` AS BIGINT) AS `id`, "
      "CAST(`order_no` AS STRING) AS `order_no`, CAST(3 AS BIGINT) AS `_batch` FROM "
      "parquet.`/Volumes/c/b/l/x.parquet`");
  EXPECT_EQ(column_comments("c.bronze.t", columns),
            "ALTER TABLE `c`.`bronze`.`t` ALTER COLUMN `order_no` COMMENT 'order no'");
  EXPECT_EQ(script({"A", "", "B"}), "BEGIN\nA;\nB;\nEND");
}

TEST(DatabricksSql, silver_casts_strictly) {
  medallion::Plan plan;
  plan.columns = {{"N", "n", "BIGINT", medallion::Transform::cast, "", {"", "NA"}, ""},
                  {"d", "d", "DATE", medallion::Transform::date_format, "%d.%m.%Y", {""}, ""}};
  const std::string sql = medallion::databricks_silver_select(plan, "`c`.`bronze`.`t`");
  EXPECT_NE(sql.find("trim(BOTH ' \\t\\r\\n' FROM `N`) NOT IN ('', 'NA')"), std::string::npos)
      << sql;
  EXPECT_NE(sql.find("try_cast(t0 AS BIGINT)"), std::string::npos) << sql;
  EXPECT_NE(sql.find("'$3-$2-$1'"), std::string::npos) << sql;
  EXPECT_NE(sql.find("SELECT DISTINCT s0 AS `n`"), std::string::npos) << sql;
}

TEST(RemoteSql, OnlyWhatComparesAlikeIsSent) {
  RemoteScan scan;
  scan.table = {{"c", "gold", "t`x"},
                {{"id", "", "BIGINT", "bigint"},
                 {"name", "", "VARCHAR", "string"},
                 {"code", "", "VARCHAR", "char(5)"},
                 {"ratio", "", "DOUBLE", "double"},
                 {"at", "", "TIMESTAMP WITH TIME ZONE", "timestamp"},
                 {"raw", "", "BLOB", "binary"}}};
  scan.columns = {1, 4, 5};
  using Kind = RemoteFilter::Kind;
  scan.filters = {{Kind::compare, 0, ">=", {"5"}},         {Kind::compare, 1, "=", {"it's"}},
                  {Kind::compare, 2, "=", {"ab"}},         {Kind::compare, 3, "<", {"0.5"}},
                  {Kind::compare, 4, "<", {"2024-01-01"}}, {Kind::is_not_null, 3, "", {}},
                  {Kind::compare, 0, "=", {"1; DROP"}},    {Kind::one_of, 0, "", {"1", "-2"}}};
  EXPECT_EQ(remote_select(scan, 100),
            "SELECT CAST(`name` AS STRING) AS c0, CAST(unix_micros(`at`) AS STRING) AS c1, "
            "hex(`raw`) AS c2 FROM `c`.`gold`.`t``x` WHERE `id` >= 5 AND `name` = 'it\\'s' AND "
            "`ratio` IS NOT NULL AND `id` IN (1, -2) LIMIT 101");
  scan.columns.clear();
  scan.filters.clear();
  scan.limit = 7;
  EXPECT_EQ(remote_select(scan, 100), "SELECT '1' AS c0 FROM `c`.`gold`.`t``x` LIMIT 7");
  EXPECT_EQ(duckdb_type_of("DECIMAL(9,2)"), "DECIMAL(9,2)");
  EXPECT_EQ(duckdb_type_of("struct<a:int>"), "JSON");
  EXPECT_EQ(duckdb_type_of("interval day to second"), "VARCHAR");
  EXPECT_EQ(duckdb_type_of("decimal(9,2)) FROM read_text('/x') --("), "VARCHAR");
  EXPECT_EQ(duckdb_type_of("decimal(9,2"), "VARCHAR");
}

TEST(RemoteSql, ShapesOnAMapAreRefusedByName) {
  RemoteScan scan;
  scan.table = {{"c", "gold", "t"},
                {{"id", "", "BIGINT", "bigint"}, {"place", "", "VARCHAR", "geometry(4326)"}}};
  scan.columns = {0};
  EXPECT_TRUE(check_readable(scan));
  scan.columns = {0, 1};
  const Result<void> refused = check_readable(scan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "remote_unreadable");
  EXPECT_NE(refused.error().remedy.find("st_astext(place)"), std::string::npos);
}

TEST(DatabricksTables, HoldTheTenantsOwnSchemasAlone) {
  Connection connection;
  connection.host = "http://127.0.0.1:1";
  const auto workers = sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
  const DatabricksTables tables(connection, "/nowhere", *workers);
  const auto holds = [&](const RemoteName& name) { return tables.may_hold(TenantId{"x"}, name); };
  const std::string catalog = "catalog_tenant_x";
  for (const char* schema : {"bronze", "silver", "gold"}) {
    EXPECT_TRUE(holds({catalog, schema, "my-table"})) << schema;
  }
  for (const RemoteName& name : std::vector<RemoteName>{{"catalog_tenant_y", "gold", "t"},
                                                        {"xcatalog_tenant_x", "gold", "t"},
                                                        {catalog, "information_schema", "t"},
                                                        {catalog, "gold"},
                                                        {catalog},
                                                        {},
                                                        {"y", catalog, "gold", "t"},
                                                        {catalog, "gold", ""},
                                                        {catalog, "gold", "a.b"},
                                                        {catalog, "gold", "a/b"},
                                                        {catalog, "gold", "a b"},
                                                        {catalog, "gold", "a\nb"},
                                                        {catalog, "gold", std::string(256, 't')}}) {
    EXPECT_FALSE(holds(name)) << (name.empty() ? "" : name.back());
  }
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
