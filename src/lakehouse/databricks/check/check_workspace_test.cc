// What a check says of a workspace on loopback that answers as each test says.
#include "lakehouse/databricks/check/check_workspace.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lakehouse/databricks/testing/scripted_workspace.h"
#include "lakehouse/error_codes.h"
#include "wire/json.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using Reply = ScriptedWorkspace::Reply;

const std::string uc = "/api/2.1/unity-catalog/";
const std::string me = "/api/2.0/preview/scim/v2/Me";
const std::string groups = "/api/2.0/preview/scim/v2/Groups";
const std::string warehouse = "/api/2.0/sql/warehouses/w";
const std::string on_metastore = uc + "effective-permissions/metastore/m-1";
const std::string on_catalog = uc + "effective-permissions/catalog/catalog_tenant_x";
const std::string on_location = uc + "effective-permissions/external_location/loc";
const Reply refused{403, R"({"error_code":"PERMISSION_DENIED","message":"Not for you."})"};
const Reply nothing_held{200, "{}"};

Reply metastore(const std::string& root) {
  return {200, R"({"metastore_id":"m-1","name":"main","cloud":"aws","region":"eu-west-1",)"
               R"("owner":"boss@example.com","storage_root":")" +
                   root + "\"}"};
}

Reply warehouse_of(const std::string& kind, bool serverless, int auto_stop) {
  return {200, R"({"name":"small one","state":"STOPPED","cluster_size":"2X-Small",)"
               R"("min_num_clusters":1,"warehouse_type":")" +
                   kind + R"(","enable_serverless_compute":)" + (serverless ? "true" : "false") +
                   R"(,"auto_stop_mins":)" + std::to_string(auto_stop) + "}"};
}

Reply held(const std::string& principal, const std::vector<std::string>& privileges) {
  std::string list;
  for (const std::string& each : privileges) {
    list += (list.empty() ? "" : ",") + std::string(R"({"privilege":")") + each + "\"}";
  }
  return {200, R"({"privilege_assignments":[{"principal":")" + principal + R"(","privileges":[)" +
                   list + "]}]}"};
}

/// A workspace in which all is well, and no catalog there yet.
class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    on(me, {200, R"({"userName":"app-1","groups":[{"display":"loaders"},{"display":"users"}]})"});
    on(uc + "metastore_summary", metastore("s3://root"));
    on(warehouse, warehouse_of("PRO", true, 10));
    on(on_metastore, held("app-1", {"CREATE_CATALOG"}));
    on(groups, {200, R"({"Resources":[{"displayName":"sluice-tenant-x",)"
                     R"("meta":{"resourceType":"Group"}}]})"});
  }

  void on(const std::string& path, const Reply& reply) { workspace_.on("GET", path, {reply}); }
  /// The tenant's catalog is there, with nothing in it.
  void make_catalog(const std::string& owner, const std::string& root = "s3://root/x") {
    on(uc + "catalogs/catalog_tenant_x",
       {200, R"({"owner":")" + owner + R"(","storage_root":")" + root + "\"}"});
  }
  WorkspaceCheck check() {
    workspace_.forget_calls();
    return check_workspace(connection_, options_);
  }
  /// The findings on one topic, a line each.
  static std::string said(const WorkspaceCheck& check, Topic topic) {
    std::string lines;
    for (const Finding& each : check.findings) {
      if (each.topic != topic) continue;
      lines += std::string(each.verdict == Verdict::ok        ? "ok "
                           : each.verdict == Verdict::warning ? "warning "
                                                              : "wrong ") +
               each.says + " -> " + each.to_do + "\n";
    }
    return lines;
  }

  ScriptedWorkspace workspace_;
  Connection connection_ = workspace_.connection();
  CheckOptions options_{.tenant = TenantId{"x"}};
};

