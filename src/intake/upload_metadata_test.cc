// Pure. Its fuzz target is in api/fuzz.
#include "intake/upload_metadata.h"

#include <gtest/gtest.h>

#include "intake/upload_limits.h"

namespace sluice::intake {
namespace {

std::string code_of(std::string_view header) {
  const Result<UploadMetadata> parsed = parse_upload_metadata(header);
  return parsed ? "" : parsed.error().code.text();
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

}  // namespace
}  // namespace sluice::intake
