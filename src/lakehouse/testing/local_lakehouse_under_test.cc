// The contract's suite for the local lakehouse, in lakehouse_test.
#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "base/ids.h"
#include "dataset/names.h"
#include "lakehouse/local/delta_log.h"
#include "lakehouse/local/local_lakehouse.h"
#include "lakehouse/testing/lakehouse_contract.h"
#include "lakehouse/testing/parquet_rows.h"

namespace sluice::lakehouse::testing {
namespace {

namespace fs = std::filesystem;

sandbox::ForkServer& workers() {
  static const auto all = sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
  return *all;
}

class LocalUnderTest final : public LakehouseUnderTest {
 public:
  LocalUnderTest() {
    if (!create_folders(root_)) std::abort();
  }
  ~LocalUnderTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  std::unique_ptr<Lakehouse> open() override {
    return LocalLakehouse::open(root_, workers()).value();
  }

  std::optional<std::int64_t> count(const TenantId& tenant, Layer layer,
                                    const std::string& table_name) override {
    const fs::path folder = folder_of(tenant, layer, table_name);
    const DeltaSnapshot snapshot = DeltaLog(folder).snapshot().value();
    if (snapshot.log_version < 0) return std::nullopt;
    std::vector<fs::path> files;
    for (const DeltaFile& file : snapshot.files) files.push_back(folder / file.path);
    return count_rows(files);
  }

  void make_foreign(const TenantId& tenant, Layer layer, const std::string& table_name) override {
    const fs::path folder = folder_of(tenant, layer, table_name);
    if (!create_folders(folder / "_delta_log")) std::abort();
    make_parquet("SELECT 1::BIGINT AS x", {{"x", "x", "BIGINT", ""}}, folder / "theirs.parquet");
    std::ofstream(folder / "_delta_log" / "00000000000000000000.json")
        << R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
           "\n"
           R"({"metaData":{"id":"11111111-1111-1111-1111-111111111111","format":{"provider":"parquet","options":{}},)"
           R"("schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}",)"
           R"("partitionColumns":[],"configuration":{},"createdTime":0}})"
           "\n"
           R"({"add":{"path":"theirs.parquet","partitionValues":{},"size":)"
        << fs::file_size(folder / "theirs.parquet")
        << R"(,"modificationTime":0,"dataChange":true}})"
           "\n";
  }

  void take_away(const TenantId& tenant, Layer layer, const std::string& table_name) override {
    fs::remove_all(folder_of(tenant, layer, table_name));
  }

 private:
  fs::path folder_of(const TenantId& tenant, Layer layer, const std::string& table_name) const {
    const fs::path catalog = root_ / catalog_name(tenant);
    if (layer == Layer::bronze) return catalog / "bronze" / table_name;
    return catalog / "silver" / (table_name + (layer == Layer::silver ? "_clean" : "_quarantine"));
  }

  const fs::path root_ = fs::temp_directory_path() / ("sluice-contract-" + random_hex(4));
};

}  // namespace

std::vector<Contender> contenders() {
  return {{"local", [] { return std::make_unique<LocalUnderTest>(); }}};
}

}  // namespace sluice::lakehouse::testing
