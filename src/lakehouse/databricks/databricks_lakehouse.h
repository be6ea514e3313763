#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "lakehouse/databricks/connection.h"
#include "lakehouse/databricks/files_api.h"
#include "lakehouse/databricks/provisioning.h"
#include "lakehouse/databricks/rest.h"
#include "lakehouse/databricks/unity_catalog.h"
#include "lakehouse/databricks/waking_window.h"
#include "lakehouse/databricks/warehouse.h"
#include "lakehouse/databricks/warehouse_state.h"
#include "lakehouse/lakehouse.h"
#include "lakehouse/landing_folder.h"
#include "sandbox/fork_server.h"

namespace sluice::lakehouse::databricks {

/// Bronze, silver and quarantine as Delta tables in Unity Catalog. All of bronze's rows are written
/// anew by one submission that reads the landed Parquet file from a volume; silver's likewise from
/// bronze; quarantine's by a third one, where there are rows for it. Which content a table holds
/// stands in its properties (`sluice.dataset_id`, `.version`, `.sha256`, `.plan`), which are
/// written in the same commit or after it (table_write.h) and read by REST: a step whose answer was
/// lost is looked up, and repeated where it did not happen. All else goes by REST and costs no
/// warehouse.
///
/// Unlike the local lakehouse it takes no lock: one workflow per dataset is what orders the work,
/// and Delta lets one of two commits at a time win.
class DatabricksLakehouse final : public Lakehouse {
 public:
  /// Makes `folder`, where files are on their way, and sweeps what dead processes left there.
  /// `workers` read what landed, and must outlive this.
  static Result<std::unique_ptr<Lakehouse>> open(Connection connection,
                                                 const std::filesystem::path& folder,
                                                 sandbox::ForkServer& workers);

  std::string kind() const override { return "databricks"; }
  Result<std::optional<Micros>> begins_at(const TableRequest& request) override;
  Result<std::optional<TableState>> find_bronze(const TableRequest& request) override;
  Result<std::filesystem::path> landing_path(const TableRequest& request) override;
  Result<TableState> load_bronze(const TableRequest& request,
                                 const std::filesystem::path& landed) override;
  Result<SilverState> load_silver(const TableRequest& request,
                                  const medallion::Plan& plan) override;
  Result<std::optional<TableState>> find_table(const TenantId& tenant, Layer layer,
                                               const std::string& table_name) override;
  Result<void> drop_tables(const TableRequest& request) override;

  DatabricksLakehouse(Connection connection, std::filesystem::path folder, LandingFolder landing,
                      sandbox::ForkServer& workers);

 private:
  /// One step on one dataset's tables, and what it cost.
  struct Step;

  /// What the step's statements are reckoned with.
  void know_warehouse(Step& step);
  std::string full_name(const TenantId& tenant, Layer layer, const std::string& table_name) const;
  std::string external_path(const TenantId& tenant, const std::string& table_name) const;
  Result<std::optional<CatalogTable>> find_ours(Step& step, Layer layer);
  /// Runs what may run twice; after a lost answer or a conflict again, unless `is_done` says that
  /// it happened.
  Result<std::optional<StatementRows>> converge(Step& step, const std::string& name,
                                                const std::string& doing, const std::string& sql,
                                                const std::function<Result<bool>()>& is_done);
  /// Bronze as it stands before it is loaded; refuses what must not be loaded over, or cannot be
  /// read in full.
  Result<std::optional<CatalogTable>> find_bronze_to_load(Step& step);
  TableState bronze_state(Step& step, const CatalogTable& table) const;
  /// Whether bronze need not be loaded for this request: it holds its content, and where masks are
  /// on it the landed file is there yet, with which silver's step compares (read_back.h).
  Result<bool> is_ready(Step& step, const CatalogTable& bronze);
  std::string landed_path(const TableRequest& request) const;
  /// Provisions, uploads and loads; `rows` is what the landed file has, `there` the table so far.
  Result<TableState> make_bronze(Step& step, const std::filesystem::path& landed, std::int64_t rows,
                                 const std::optional<CatalogTable>& there);
  Result<std::string> land(Step& step, const std::filesystem::path& landed);
  Result<SilverState> make_silver(Step& step, const medallion::Plan& plan);
  /// Silver's counts; the table is written first unless it holds this plan's rows already.
  Result<StatementRows> load_silver_rows(Step& step, const medallion::Plan& plan,
                                         const CatalogTable& bronze,
                                         const std::map<std::string, std::string>& properties);
  /// The same; refused where masks or filters keep some of bronze from our principal.
  Result<StatementRows> load_silver_in_full(Step& step, const medallion::Plan& plan,
                                            const std::map<std::string, std::string>& properties,
                                            const CatalogTable& bronze);
  /// What makes silver's rows, as a script; where bronze is masked or filtered only if our
  /// principal reads all of it.
  Result<std::string> silver_script(const TableRequest& request, const CatalogTable& bronze,
                                    std::vector<std::string> statements) const;
  /// Whether `silver_rows`, which were counted in the table, are all that it has.
  Result<void> check_silver_count(Step& step, const medallion::Plan& plan,
                                  const CatalogTable& silver, std::int64_t silver_rows);
  /// Makes bronze say that it holds no version, where its rows are not those that it says.
  tl::unexpected<Error> disown_bronze(Step& step, const std::string& bronze);
  Result<std::int64_t> load_quarantine(Step& step, const medallion::Plan& plan,
                                       const std::map<std::string, std::string>& properties,
                                       const std::optional<CatalogTable>& there);
  /// The rows that silver leaves out as a table, or no such table.
  Result<void> converge_quarantine(Step& step, const medallion::Plan& plan,
                                   const std::map<std::string, std::string>& properties,
                                   SilverState& state);
  Result<void> drop_external_files(Step& step, const std::string& location);

  const Connection connection_;
  const std::filesystem::path folder_;
  const LandingFolder landing_;
  sandbox::ForkServer& workers_;
  Rest rest_;
  UnityCatalog catalog_;
  FilesApi files_;
  Warehouse warehouse_;
  WarehouseSetup setup_;
  WakingWindow window_;
  const SystemClock clock_{};
  Provisioning provisioning_;
};

}  // namespace sluice::lakehouse::databricks
