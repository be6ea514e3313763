#include "intake/upload_metadata.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/base64.h"
#include "intake/error_codes.h"
#include "intake/labels.h"
#include "intake/upload_limits.h"

namespace sluice::intake {
namespace {

struct Key {
  std::string_view name;
  std::string UploadMetadata::*member;
};

constexpr Key keys[] = {
    {"filename", &UploadMetadata::file_name}, {"filetype", &UploadMetadata::file_type},
    {"name", &UploadMetadata::name},          {"description", &UploadMetadata::description},
    {"options", &UploadMetadata::options},    {"dataset_id", &UploadMetadata::dataset_id}};

std::string known_keys() {
  std::string names;
  for (const Key& key : keys) names += (names.empty() ? "" : ", ") + std::string(key.name);
  return names;
}

/// As it may stand in an answer: a header can hold any byte.
std::string shown(std::string_view key) {
  const bool plain =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
  return plain ? "`" + std::string(key) + "`" : "that is not ASCII";
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string UploadMetadata::dataset_name() const {
  return name.empty() ? std::filesystem::path(file_name).stem().string() : name;
}

Result<UploadMetadata> parse_upload_metadata(std::string_view header) {
  if (header.size() > upload_metadata_bytes_max) {
    return fail(Errc::too_large, Code::upload_metadata_too_long,
                "Upload-Metadata is longer than upload_metadata_bytes_max, " +
                    std::to_string(upload_metadata_bytes_max) + " bytes.");
  }
  UploadMetadata metadata;
  std::set<std::string_view> seen;
  while (!without_blanks(header).empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    const std::string_view pair = without_blanks(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::size_t space = std::min(pair.find(' '), pair.size());
    const std::string_view name = pair.substr(0, space);
    const auto* const key = std::find_if(std::begin(keys), std::end(keys),
                                         [&](const Key& k) { return k.name == name; });
    if (key == std::end(keys)) {
      return fail(Errc::invalid_argument, Code::upload_metadata_unknown,
                  "Upload-Metadata has a key " + shown(name) + "; it is not known.",
                  "Known are " + known_keys() + ".");
    }
    if (!seen.insert(key->name).second) {
      return fail(Errc::invalid_argument, Code::upload_metadata_twice,
                  "Upload-Metadata has the key `" + std::string(name) + "` twice.");
    }
    std::optional<std::string> value = base64_decode(without_blanks(pair.substr(space)));
    if (!value || !is_text(*value)) {
      return fail(Errc::invalid_argument, Code::bad_upload_metadata,
                  "The value of `" + std::string(name) +
                      "` in Upload-Metadata is not base64 of UTF-8 text.");
    }
    metadata.*(key->member) = std::move(*value);
  }
  return metadata;
}

}  // namespace sluice::intake