TEST_F(CheckTest, SaysWhatItSawAndSendsNoStatement) {
  const WorkspaceCheck seen = check();
  EXPECT_TRUE(seen.would_pass);
  EXPECT_EQ(said(seen, Topic::sign_in),
            "ok Signed in as app-1 by a token (DATABRICKS_TOKEN). -> \n");
  EXPECT_EQ(said(seen, Topic::cloud), "ok aws, eu-west-1. -> \n");
  EXPECT_EQ(said(seen, Topic::warehouse),
            "ok The warehouse small one is serverless, 2X-Small, STOPPED. -> \n");
  EXPECT_EQ(said(seen, Topic::cost),
            "ok A sync alone keeps it awake for about 620 s (20 s of work, then 10 min idle): "
            "about 0.7 DBU (4 DBU an hour). -> \n");
  EXPECT_EQ(said(seen, Topic::privileges),
            "ok Our principal has CREATE CATALOG on METASTORE. -> \n");
  EXPECT_EQ(said(seen, Topic::catalog_storage),
            "ok It will lie at the metastore's root, s3://root. -> \n");
  EXPECT_EQ(said(seen, Topic::readers), "ok The group sluice-tenant-x may read the tables. -> \n");
  EXPECT_EQ(seen.statements, 0);
  for (const std::string& line : workspace_.lines()) EXPECT_EQ(line.substr(0, 4), "GET ");
  EXPECT_EQ(seen.rest_calls, static_cast<std::int64_t>(workspace_.calls().size()) + 1);
}

TEST_F(CheckTest, HasOneJsonFormWithoutASecret) {
  connection_.token = "dapi-secret";
  const std::string text = wire::to_text(check());
  EXPECT_EQ(text.find("dapi-secret"), std::string::npos);
  const auto back = wire::from_stored_text<WorkspaceCheck>(text);
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(wire::to_text(*back), text);
  EXPECT_EQ(back->warehouse->kind, WarehouseKind::serverless);
  EXPECT_EQ(back->warehouse->lonely_sync_dbu, 0.69);
  EXPECT_EQ(back->privileges.at(0).grant, "GRANT CREATE CATALOG ON METASTORE TO `app-1`;");
}

TEST_F(CheckTest, ATokenThatIsRefusedEndsIt) {
  on(me, {401, R"({"error_code":401,"message":"Credential was not sent"})"});
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_EQ(seen.findings.size(), 1U);
  EXPECT_THAT(said(seen, Topic::sign_in), HasSubstr("DATABRICKS_TOKEN"));
}

TEST_F(CheckTest, WhereEveryCallIsRefusedItIsNoSinglePrivilege) {
  for (const std::string& path :
       {me, uc + "metastore_summary", uc + "current-metastore-assignment"}) {
    on(path, {403, R"({"error_code":403,"message":"Source IP address: 1.2.3.4 is blocked"})"});
  }
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::sign_in), HasSubstr("Source IP address: 1.2.3.4 is blocked"));
  EXPECT_EQ(said(seen, Topic::warehouse), "");
}

TEST_F(CheckTest, WhatIsRefusedCannotBeSeenAndIsNotTakenForMissing) {
  on(me, refused);
  on(uc + "metastore_summary", refused);
  on(uc + "current-metastore-assignment", {200, R"({"metastore_id":"m-1","workspace_id":7})"});
  on(warehouse, refused);
  on(groups, refused);
  const WorkspaceCheck seen = check();
  EXPECT_TRUE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::sign_in), HasSubstr("warning Who we are cannot be seen."));
  EXPECT_THAT(said(seen, Topic::metastore), HasSubstr("warning The metastore m-1 cannot be seen."));
  EXPECT_THAT(said(seen, Topic::warehouse), HasSubstr("CAN USE"));
  EXPECT_THAT(said(seen, Topic::privileges), HasSubstr("cannot be seen. -> GRANT CREATE CATALOG"));
  EXPECT_THAT(said(seen, Topic::readers), HasSubstr("cannot be seen"));
}

TEST_F(CheckTest, AWorkspaceWithoutUnityCatalog) {
  on(uc + "metastore_summary",
     {404, R"({"error_code":"METASTORE_DOES_NOT_EXIST","message":"No metastore assigned"})"});
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::metastore), HasSubstr("assign a metastore"));
}

