#include "api/uploads/upload_metadata.h"

#include <array>

#include "api/limits.h"
#include "api/uploads/checksum.h"
#include "base/testing/fuzz_target.h"
#include "base/utf8.h"

namespace sluice::api {
namespace {

using fuzz::require;

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view three = bytes.substr(at, 3);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= three.size() ? digits[bits >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return text;
}

std::string written(const UploadMetadata& metadata) {
  std::string header;
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      header += (header.empty() ? "" : ",") + std::string(key) + " " + base64(value);
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
  require(base64_decoded(base64(input)).value() == input, "bytes come back from base64");
  if (const Result<std::string> bytes = base64_decoded(input)) {
    require(base64(*bytes) == input, "base64 has one form of each");
  }
  if (const Result<Checksum> checksum = Checksum::parse(input); !checksum) {
    refused(checksum.error());
  }
  const Result<UploadMetadata> read = parse_upload_metadata(input);
  if (!read) return refused(read.error());
  require(input.size() <= upload_metadata_bytes_max, "what is taken is bounded");
  for (const std::string* value : {&read->file_name, &read->file_type, &read->name,
                                   &read->description, &read->options, &read->dataset_id}) {
    require(is_text(*value) && is_utf8(*value), "values are text");
  }
  const Result<UploadMetadata> again = parse_upload_metadata(written(*read));
  require(again && written(*again) == written(*read), "what is written anew reads the same");
}

const fuzz::Target target(__FILE__, upload_metadata);

}  // namespace
}  // namespace sluice::api
