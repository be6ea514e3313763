#include "lakehouse/databricks/provisioning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lakehouse/databricks/testing/scripted_workspace.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string uc = "/api/2.1/unity-catalog/";
const std::string statements = "/api/2.0/sql/statements";
const ScriptedWorkspace::Reply no_root{
    400,
    R"({"error_code":"INVALID_STATE","message":"Metastore storage root URL does not exist. Default Storage is enabled in your account."})"};
const ScriptedWorkspace::Reply refused{
    403, R"({"error_code":"PERMISSION_DENIED","message":"User does not have MANAGE"})"};
const ScriptedWorkspace::Reply no_group{
    404, R"({"error_code":"PRINCIPAL_DOES_NOT_EXIST","message":"Could not find principal"})"};

class ProvisioningTest : public testing::Test {
 protected:
  ProvisioningTest() {
    for (const char* kind : {"catalogs", "schemas", "volumes"})
      workspace_.on("POST", uc + kind, {{}});
    grants_on("catalog/catalog_tenant_x", no_group);
  }

  void grants_on(const std::string& securable, const ScriptedWorkspace::Reply& reply) {
    workspace_.on("PATCH", uc + "permissions/" + securable, {reply});
  }
  /// Of one process; what the group lacks is in `warning_` then.
  Result<void> ensure(int syncs = 1, bool grants_again = false) {
    Rest rest(connection_);
    UnityCatalog catalog(rest);
    Warehouse warehouse(rest, connection_);
    Provisioning provisioning(catalog, warehouse, connection_);
    calls_ = {};
    for (int sync = 0; sync < syncs; ++sync) {
      TRY(provisioning.ensure(TenantId{"x"}, grants_again, {}, calls_, count_));
    }
    warning_ = provisioning.warning_of(TenantId{"x"});
    return {};
  }

  ScriptedWorkspace workspace_;
  Connection connection_ = workspace_.connection();
  CallCount calls_;
  StatementCount count_;
  std::string warning_;
};

TEST_F(ProvisioningTest, InACatalogThatWasJustMadeNothingIsLookedFor) {
  ASSERT_TRUE(ensure());
  EXPECT_EQ(workspace_.lines(),
            (std::vector<std::string>{
                "GET " + uc + "catalogs/catalog_tenant_x", "POST " + uc + "catalogs",
                "POST " + uc + "schemas", "POST " + uc + "schemas", "POST " + uc + "schemas",
                "POST " + uc + "volumes", "PATCH " + uc + "permissions/catalog/catalog_tenant_x"}));
  EXPECT_EQ(workspace_.bodies("POST", uc + "catalogs").at(0),
            R"({"name":"catalog_tenant_x","comment":"Tenant x, kept by Sluice"})");
  EXPECT_EQ(count_.statements, 0);
}

TEST_F(ProvisioningTest, ACatalogIsKeptBelowTheStorageRootThatIsSet) {
  connection_.catalog_storage_root = "s3://bucket/tables";
  ASSERT_TRUE(ensure());
  EXPECT_THAT(workspace_.bodies("POST", uc + "catalogs").at(0),
              HasSubstr(R"("storage_root":"s3://bucket/tables/catalog_tenant_x")"));
}

TEST_F(ProvisioningTest, WithoutAMetastoreRootAStatementMakesTheCatalog) {
  workspace_.on("POST", uc + "catalogs", {no_root});
  workspace_.on("POST", statements,
                {{200, R"({"statement_id":"s","status":{"state":"SUCCEEDED"}})"}});
  ASSERT_TRUE(ensure());
  EXPECT_THAT(workspace_.bodies("POST", statements).at(0),
              HasSubstr("CREATE CATALOG IF NOT EXISTS `catalog_tenant_x` COMMENT"));
  EXPECT_EQ(count_.statements, 1);
}

TEST_F(ProvisioningTest, WhereNeitherWorksItSaysWhatTheAdministratorDoes) {
  workspace_.on("POST", uc + "catalogs", {no_root});
  workspace_.on(
      "POST", statements,
      {{200,
        R"({"statement_id":"s","status":{"state":"FAILED","error":{"error_code":"BAD_REQUEST","message":"Metastore storage root URL does not exist."}}})"}});
  const auto failed = ensure();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "databricks_catalog_storage");
  EXPECT_EQ(failed.error().kind, Errc::permission_denied);
  EXPECT_THAT(failed.error().remedy, HasSubstr("Catalog Explorer"));
  EXPECT_THAT(failed.error().remedy, HasSubstr("DATABRICKS_ISOLATION=schema"));
  EXPECT_EQ(count_.statements, 1);
  // Made by hand afterwards.
  workspace_.on("GET", uc + "catalogs/catalog_tenant_x", {{}});
  EXPECT_TRUE(ensure());
  EXPECT_EQ(count_.statements, 1);
}

TEST_F(ProvisioningTest, AWrongWarehouseIsNotTakenForACatalogThatCannotBeMade) {
  workspace_.on("POST", uc + "catalogs", {no_root});
  workspace_.on(
      "POST", statements,
      {{400,
        R"({"error_code":"INVALID_PARAMETER_VALUE","message":"w is not a valid endpoint id."})"}});
  const auto failed = ensure();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "databricks_warehouse");
  EXPECT_THAT(failed.error().remedy, HasSubstr("DATABRICKS_WAREHOUSE_ID"));
}