TEST_F(CheckTest, WarehousesThatCostOrAreNot) {
  on(warehouse, warehouse_of("PRO", true, 120));
  EXPECT_THAT(said(check(), Topic::cost), HasSubstr("warning A sync alone keeps it awake for about"
                                                    " 7220 s (20 s of work, then 120 min idle): "
                                                    "about 8.0 DBU"));
  on(warehouse, warehouse_of("CLASSIC", false, 0));
  const WorkspaceCheck never = check();
  EXPECT_THAT(said(never, Topic::warehouse), HasSubstr("is classic"));
  EXPECT_THAT(said(never, Topic::cost), HasSubstr("about 4 DBU an hour, day and night"));
  EXPECT_TRUE(never.would_pass);
  for (const Reply& wrong_id :
       {Reply{400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"w is not a valid )"
                   R"(endpoint id."})"},
        // Known by the rules of errors, whichever of their words it is told in.
        Reply{400, R"({"error_code":"BAD_REQUEST","message":"No such SQL warehouse: w"})"},
        Reply{404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"none"})"}}) {
    on(warehouse, wrong_id);
    const WorkspaceCheck seen = check();
    EXPECT_FALSE(seen.would_pass);
    EXPECT_THAT(said(seen, Topic::warehouse), HasSubstr("wrong There is no warehouse w."));
  }
  on(warehouse,
     {403, R"({"error_code":"PERMISSION_DENIED","message":"no access to the warehouse"})"});
  EXPECT_THAT(said(check(), Topic::warehouse),
              HasSubstr("warning The warehouse w cannot be seen."));
}

TEST_F(CheckTest, ACatalogThatOnlyAStatementOrNobodyCanMake) {
  on(uc + "metastore_summary", metastore(""));
  const WorkspaceCheck serverless = check();
  EXPECT_TRUE(serverless.would_pass);
  EXPECT_THAT(said(serverless, Topic::catalog_storage), HasSubstr("warning "));
  EXPECT_THAT(said(serverless, Topic::catalog_storage), HasSubstr("Catalog Explorer"));
  on(warehouse, warehouse_of("PRO", false, 10));
  const WorkspaceCheck pro = check();
  EXPECT_FALSE(pro.would_pass);
  EXPECT_THAT(said(pro, Topic::catalog_storage), HasSubstr("DATABRICKS_ISOLATION=schema"));
}

TEST_F(CheckTest, DefaultStorageWantsAServerlessWarehouse) {
  make_catalog("app-1", "s3://dbstorage-prod-abc/uc/m-1");
  EXPECT_TRUE(check().would_pass);
  on(warehouse, warehouse_of("CLASSIC", false, 10));
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_TRUE(seen.catalog->on_default_storage);
  EXPECT_THAT(said(seen, Topic::catalog_storage), HasSubstr("serverless SQL warehouse"));
}

TEST_F(CheckTest, PrivilegesThatAreMissingComeWithTheirGrant) {
  make_catalog("boss@example.com");
  workspace_.on("GET", on_catalog, {held("app-1", {"USE_CATALOG"}), held("others", {"MANAGE"})});
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_EQ(said(seen, Topic::privileges),
            "wrong Our principal has USE CATALOG on CATALOG `catalog_tenant_x`. It lacks CREATE "
            "SCHEMA on CATALOG `catalog_tenant_x`. -> GRANT CREATE SCHEMA ON CATALOG "
            "`catalog_tenant_x` TO `app-1`;\n");
}

TEST_F(CheckTest, PrivilegesMayComeByAGroupOrByOwning) {
  make_catalog("boss@example.com");
  const Reply of_group = held("Loaders", {"ALL_PRIVILEGES"});
  workspace_.on("GET", on_catalog, {nothing_held, of_group});
  EXPECT_THAT(said(check(), Topic::privileges), HasSubstr("ok Our principal has USE CATALOG"));
  workspace_.on("GET", on_catalog, {nothing_held, refused});
  const WorkspaceCheck seen = check();
  EXPECT_TRUE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::privileges), HasSubstr("warning "));
  EXPECT_EQ(seen.privileges.at(0).held, Held::unseen);
  make_catalog("loaders");
  EXPECT_THAT(said(check(), Topic::privileges), HasSubstr("ok "));
  EXPECT_THAT(workspace_.lines(), Not(Contains("GET " + on_catalog)));
  // Of a workspace's own catalog, as on the Free Edition.
  make_catalog("_workspace_admins_dbc-1_7");
  workspace_.on("GET", on_catalog, {nothing_held});
  EXPECT_FALSE(check().would_pass);
  on(me, {200, R"({"userName":"app-1","groups":[{"display":"admins"}]})"});
  EXPECT_TRUE(check().would_pass);
}

