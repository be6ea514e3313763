#include <gtest/gtest.h>

#include "api/limits.h"
#include "api/problem.h"
#include "api/running_uploads.h"
#include "api/uploads/checksum.h"
#include "api/uploads/upload_metadata.h"

namespace sluice::api {
namespace {

std::string code_of(std::string_view header) {
  const Result<UploadMetadata> parsed = parse_upload_metadata(header);
  return parsed ? "" : parsed.error().code;
}

TEST(UploadMetadata, IsReadAsTusWritesIt) {
  const UploadMetadata all =
      parse_upload_metadata("filename c2FsZXMucTEuY3N2, description R3LDtsOfZQ==,filetype").value();
  EXPECT_EQ(all.file_name, "sales.q1.csv");
  EXPECT_EQ(all.dataset_name(), "sales.q1");
  EXPECT_EQ(all.description, "Größe");
  EXPECT_EQ(all.file_type, "");
  EXPECT_EQ(parse_upload_metadata("name Tg==,filename YS5jc3Y=")->dataset_name(), "N");
  EXPECT_EQ(parse_upload_metadata("")->dataset_name(), "");
}

TEST(UploadMetadata, WhatIsNotUnderstoodIsRefused) {
  const std::pair<std::string, const char*> cases[] = {
      {"colour cmVk", "upload_metadata_unknown"},
      {"Filename YQ==", "upload_metadata_unknown"},
      {"name YQ==,", ""},
      {",name YQ==", "upload_metadata_unknown"},
      {"name YQ==, name YQ==", "upload_metadata_twice"},
      {"name YQ", "bad_upload_metadata"},
      {"name AA==", "bad_upload_metadata"},  // NUL
      {"name gICA", "bad_upload_metadata"},  // not UTF-8
      {"name " + std::string(upload_metadata_bytes_max, 'A'), "upload_metadata_too_long"}};
  for (const auto& [header, code] : cases) EXPECT_EQ(code_of(header), code) << header.substr(0, 40);
  // A header may hold any byte; the answer is JSON.
  EXPECT_EQ(parse_upload_metadata("\xff YQ==").error().detail,
            "Upload-Metadata has a key that is not ASCII; it is not known.");
}

TEST(Base64, IsStrict) {
  EXPECT_EQ(base64_decoded("").value(), "");
  EXPECT_EQ(base64_decoded("YQ==").value(), "a");
  EXPECT_EQ(base64_decoded("YWI=").value(), "ab");
  EXPECT_EQ(base64_decoded("YWJj").value(), "abc");
  for (const char* bad : {"YQ", "YQ=", "=", "====", "Y===", "YQ==YQ==", "YW J", "YW-_", "YWJj\n"}) {
    EXPECT_FALSE(base64_decoded(bad)) << bad;
  }
}

TEST(Checksum, OfTheBytesThatCame) {
  const auto outcome = [](std::string_view header) {
    Checksum checksum = Checksum::parse(header).value();
    checksum.update("a");
    checksum.update("bc");
    return checksum.finish();
  };
  // FIPS 180-2, appendices A.1 and B.1.
  EXPECT_TRUE(outcome("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="));
  EXPECT_TRUE(outcome("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="));
  const Result<void> wrong = outcome("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J4=");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(http_status(wrong.error()), 460);
  for (const char* bad : {"", "sha1", "sha1 YQ==", "md5 kAFQmDzST7DWlj99KOF/cg==", "SHA1 x"}) {
    EXPECT_FALSE(Checksum::parse(bad)) << bad;
  }
}

TEST(RunningUploads, AreSeenByTheirTenantWhileTheyRun) {
  RunningUploads running;
  const TenantId ours{"ours"};
  {
    const RunningUploads::Entry first = running.add("r", ours, false, 1);
    const RunningUploads::Entry second = running.add("r", ours, false, 2);
    second->bytes_received = 7;
    EXPECT_EQ(running.find(ours, "r")->bytes_received, 7) << "the newest of that id";
    EXPECT_EQ(running.find({"other"}, "r"), nullptr);
    ASSERT_EQ(running.list(ours).size(), 2U);
    EXPECT_EQ(running.list(ours)[0]->created_at_us, 2);
  }
  EXPECT_EQ(running.find(ours, "r"), nullptr);
}

}  // namespace
}  // namespace sluice::api
