// Whose version is profiled next. A real store and real file workers.
#include "intake/profiler.h"

#include "intake/test_intake.h"

namespace sluice::intake {
namespace {

class ProfilerTest : public IntakeTest {
 protected:
  /// A version whose file takes minutes to read and no room on the disk.
  std::string huge_dataset(const TenantId& tenant) {
    const metadata::NewDataset dataset = new_dataset(tenant, "huge");
    storage::TemporaryFile file = files_->make_temporary(".parquet").value();
    std::ofstream(file.path()).flush();
    std::filesystem::resize_file(file.path(), std::uintmax_t{200} << 30U);
    EXPECT_TRUE(files_->publish(std::move(file), dataset.id + ".parquet"));
    DatasetVersion version;
    version.file_name = dataset.id + ".parquet";
    version.sha256 = "not-known";
    version.bytes = std::int64_t{200} << 30U;
    version.silver_plan_json = "{}";
    EXPECT_TRUE(store_->create_dataset(dataset, version, metadata::Want{}, {}));
    return dataset.id;
  }
};

TEST_F(ProfilerTest, AHugeVersionOfOneTenantHoldsUpNobodyElse) {
  const std::string huge = huge_dataset(tenant_);
  for (int i = 0; i < 5; ++i) small_dataset(tenant_);
  const std::string theirs = small_dataset(other_).id;
  const Profiler profiler(context_);
  EXPECT_TRUE(soon([&] { return is_profiled(theirs); })) << "it waits behind another tenant's";
  EXPECT_FALSE(is_profiled(huge));
}

}  // namespace
}  // namespace sluice::intake