TEST_F(CheckTest, SchemasOfSomebodyElseAreLookedAt) {
  make_catalog("app-1");
  const std::string bronze = uc + "schemas/catalog_tenant_x.bronze";
  on(bronze, {200, R"({"owner":"boss@example.com"})"});
  on(uc + "effective-permissions/schema/catalog_tenant_x.bronze", held("app-1", {"USE_SCHEMA"}));
  EXPECT_THAT(said(check(), Topic::privileges),
              HasSubstr("-> GRANT CREATE TABLE, CREATE VOLUME ON SCHEMA "
                        "`catalog_tenant_x`.`bronze` TO `app-1`;"));
  on(uc + "volumes/catalog_tenant_x.bronze.landing", {200, R"({"owner":"boss@example.com"})"});
  EXPECT_THAT(said(check(), Topic::privileges),
              HasSubstr("-> GRANT CREATE TABLE, READ VOLUME, WRITE VOLUME ON SCHEMA"));
  on(bronze, refused);
  const WorkspaceCheck unseen = check();
  EXPECT_FALSE(unseen.would_pass);
  EXPECT_THAT(said(unseen, Topic::catalog), HasSubstr("cannot be seen, and a sync must see it"));
}

TEST_F(CheckTest, ACatalogThatASyncCouldNotSee) {
  on(uc + "catalogs/catalog_tenant_x", refused);
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::catalog), HasSubstr("-> GRANT USE CATALOG, CREATE SCHEMA ON"));
  on(uc + "catalogs/catalog_tenant_x",
     {403, R"({"error_code":"PERMISSION_DENIED","message":"Catalog 'x' is not accessible in )"
           R"(current workspace"})"});
  EXPECT_THAT(said(check(), Topic::catalog), HasSubstr("Bind the catalog to this workspace"));
}

TEST_F(CheckTest, FilesOfEarlierSyncsThatNobodyRemoves) {
  make_catalog("app-1");
  EXPECT_EQ(said(check(), Topic::catalog_storage), "");
  on(uc + "catalogs/catalog_tenant_x",
     {200, R"({"owner":"app-1","effective_predictive_optimization_flag":{"value":"DISABLE"}})"});
  EXPECT_THAT(said(check(), Topic::catalog_storage),
              HasSubstr("-> ALTER CATALOG `catalog_tenant_x` ENABLE PREDICTIVE OPTIMIZATION;"));
}

