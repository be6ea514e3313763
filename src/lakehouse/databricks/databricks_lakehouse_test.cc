#include "lakehouse/databricks/databricks_lakehouse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "lakehouse/databricks/testing/scripted_workspace.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string tables = "/api/2.1/unity-catalog/tables/catalog_tenant_x.";
const std::string statements = "/api/2.0/sql/statements";

/// A dataset of one column whose bronze is in the workspace, version 3 of 2 rows.
class DatabricksLakehouseTest : public testing::Test {
 protected:
  DatabricksLakehouseTest() {
    request_.tenant = TenantId{"x"};
    request_.dataset_id = "d-1";
    request_.version = 3;
    request_.sha256 = "abc";
    request_.table_name = "orders";
    request_.columns = {{"id", "id", "BIGINT", ""}};
    plan_.columns = {{"id", "id", "BIGINT", medallion::Transform::keep, "", {}, ""}};
    bronze_is("abc");
    lakehouse_ =
        DatabricksLakehouse::open(workspace_.connection(), folder_.path(), *workers_).value();
  }

  void bronze_is(const std::string& sha256, const std::string& mask = "") {
    workspace_.on("GET", tables + "bronze.orders",
                  {{200, R"({"full_name":"catalog_tenant_x.bronze.orders","table_type":"MANAGED",)"
                         R"("properties":{"sluice.dataset_id":"d-1","sluice.version":"3",)"
                         R"("sluice.rows":"2","sluice.sha256":")" +
                             sha256 + R"("},"columns":[{"name":"id","type_text":"bigint")" + mask +
                             R"(},{"name":"_batch","type_text":"bigint"}]})"}});
  }
  ScriptedWorkspace::Reply silver_of(int version) const {
    return {200, R"({"full_name":"catalog_tenant_x.silver.orders_clean","properties":{)"
                 R"("sluice.dataset_id":"d-1","sluice.sha256":"abc","sluice.plan":")" +
                     sha256_hex(medallion::to_json(plan_)) + R"(","sluice.version":")" +
                     std::to_string(version) +
                     R"("},"columns":[{"name":"id","type_text":"bigint"}]})"};
  }
  void silver_is_of(int version) {
    workspace_.on("GET", tables + "silver.orders_clean", {silver_of(version)});
  }
  void counted(const std::string& silver, const std::string& bronze, const std::string& batch) {
    workspace_.on(
        "POST", statements,
        {{200, R"({"statement_id":"s","status":{"state":"SUCCEEDED"},"manifest":{)"
               R"("schema":{"columns":[{"name":"silver_rows"},{"name":"quarantined"},)"
               R"({"name":"bronze_rows"},{"name":"batch"}]}},"result":{"data_array":[[")" +
                   silver + R"(","0",")" + bronze + R"(",")" + batch + R"("]]}})"}});
  }
  std::vector<std::string> sent() const { return workspace_.bodies("POST", statements); }

  const std::unique_ptr<sandbox::ForkServer> workers_ =
      sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
  const ScopedPath folder_{std::filesystem::temp_directory_path() /
                           ("sluice-databricks-" + random_hex(4))};
  ScriptedWorkspace workspace_;
  TableRequest request_;
  medallion::Plan plan_;
  std::unique_ptr<Lakehouse> lakehouse_;
};

TEST_F(DatabricksLakehouseTest, SilverOfTheSameColumnsIsOverwritten) {
  silver_is_of(2);
  counted("2", "2", "3");
  static_cast<void>(lakehouse_->load_silver(request_, plan_));
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_THAT(sent()[0], HasSubstr("INSERT OVERWRITE `catalog_tenant_x`.`silver`.`orders_clean`"));
  EXPECT_THAT(sent()[0], Not(HasSubstr("CREATE OR REPLACE")));
}

