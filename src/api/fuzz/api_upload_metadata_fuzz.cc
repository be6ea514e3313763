#include "api/uploads/tus_checksum.h"
#include "base/base64.h"
#include "base/testing/fuzz_target.h"
#include "base/utf8.h"
#include "intake/labels.h"
#include "intake/upload_limits.h"
#include "intake/upload_metadata.h"

namespace sluice::api {
namespace {

using fuzz::require;
using intake::parse_upload_metadata;
using intake::UploadMetadata;

std::string written(const UploadMetadata& metadata) {
  std::string header;
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      header += (header.empty() ? "" : ",") + std::string(key) + " " + base64_encode(value);
    }
  };
  add("filename", metadata.file_name);
  add("filetype", metadata.file_type);
  add("name", metadata.name);
  add("description", metadata.description);
  add("options", metadata.options);
  add("dataset_id", metadata.dataset_id);
  return header;
}

void refused(const Error& error) {
  require(!error.code.empty() && is_utf8(error.detail), "a refusal says why, in text");
}

/// The value of Upload-Metadata, of Upload-Checksum, and bytes.
void upload_metadata(std::string_view input) {
  require(base64_decode(base64_encode(input)) == input, "bytes come back from base64");
  if (const std::optional<std::string> bytes = base64_decode(input)) {
    require(base64_encode(*bytes) == input, "base64 has one form of each");
  }
  if (const Result<TusChecksum> checksum = TusChecksum::parse(input); !checksum) {
    refused(checksum.error());
  }
  const Result<UploadMetadata> read = parse_upload_metadata(input);
  if (!read) return refused(read.error());
  require(input.size() <= intake::upload_metadata_bytes_max, "what is taken is bounded");
  for (const std::string* value : {&read->file_name, &read->file_type, &read->name,
                                   &read->description, &read->options, &read->dataset_id}) {
    require(intake::is_text(*value) && is_utf8(*value), "values are text");
  }
  const Result<UploadMetadata> again = parse_upload_metadata(written(*read));
  require(again && written(*again) == written(*read), "what is written anew reads the same");
}

const fuzz::Target target(__FILE__, upload_metadata);

}  // namespace
}  // namespace sluice::api