TEST_F(ProvisioningTest, WhoMayNotGrantOnTheCatalogGrantsOnItsSchemas) {
  workspace_.on("GET", uc + "catalogs/catalog_tenant_x", {{}});
  grants_on("catalog/catalog_tenant_x", refused);
  for (const char* schema : {"bronze", "silver", "gold"}) {
    grants_on(std::string("schema/catalog_tenant_x.") + schema, {});
  }
  ASSERT_TRUE(ensure());
  EXPECT_THAT(warning_, HasSubstr("The group sluice-tenant-x was not granted USE CATALOG on "
                                  "catalog_tenant_x. "));
  EXPECT_THAT(warning_, HasSubstr("User does not have MANAGE"));
  EXPECT_THAT(warning_, HasSubstr("run: GRANT USE CATALOG ON CATALOG `catalog_tenant_x` TO "
                                  "`sluice-tenant-x`; Or"));
  for (const char* schema : {"bronze", "silver", "gold"}) {
    const auto bodies = workspace_.bodies(
        "PATCH", uc + "permissions/schema/catalog_tenant_x." + std::string(schema));
    ASSERT_EQ(bodies.size(), 1U) << schema;
    EXPECT_EQ(bodies[0],
              R"({"changes":[{"principal":"sluice-tenant-x","add":["USE_SCHEMA","SELECT"]}]})");
  }
}

TEST_F(ProvisioningTest, AGrantOnTheCatalogIsEnough) {
  grants_on("catalog/catalog_tenant_x", {});
  ASSERT_TRUE(ensure());
  EXPECT_THAT(workspace_.lines(), Not(Contains(HasSubstr("permissions/schema"))));
  EXPECT_EQ(warning_, "");
}

TEST_F(ProvisioningTest, AGroupThatIsNotThereIsNamedWithWhatItWouldHave) {
  ASSERT_TRUE(ensure());
  EXPECT_THAT(warning_, HasSubstr("no group sluice-tenant-x"));
  EXPECT_THAT(warning_, HasSubstr("USE CATALOG, USE SCHEMA, SELECT on catalog_tenant_x"));
  EXPECT_THAT(warning_, HasSubstr("make that group in the account"));
}

TEST_F(ProvisioningTest, AGrantThatIsRefusedIsTriedAgainWhereAsked) {
  const std::string grant = "PATCH " + uc + "permissions/catalog/catalog_tenant_x";
  const auto grants = [&] {
    const std::vector<std::string> lines = workspace_.lines();
    return std::count(lines.begin(), lines.end(), grant);
  };
  ASSERT_TRUE(ensure(3));
  EXPECT_EQ(grants(), 1) << "an ordinary sync takes no more calls";
  workspace_.forget_calls();
  workspace_.on("PATCH", uc + "permissions/catalog/catalog_tenant_x", {no_group, {}});
  ASSERT_TRUE(ensure(3, true));
  EXPECT_EQ(grants(), 2) << "the second was taken";
  EXPECT_EQ(warning_, "");
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