TEST_F(DatabricksLakehouseTest, WhatAnotherCallCarriedMeanwhileIsNoFailure) {
  // Of no class, by its class, and of another kind altogether: the file was removed.
  for (const auto& [said, code] :
       {std::pair("java.lang.IllegalStateException: gone", "databricks_bug"),
        std::pair("[PATH_NOT_FOUND] Path does not exist: /Volumes/x. SQLSTATE: 42K03",
                  "databricks_unavailable"),
        std::pair("[INSUFFICIENT_PERMISSIONS] no READ VOLUME", "databricks_permission")}) {
    workspace_.forget_calls();
    silver_is_of(2);
    workspace_.on("POST", statements,
                  {{200, R"({"statement_id":"s","status":{"state":"FAILED","error":{)"
                         R"("error_code":"BAD_REQUEST","message":")" +
                             std::string(said) + R"("}}})"}});
    const auto failed = lakehouse_->load_silver(request_, plan_);
    EXPECT_EQ(failed.error().code, code);
    // As above, and the look afterwards finds it: it is counted then.
    workspace_.forget_calls();
    workspace_.on("GET", tables + "silver.orders_clean", {silver_of(2), silver_of(3)});
    static_cast<void>(lakehouse_->load_silver(request_, plan_));
    ASSERT_THAT(sent(), SizeIs(2));
    EXPECT_THAT(sent()[1], Not(HasSubstr("INSERT")));
  }
}

TEST_F(DatabricksLakehouseTest, SilverIsNotMadeOfWhatIsMasked) {
  bronze_is("abc", R"(,"mask":{"function_name":"g.hide"})");
  const auto made = lakehouse_->load_silver(request_, plan_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "databricks_masked");
  EXPECT_EQ(lakehouse_->find_bronze(request_).error().code, "databricks_masked");
  EXPECT_THAT(sent(), SizeIs(0));
}

/// That our principal reads what masks hide is claimed.
class ExemptLakehouseTest : public DatabricksLakehouseTest {
 protected:
  ExemptLakehouseTest() {
    Connection connection = workspace_.connection();
    connection.is_exempt_from_masks = true;
    lakehouse_ = DatabricksLakehouse::open(connection, folder_.path(), *workers_).value();
    bronze_is("abc", R"(,"mask":{"function_name":"g.hide"})");
    silver_is_of(2);
    workspace_.on("HEAD", landed, {{200, "", {{"Content-Length", "9"}}}});
    workspace_.on("DELETE", landed, {{204, ""}});
  }
  void compared(const std::string& flags) {
    workspace_.on("POST", statements,
                  {{200, R"({"statement_id":"s","status":{"state":"SUCCEEDED"},"manifest":{)"
                         R"("schema":{"columns":[{"name":"same_rows"},{"name":"same_0"}]}},)"
                         R"("result":{"data_array":[[)" +
                             flags + "]]}}"}});
  }

  const std::string landed =
      "/api/2.0/fs/files/Volumes/catalog_tenant_x/bronze/landing/orders/3-abc.parquet";
};

TEST_F(ExemptLakehouseTest, TheMaskedColumnIsComparedInTheStatementThatWritesSilver) {
  counted("2", "2", "3");
  workspace_.on("GET", tables + "silver.orders_clean", {silver_of(2), silver_of(3)});
  const auto made = lakehouse_->load_silver(request_, plan_);
  ASSERT_TRUE(made) << to_line(made.error());
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_THAT(sent()[0], HasSubstr("t.d0 <=> f.d0 AS same_0"));
  EXPECT_THAT(sent()[0], HasSubstr("landing/orders/3-abc.parquet`"));
  EXPECT_THAT(workspace_.lines(), testing::Contains("DELETE " + landed));
}

TEST_F(ExemptLakehouseTest, WhatIsReadMaskedAllTheSameMakesNoSilver) {
  compared(R"("true","false")");
  const auto made = lakehouse_->load_silver(request_, plan_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "databricks_not_exempt");
  EXPECT_EQ(made.error().kind, Errc::permission_denied);
  EXPECT_THAT(made.error().detail, HasSubstr("id (g.hide)"));
  EXPECT_THAT(made.error().remedy, HasSubstr("Exempt our principal from g.hide"));
  EXPECT_THAT(sent(), SizeIs(1));
}

TEST_F(ExemptLakehouseTest, OtherRowsThanWereLoadedAreNoMasksDoing) {
  compared(R"("false","false")");
  EXPECT_EQ(lakehouse_->load_silver(request_, plan_).error().code, "bronze_changed");
  ASSERT_THAT(sent(), SizeIs(2));
  EXPECT_THAT(sent()[1], HasSubstr("'sluice.sha256' = ''"));
}

TEST_F(ExemptLakehouseTest, WithoutTheLandedFileBronzeIsLoadedAgain) {
  EXPECT_TRUE(lakehouse_->find_bronze(request_).value().has_value());
  workspace_.on("HEAD", landed, {{404, ""}});
  EXPECT_FALSE(lakehouse_->find_bronze(request_).value().has_value());
  EXPECT_EQ(lakehouse_->load_silver(request_, plan_).error().code, "bronze_changed");
  EXPECT_THAT(sent(), SizeIs(0));
}

