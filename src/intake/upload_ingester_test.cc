// Datasets made of uploads that are complete, also of those that a dead process had begun. A
// real store and real file workers.
#include "intake/upload_ingester.h"

#include "base/base64.h"
#include "intake/test_intake.h"

namespace sluice::intake {
namespace {

using metadata::UploadState;

class UploadIngesterTest : public IntakeTest {
 protected:
  /// A resumable upload as its last PATCH leaves it.
  metadata::UploadRecord received(const TenantId& tenant, const std::string& content,
                                  UploadState state = UploadState::waiting) {
    metadata::UploadRecord upload;
    upload.id = new_uuid_v7();
    upload.tenant = tenant;
    upload.state = state;
    upload.bytes_total = static_cast<std::int64_t>(content.size());
    upload.metadata =
        "filename " + base64_encode("sales.csv") + ",description " + base64_encode("about it");
    upload.dataset_id = new_uuid_v7();
    upload.file_name = upload.dataset_id + ".parquet";
    upload.expires_at_us = clock_.now_us() + 86'400'000'000;
    write(upload.id, content);
    EXPECT_TRUE(store_->create_upload(upload, 100));
    return upload;
  }
  void write(const std::string& id, const std::string& content) {
    storage::PartialFile file = partial_files_->lock(id).value();
    storage::StreamedFile stream =
        file.append({[]() -> Result<std::uint64_t> { return 1ULL << 40; }, 0}).value();
    EXPECT_TRUE(stream.write(content));
    EXPECT_TRUE(stream.sync());
  }
  UploadState state_of(const metadata::UploadRecord& upload) {
    return store_->get_upload(upload.tenant, upload.id)->state;
  }
  bool ends_as(const metadata::UploadRecord& upload, UploadState state) {
    return soon([&] { return state_of(upload) == state; });
  }
  static std::string document(const Error& error, const std::string& upload_id) {
    return R"({"code":")" + error.code.text() + R"(","instance":")" + upload_id + R"("})";
  }
};

TEST_F(UploadIngesterTest, MakesADatasetOfEachThatIsComplete) {
  const UploadIngester ingester(context_, document);
  const metadata::UploadRecord upload = received(tenant_, "a,b\n1,x\n2,y\n");
  const metadata::UploadRecord theirs = received(other_, "c\n7\n");
  context_.wakes.upload_ingester.notify();
  ASSERT_TRUE(ends_as(upload, UploadState::done));
  ASSERT_TRUE(ends_as(theirs, UploadState::done));
  const Dataset made = store_->get_dataset(tenant_, upload.dataset_id)->dataset;
  EXPECT_EQ(made.name, "sales");
  EXPECT_EQ(made.description, "about it");
  EXPECT_EQ(made.current.source_name, "sales.csv");
  EXPECT_EQ(made.current.row_count, 2);
  EXPECT_EQ(store_->get_dataset(other_, theirs.dataset_id)->dataset.current.row_count, 1);
  EXPECT_TRUE(soon([&] { return partial_files_->list()->empty(); }));
}

TEST_F(UploadIngesterTest, MakesAVersionWhereOneWasAskedFor) {
  const Dataset dataset = small_dataset(tenant_);
  metadata::UploadRecord upload;
  {
    metadata::UploadRecord planned = received(tenant_, "a\n1\n", UploadState::receiving);
    ASSERT_TRUE(store_->delete_upload(planned.id));
    planned.is_version = true;
    planned.dataset_id = dataset.id;
    planned.file_name = version_file_name(dataset.id);
    upload = store_->create_upload(planned, 100).value();
  }
  // Its last byte came, and the process died before it could say so.
  const UploadIngester ingester(context_, document);
  ASSERT_TRUE(ends_as(upload, UploadState::done));
  EXPECT_EQ(store_->get_dataset(tenant_, dataset.id)->dataset.current.version, 2);
}

TEST_F(UploadIngesterTest, WhatTheFileIsNotIsToldToItsClient) {
  const metadata::UploadRecord upload = received(tenant_, "{\"a\":");
  const UploadIngester ingester(context_, document);
  ASSERT_TRUE(ends_as(upload, UploadState::failed));
  const std::string told = store_->get_upload(tenant_, upload.id)->error_json;
  EXPECT_NE(told.find("json_syntax"), std::string::npos) << told;
  EXPECT_NE(told.find(upload.id), std::string::npos) << told;
  EXPECT_EQ(store_->get_dataset(tenant_, upload.dataset_id).error().kind, Errc::not_found);
  EXPECT_TRUE(soon([&] { return partial_files_->list()->empty(); }));
  EXPECT_TRUE(files_->list()->empty());
}

TEST_F(UploadIngesterTest, AFileThatIsNotWholeAnyMoreIsLostInNoSilence) {
  const metadata::UploadRecord upload = received(tenant_, "a,b\n1,x\n");
  std::filesystem::resize_file(folder_ / "uploads" / (upload.id + ".part"), 3);
  const UploadIngester ingester(context_, document);
  ASSERT_TRUE(ends_as(upload, UploadState::failed));
  EXPECT_NE(store_->get_upload(tenant_, upload.id)->error_json.find("upload_lost"),
            std::string::npos);
}

TEST_F(UploadIngesterTest, OneThatIsStillArrivingIsLeftAlone) {
  metadata::UploadRecord half = received(tenant_, "a,b\n1", UploadState::receiving);
  ASSERT_TRUE(store_->delete_upload(half.id));
  half.bytes_total = 100;
  ASSERT_TRUE(store_->create_upload(half, 100));
  const metadata::UploadRecord whole = received(tenant_, "a\n1\n");
  const UploadIngester ingester(context_, document);
  ASSERT_TRUE(ends_as(whole, UploadState::done)) << "by then it has looked at both";
  EXPECT_EQ(state_of(half), UploadState::receiving);
  EXPECT_GT(partial_files_->size(half.id).value(), 0U);
}

TEST_F(UploadIngesterTest, WhatADeadProcessPublishedIsMadeAnew) {
  const metadata::UploadRecord upload = received(tenant_, "a,b\n1,x\n");
  storage::TemporaryFile half = files_->make_temporary(".parquet").value();
  std::ofstream(half.path()) << "of the process that died";
  ASSERT_TRUE(files_->publish(std::move(half), upload.file_name));
  const UploadIngester ingester(context_, document);
  ASSERT_TRUE(ends_as(upload, UploadState::done));
  const DatasetVersion made = store_->get_version(upload.dataset_id, 1).value();
  EXPECT_TRUE(verified_.open({files_->root() / made.file_name, made.sha256, {}}));
}

}  // namespace
}  // namespace sluice::intake