TEST_F(CheckTest, ExternalLocations) {
  connection_.external_location = "s3://bucket/tables";
  on(uc + "external-locations", {200, R"({"external_locations":[]})"});
  const WorkspaceCheck none = check();
  EXPECT_FALSE(none.would_pass);
  EXPECT_THAT(said(none, Topic::external_location), HasSubstr("lies in no external location"));
  workspace_.on("GET", uc + "external-locations",
                {{200, R"({"external_locations":[{"name":"near","url":"s3://bucket/tab"}],)"
                       R"("next_page_token":"2"})"},
                 {200, R"({"external_locations":[{"name":"loc","url":"s3://bucket"}]})"}});
  on(on_location, held("app-1", {"CREATE_EXTERNAL_TABLE", "READ_FILES", "WRITE_FILES"}));
  const WorkspaceCheck seen = check();
  EXPECT_TRUE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::external_location), HasSubstr("lies in the external location loc"));
  EXPECT_THAT(said(seen, Topic::external_location),
              HasSubstr("-> Run VACUUM on the bronze tables"));
  EXPECT_THAT(said(seen, Topic::privileges),
              HasSubstr("-> GRANT CREATE EXTERNAL VOLUME ON EXTERNAL LOCATION `loc`"));
  on(uc + "external-locations",
     {200, R"({"external_locations":[{"name":"loc","url":"s3://bucket/","read_only":true}]})"});
  EXPECT_THAT(said(check(), Topic::external_location), HasSubstr("wrong "));
}

TEST_F(CheckTest, ARootForCatalogsWantsManagedStorage) {
  connection_.catalog_storage_root = "s3://bucket/c";
  on(uc + "external-locations",
     {200, R"({"external_locations":[{"name":"loc","url":"s3://bucket"}]})"});
  on(on_location, nothing_held);
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::privileges), HasSubstr("-> GRANT CREATE MANAGED STORAGE ON"));
}

TEST_F(CheckTest, AQuotaThatIsUsedUp) {
  on(uc + "resource-quotas/metastore/m-1/catalog-quota",
     {200, R"({"quota_info":{"quota_count":5,"quota_limit":5}})"});
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_THAT(said(seen, Topic::quota), HasSubstr("5 of 5"));
}

TEST_F(CheckTest, Readers) {
  on(groups, {200, R"({"Resources":[{"displayName":"sluice-tenant-x",)"
                   R"("meta":{"resourceType":"WorkspaceGroup"}}]})"});
  EXPECT_THAT(said(check(), Topic::readers), HasSubstr("warning "));
  on(groups, {200, R"({"totalResults":0})"});
  EXPECT_THAT(said(check(), Topic::readers), HasSubstr("make a group of that name"));
  on(groups, {200, R"({"Resources":[{"displayName":"sluice-tenant-x",)"
                   R"("meta":{"resourceType":"Group"}}]})"});
  make_catalog("boss@example.com");
  on(on_catalog, held("app-1", {"USE_CATALOG", "CREATE_SCHEMA"}));
  EXPECT_THAT(
      said(check(), Topic::readers),
      HasSubstr("-> GRANT USE CATALOG ON CATALOG `catalog_tenant_x` TO `sluice-tenant-x`;"));
  on(on_catalog, held("sluice-tenant-x", {"USE_CATALOG"}));
  EXPECT_THAT(said(check(), Topic::readers), HasSubstr("ok "));
}

TEST_F(CheckTest, AStatementOnlyWhereOneIsAskedFor) {
  options_.with_statement = true;
  workspace_.on(
      "POST", "/api/2.0/sql/statements",
      {{200, R"({"statement_id":"s","status":{"state":"SUCCEEDED"},"manifest":)"
             R"({"schema":{"columns":[{"name":"1"}]}},"result":{"data_array":[["1"]]}})"}});
  const WorkspaceCheck seen = check();
  EXPECT_EQ(seen.statements, 1);
  EXPECT_THAT(said(seen, Topic::statement), HasSubstr("ok SELECT 1 took 0.0 s, with the start"));
  EXPECT_THAT(workspace_.bodies("POST", "/api/2.0/sql/statements").at(0),
              HasSubstr(R"("statement":"SELECT 1")"));
  workspace_.on("POST", "/api/2.0/sql/statements", {refused});
  EXPECT_FALSE(check().would_pass);
}

TEST_F(CheckTest, SilenceIsNotWaitedForLong) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  connection_.host = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  options_.deadline = std::chrono::milliseconds(300);
  const WorkspaceCheck silent = check();
  EXPECT_FALSE(silent.would_pass);
  EXPECT_LT(silent.took_ms, 3'000);
  EXPECT_THAT(said(silent, Topic::sign_in), HasSubstr("no answer within"));
  ::close(listener);
  const WorkspaceCheck away = check();
  EXPECT_FALSE(away.would_pass);
  EXPECT_EQ(away.findings.size(), 1U);
}

TEST_F(CheckTest, AfterItsTimeNothingIsAsked) {
  options_.deadline = std::chrono::milliseconds(0);
  const WorkspaceCheck seen = check();
  EXPECT_FALSE(seen.would_pass);
  EXPECT_THAT(workspace_.calls(), testing::IsEmpty());
}

TEST(CheckOfBadSettings, SaysWhatTheSettingsSay) {
  const WorkspaceCheck seen = check_of_bad_settings(
      "",
      {Errc::invalid_argument, Code::databricks_host, "DATABRICKS_HOST is missing.", "Set it."});
  EXPECT_FALSE(seen.would_pass);
  EXPECT_EQ(seen.findings.at(0).topic, Topic::settings);
  EXPECT_EQ(seen.findings.at(0).to_do, "Set it.");
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
