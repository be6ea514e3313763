// Resumable uploads in a real store: one dataset of each, in one transaction. Run on PostgreSQL
// too.
#include <gtest/gtest.h>

#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

constexpr Micros hour_us = 3'600'000'000;

class UploadsTest : public StoreTest {
 protected:
  UploadRecord begun(UploadState state = UploadState::receiving, std::int64_t open_max = 10) {
    UploadRecord upload;
    upload.id = new_uuid_v7();
    upload.tenant = tenant_;
    upload.state = state;
    upload.bytes_total = 5'000'000'000;
    upload.metadata = "filename YS5jc3Y=";
    upload.dataset_id = new_uuid_v7();
    upload.file_name = upload.dataset_id + ".parquet";
    clock_.advance_us(1);
    upload.expires_at_us = clock_.now_us() + hour_us;
    return store_->create_upload(upload, open_max).value();
  }
  UploadRecord read(const UploadRecord& upload) {
    return store_->get_upload(tenant_, upload.id).value();
  }
};

TEST_F(UploadsTest, IsItsTenantsAlone) {
  const UploadRecord upload = begun();
  const UploadRecord got = read(upload);
  EXPECT_EQ(got.bytes_total, 5'000'000'000);
  EXPECT_EQ(got.metadata, upload.metadata);
  EXPECT_EQ(got.created_at_us, clock_.now_us());
  EXPECT_FALSE(got.unchecked_from);
  EXPECT_EQ(store_->get_upload(other_, upload.id).error().code, "upload_not_found");
  EXPECT_TRUE(store_->list_uploads(other_, 10)->empty());
  EXPECT_EQ(store_->list_uploads(tenant_, 10)->size(), 1U);
}

TEST_F(UploadsTest, ATenantHasABoundedNumberOfUnfinishedOnes) {
  const UploadRecord first = begun();
  begun();
  UploadRecord third = first;
  third.id = new_uuid_v7();
  EXPECT_EQ(store_->create_upload(third, 2).error().code, "too_many_uploads");
  third.tenant = other_;
  EXPECT_TRUE(store_->create_upload(third, 2));
  ASSERT_TRUE(store_->upload_failed(first.id, "{}"));
  EXPECT_EQ(store_->list_uploads(tenant_, 1)->size(), 1U);
  begun(UploadState::receiving, 2);
}

TEST_F(UploadsTest, TheDatasetIsMadeExactlyOnce) {
  const UploadRecord upload = begun();
  ASSERT_TRUE(store_->upload_continues(upload.id, 7, 40));
  EXPECT_EQ(read(upload).unchecked_from, 40);
  EXPECT_EQ(store_->upload_ingesting(upload.id, 8).error().code, "upload_settled");
  ASSERT_TRUE(store_->upload_received(upload.id));
  EXPECT_EQ(read(upload).state, UploadState::waiting);
  EXPECT_EQ(store_->upload_continues(upload.id, 9, {}).error().code, "upload_not_found");

  const NewDataset dataset{upload.dataset_id, tenant_, "Once", "", true};
  const auto make = [&] {
    return store_->create_dataset(dataset, version_of(upload.file_name), Want{}, {}, upload.id);
  };
  EXPECT_EQ(make().error().code, "upload_gone") << "not begun";
  EXPECT_EQ(store_->upload_ingesting(upload.id, 8)->attempts, 1);
  EXPECT_EQ(store_->upload_ingesting(upload.id, 8)->attempts, 2) << "its process died";
  ASSERT_TRUE(store_->upload_postponed(upload.id, false));
  EXPECT_EQ(store_->upload_ingesting(upload.id, 8)->attempts, 2) << "broken off by our own end";
  ASSERT_TRUE(make());
  EXPECT_EQ(read(upload).state, UploadState::done);
  EXPECT_EQ(make().error().code, "upload_gone");
  EXPECT_EQ(store_->list_datasets(tenant_, 10)->datasets.size(), 1U);
  EXPECT_TRUE(store_->unfinished_uploads()->empty());
}

TEST_F(UploadsTest, RemovedWhileItIsIngestedItLeavesNoVersion) {
  const Dataset dataset = created("Renewed");
  const UploadRecord upload = begun(UploadState::waiting);
  ASSERT_TRUE(store_->upload_ingesting(upload.id, 8));
  ASSERT_TRUE(store_->delete_upload(upload.id));
  ASSERT_TRUE(store_->delete_upload(upload.id)) << "removing twice converges";
  EXPECT_EQ(store_->add_version(tenant_, dataset.id, version_of("v2.parquet"), Want{}, upload.id)
                .error()
                .code,
            "upload_gone");
  EXPECT_EQ(store_->get_dataset(tenant_, dataset.id)->dataset.current.version, 1);
}

TEST_F(UploadsTest, OnlyThoseThatWaitForNobodyExpire) {
  const UploadRecord idle = begun();
  const UploadRecord waits = begun(UploadState::waiting);
  const UploadRecord broken = begun(UploadState::waiting);
  ASSERT_TRUE(store_->upload_failed(broken.id, R"({"code":"x"})"));
  EXPECT_EQ(read(broken).error_json, R"({"code":"x"})");
  EXPECT_TRUE(store_->expired_uploads(clock_.now_us())->empty());
  clock_.advance_us(hour_us);
  const auto expired = store_->expired_uploads(clock_.now_us()).value();
  ASSERT_EQ(expired.size(), 2U);
  EXPECT_EQ(expired[0].id, idle.id);
  EXPECT_EQ(expired[1].id, broken.id);
  EXPECT_EQ(store_->unfinished_uploads()->size(), 2U) << waits.id;
}

}  // namespace
}  // namespace sluice::metadata
