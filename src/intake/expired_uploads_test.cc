// Which uploads and partial files go, and when. A real store and real files; the clock is set
// forward.
#include "intake/expired_uploads.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/ids.h"

namespace sluice::intake {
namespace {

namespace fs = std::filesystem;

constexpr Micros day_us = 86'400'000'000;

/// The system's clock, set forward: the files' own times are the system's.
class LaterClock final : public Clock {
 public:
  Micros now_us() const override { return SystemClock().now_us() + ahead_us; }
  Micros ahead_us = 0;
};

class ExpiredUploads : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_->ensure_tenant(tenant_, "T")); }
  void TearDown() override {
    store_.reset();
    fs::remove_all(root_);
  }
  std::string begun(metadata::UploadState state) {
    metadata::UploadRecord upload;
    upload.id = new_uuid_v7();
    upload.tenant = tenant_;
    upload.state = state;
    upload.expires_at_us = clock_.now_us() + day_us;
    EXPECT_TRUE(store_->create_upload(upload, 100));
    write(upload.id);
    return upload.id;
  }
  void write(const std::string& id) {
    storage::PartialFile file = files_->lock(id).value();
    storage::StreamedFile stream =
        file.append({[]() -> Result<std::uint64_t> { return 1ULL << 40; }, 0}).value();
    EXPECT_TRUE(stream.write("bytes"));
  }
  bool has_file(const std::string& id) { return files_->size(id).value() > 0; }
  bool is_known(const std::string& id) { return store_->get_upload(tenant_, id).has_value(); }
  void sweep_after(Micros us) {
    clock_.ahead_us = us;
    ASSERT_TRUE(sweep_expired_uploads(*store_, *files_, clock_));
  }

  fs::path root_ = fs::temp_directory_path() / ("sluice-expired-" + random_hex(6));
  LaterClock clock_;
  TenantId tenant_{"t"};
  std::unique_ptr<metadata::Store> store_ =
      metadata::Store::open("sqlite://" + (root_ / "sluice.db").string(), clock_).value();
  std::unique_ptr<storage::PartialFiles> files_ =
      storage::PartialFiles::open(root_ / "uploads").value();
};

TEST_F(ExpiredUploads, GoWithTheirFilesUnlessSomebodyWorksOnThem) {
  const std::string idle = begun(metadata::UploadState::receiving);
  const std::string held = begun(metadata::UploadState::receiving);
  const std::string waits = begun(metadata::UploadState::waiting);
  sweep_after(0);
  EXPECT_TRUE(has_file(idle) && is_known(idle));
  {
    const storage::PartialFile holder = files_->lock(held).value();
    sweep_after(2 * day_us);
  }
  EXPECT_FALSE(has_file(idle) || is_known(idle));
  EXPECT_TRUE(has_file(held) && is_known(held)) << "a slow PATCH is still writing it";
  EXPECT_TRUE(has_file(waits) && is_known(waits)) << "complete ones are ours to ingest";
  sweep_after(2 * day_us);
  EXPECT_FALSE(has_file(held) || is_known(held));
}

TEST_F(ExpiredUploads, TheFileOfASettledOneGoesAtOnce) {
  const std::string failed = begun(metadata::UploadState::waiting);
  ASSERT_TRUE(store_->upload_failed(failed, "{}"));
  sweep_after(0);
  EXPECT_FALSE(has_file(failed));
  EXPECT_TRUE(is_known(failed)) << "shown until its time has come";
}

TEST_F(ExpiredUploads, AFileThatNobodyKnowsGoesAfterAWeek) {
  const std::string unknown = new_uuid_v7();
  write(unknown);
  const std::string waits = begun(metadata::UploadState::waiting);
  sweep_after(6 * day_us);
  EXPECT_TRUE(has_file(unknown));
  sweep_after(8 * day_us);
  EXPECT_FALSE(has_file(unknown));
  EXPECT_TRUE(has_file(waits));
}

}  // namespace
}  // namespace sluice::intake
