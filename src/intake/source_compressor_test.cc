// Originals packed in the background, and what becomes of damaged ones. A real store and real
// files.
#include "intake/source_compressor.h"

#include "base/hash.h"
#include "intake/damage.h"
#include "intake/test_intake.h"
#include "storage/packed_source.h"

namespace sluice::intake {
namespace {

class SourceCompressorTest : public IntakeTest {
 protected:
  /// A CSV that packs well and is too large for its digest to be taken at once.
  Dataset large_dataset() {
    csv_ = "a,b\n";
    while (csv_.size() < 2'000'000) csv_ += "12345,the same text again and again\n";
    const metadata::NewDataset dataset = new_dataset(tenant_);
    Converted made = converted(csv_, dataset.id + ".parquet");
    return commit_new(context_, made, dataset).value();
  }
  bool is_packed(const Dataset& dataset) {
    return !store_->get_version(dataset.id, 1)->packed_sha256.empty();
  }
  std::string csv_;
};

TEST_F(SourceCompressorTest, PacksWhatIsThereAndWhatComes) {
  const Dataset there = large_dataset();
  EXPECT_EQ(store_->get_version(there.id, 1)->source_sha256, "");
  const SourceCompressor compressor(*store_, *files_, context_.wakes.source_compressor);
  ASSERT_TRUE(soon([&] { return is_packed(there); }));
  EXPECT_EQ(store_->get_version(there.id, 1)->source_sha256, sha256_hex(csv_));
  const Dataset comes = large_dataset();
  ASSERT_TRUE(soon([&] { return is_packed(comes); })) << "the commit has woken it";
  const std::filesystem::path path = files_->root() / comes.current.source_file;
  ASSERT_TRUE(soon([&] { return std::filesystem::file_size(path) < csv_.size() / 10; }));
  const FileDescriptor file = open_source(context_, comes, path, {}).value();
  std::string read;
  ASSERT_TRUE(storage::read_source(file, "s", comes.current.source_bytes, [&](std::string_view p) {
    read += p;
    return Result<void>();
  }));
  EXPECT_EQ(read, csv_) << "what is given back is what came";
}

TEST_F(SourceCompressorTest, ADamagedOriginalIsNotedAndRefused) {
  const Dataset dataset = small_dataset(tenant_);
  const std::filesystem::path path = files_->root() / dataset.current.source_file;
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(2);
    file << '!';
  }
  EXPECT_EQ(open_source(context_, dataset, path, {}).error().code, "source_damaged");
  const std::vector<metadata::Damage> damage = {
      {dataset.id, tenant_, metadata::FileKind::source, dataset.current.source_file, 0}};
  const auto remedy = [&](metadata::FileKind kind) { return remedy_of(dataset, {}, kind, damage); };
  EXPECT_NE(remedy(metadata::FileKind::data).find("/versions"), std::string::npos)
      << "the original cannot help";
  EXPECT_NE(remedy(metadata::FileKind::silver).find("/sync"), std::string::npos);
  SyncState synced;
  synced.lakehouse = "local";
  synced.bronze_table = "c.bronze.t";
  synced.synced_version = 1;
  EXPECT_NE(remedy_of(dataset, synced, metadata::FileKind::data, damage).find("/restore"),
            std::string::npos);
  EXPECT_NE(remedy_of(dataset, {}, metadata::FileKind::data, {}).find("/reingest"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::intake