TEST_F(DatabricksLakehouseTest, BronzeWhoseRowsAreNotThoseItSaysIsLoadedAgain) {
  silver_is_of(2);
  // Rows of version 2, or another number of them.
  for (const auto& [rows, batch] : {std::pair("2", "2"), std::pair("5", "3")}) {
    workspace_.forget_calls();
    counted(rows, rows, batch);
    const auto made = lakehouse_->load_silver(request_, plan_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, "bronze_changed");
    ASSERT_THAT(sent(), SizeIs(2));
    EXPECT_THAT(sent()[1], HasSubstr("`orders` SET TBLPROPERTIES ('sluice.sha256' = '')"));
  }
  bronze_is("");
  EXPECT_FALSE(lakehouse_->find_bronze(request_).value().has_value());
}

class DatabricksWarehouseTest : public DatabricksLakehouseTest {
 protected:
  void warehouse_is(const std::string& state, int status = 200) {
    workspace_.on("GET", warehouse_,
                  {{status, R"({"state":")" + state +
                                R"(","cluster_size":"2X-Small","auto_stop_mins":10})"}});
  }
  void open(std::chrono::seconds window) {
    Connection connection = workspace_.connection();
    connection.window = window;
    lakehouse_ = DatabricksLakehouse::open(connection, folder_.path(), *workers_).value();
  }
  SyncCost cost_of_silver() {
    SyncCost cost;
    request_.cost = &cost;
    silver_is_of(2);
    counted("2", "2", "3");
    static_cast<void>(lakehouse_->load_silver(request_, plan_));
    request_.cost = nullptr;
    return cost;
  }
  std::size_t looks() const { return workspace_.bodies("GET", warehouse_).size(); }
  std::optional<Micros> begins_at(const std::string& dataset_id) {
    request_.dataset_id = dataset_id;
    return lakehouse_->begins_at(request_).value();
  }

  const std::string warehouse_ = "/api/2.0/sql/warehouses/w";
};

TEST_F(DatabricksWarehouseTest, AStepSaysForHowLongItKeptTheWarehouseAwake) {
  warehouse_is("RUNNING");
  const SyncCost woke = cost_of_silver();
  ASSERT_TRUE(woke.awake_ms);
  EXPECT_GE(*woke.awake_ms, 600'000) << "with the idle time until it stops";
  EXPECT_NEAR(*woke.dbu, 4 * static_cast<double>(*woke.awake_ms) / 3.6e6, 1e-3);
  const SyncCost later = cost_of_silver();
  EXPECT_LT(*later.awake_ms, 300'000) << "which was paid already";
  EXPECT_EQ(looks(), 1U) << "how it is set up is known by now";
}

TEST_F(DatabricksWarehouseTest, OfAWarehouseThatCannotBeSeenThatIsNotKnown) {
  warehouse_is("", 403);
  EXPECT_EQ(cost_of_silver().awake_ms, std::nullopt);
  EXPECT_EQ(cost_of_silver().dbu, std::nullopt);
  EXPECT_EQ(looks(), 1U) << "and not asked again at once";
}

TEST_F(DatabricksWarehouseTest, SyncsThatFindItAsleepWaitForEachOther) {
  open(std::chrono::seconds(30));
  for (const char* state : {"RUNNING", "STARTING", "DELETED", ""}) {
    warehouse_is(state);
    EXPECT_EQ(begins_at("a"), std::nullopt) << state;
  }
  warehouse_is("", 403);
  EXPECT_EQ(begins_at("a"), std::nullopt) << "what cannot be seen is not waited for";
  const Micros before = SystemClock().now_us();
  warehouse_is("STOPPED");
  const auto first = begins_at("a");
  ASSERT_TRUE(first);
  EXPECT_GE(*first, before + 30'000'000);
  warehouse_is("STOPPING");
  EXPECT_EQ(begins_at("b").value(), *first + 50'000);
  warehouse_is("RUNNING");
  EXPECT_EQ(begins_at("c"), std::nullopt) << "somebody else woke it";
}

TEST_F(DatabricksWarehouseTest, WithoutAWindowNobodyLooks) {
  warehouse_is("STOPPED");
  EXPECT_EQ(begins_at("a"), std::nullopt);
  EXPECT_TRUE(workspace_.calls().empty());
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
