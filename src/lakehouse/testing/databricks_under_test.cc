// lakehouse_contract: the contract's suite for Databricks, on the workspace that DATABRICKS_HOST
// and its like name (tests/workspace/test_contract.py).
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/files.h"
#include "base/ids.h"
#include "lakehouse/databricks/databricks_lakehouse.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/testing/lakehouse_contract.h"

namespace sluice::lakehouse::testing {
namespace {

namespace fs = std::filesystem;
using databricks::CallCount;
using databricks::CatalogTable;
using databricks::Connection;
using databricks::StatementCount;
using databricks::StatementRows;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

sandbox::ForkServer& workers() {
  static const auto all = sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
  return *all;
}

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(to_line(result.error()));
  return std::move(*result);
}

Connection connection(bool is_external) {
  Connection out;
  out.host = variable("DATABRICKS_HOST");
  out.token = variable("DATABRICKS_TOKEN");
  out.warehouse_id = variable("DATABRICKS_WAREHOUSE_ID");
  if (is_external) out.external_location = variable("DATABRICKS_EXTERNAL_LOCATION");
  return must(databricks::checked(std::move(out)));
}

class DatabricksUnderTest final : public LakehouseUnderTest {
 public:
  explicit DatabricksUnderTest(bool is_external) : connection_(connection(is_external)) {}
  ~DatabricksUnderTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::unique_ptr<Lakehouse> open() override {
    return must(databricks::DatabricksLakehouse::open(connection_, folder_, workers()));
  }

  std::optional<std::int64_t> count(const TenantId& tenant, Layer layer,
                                    const std::string& table_name) override {
    const std::string name = full_name(tenant, layer, table_name);
    if (!must(catalog_.find_table(name, {}, calls_))) return std::nullopt;
    return run("SELECT count(*) AS row_count FROM " + databricks::quoted_name(name))
        .integer("row_count");
  }

  void make_foreign(const TenantId& tenant, Layer layer, const std::string& table_name) override {
    databricks::Provisioning provisioning(catalog_, warehouse_, connection_);
    const Result<void> made = provisioning.ensure(tenant, false, {}, calls_, statements_);
    if (!made) throw std::runtime_error(to_line(made.error()));
    run("CREATE TABLE " + databricks::quoted_name(full_name(tenant, layer, table_name)) +
        " USING DELTA AS SELECT 1 AS x");
  }

  void take_away(const TenantId& tenant, Layer layer, const std::string& table_name) override {
    const Result<void> gone = catalog_.drop_table(full_name(tenant, layer, table_name), {}, calls_);
    if (!gone) throw std::runtime_error(to_line(gone.error()));
  }

 private:
  StatementRows run(const std::string& sql) {
    return must(warehouse_.run({sql, "Judging the lakehouse", {}, {}}, calls_, statements_));
  }
  std::string full_name(const TenantId& tenant, Layer layer, const std::string& table_name) const {
    const databricks::TenantPlaces places = databricks::places_of(tenant, connection_);
    if (layer == Layer::bronze) return places.catalog + "." + places.bronze + "." + table_name;
    return places.catalog + "." + places.silver + "." + table_name +
           (layer == Layer::silver ? "_clean" : "_quarantine");
  }

  const Connection connection_;
  const fs::path folder_ = fs::temp_directory_path() / ("sluice-contract-" + random_hex(4));
  databricks::Rest rest_{connection_};
  databricks::UnityCatalog catalog_{rest_};
  databricks::Warehouse warehouse_{rest_, connection_};
  CallCount calls_;
  StatementCount statements_;
};

}  // namespace

std::vector<Contender> contenders() {
  return {{"managed", [] { return std::make_unique<DatabricksUnderTest>(false); }},
          {"external", [] { return std::make_unique<DatabricksUnderTest>(true); }}};
}

}  // namespace sluice::lakehouse::testing
