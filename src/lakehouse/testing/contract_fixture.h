#pragma once

// Of the suite's own files only.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "lakehouse/testing/lakehouse_contract.h"
#include "lakehouse/testing/parquet_rows.h"

namespace sluice::lakehouse::testing {

namespace fs = std::filesystem;

inline const std::vector<Column> columns = {
    {"id", "ID", "BIGINT", ""}, {"a", "a", "VARCHAR", ""}, {"at", "at", "TIMESTAMP", ""}};

/// Two of the three are the same in silver.
inline constexpr const char* three_rows =
    "SELECT * FROM (VALUES (1::BIGINT, '7', TIMESTAMP '2025-01-01 00:00:00'), (1, '7', "
    "TIMESTAMP '2025-01-01 00:00:00'), (2, '8', NULL)) t(id, a, \"at\")";
inline constexpr const char* one_row =
    "SELECT 9::BIGINT AS id, '9' AS a, TIMESTAMP '2025-01-01 00:00:00' AS \"at\"";

/// A dataset with a table name that nobody else has.
class Contract : public ::testing::TestWithParam<Contender> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    lakehouse_ = world_->open();
    request_.tenant.value = "contract";
    request_.dataset_id = new_uuid_v7();
    request_.table_name = "t_" + random_hex(6);
    request_.columns = columns;
  }
  void TearDown() override {
    // A workspace is shared. What is foreign stays in the way of this, which is none of its fault.
    if (lakehouse_) static_cast<void>(lakehouse_->drop_tables(request_));
  }

  /// The request's version becomes this content; where its file lies, ready to be loaded.
  fs::path land(std::int64_t version, const std::string& select) {
    const fs::path path = lakehouse_->landing_path(request_).value();
    const ParquetRows made = make_parquet(select, request_.columns, path);
    request_.version = version;
    request_.sha256 = made.sha256;
    plan_ = made.plan;
    return path;
  }
  Result<TableState> load(std::int64_t version, const std::string& select) {
    const fs::path path = land(version, select);
    return lakehouse_->load_bronze(request_, path);
  }
  /// Both tables; what silver came to.
  Result<SilverState> sync(std::int64_t version, const std::string& select) {
    TRY(load(version, select));
    return lakehouse_->load_silver(request_, plan_);
  }
  /// A plan by which no row but those without a value gets through.
  medallion::Plan strict() const {
    medallion::Plan plan = plan_;
    plan.columns.at(1).type = "DATE";
    plan.columns.at(1).transform = medallion::Transform::cast;
    return plan;
  }
  std::optional<std::int64_t> count(Layer layer) {
    return world_->count(request_.tenant, layer, request_.table_name);
  }
  /// Another dataset that thinks the table name its own.
  TableRequest theirs() const {
    TableRequest other = request_;
    other.dataset_id = new_uuid_v7();
    return other;
  }

  std::unique_ptr<LakehouseUnderTest> world_;
  std::unique_ptr<Lakehouse> lakehouse_;
  TableRequest request_;
  medallion::Plan plan_;
};

/// Of what was refused; else `done`.
std::string code_of(const auto& result) { return result ? "done" : result.error().code.text(); }

}  // namespace sluice::lakehouse::testing
