#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::api {

/// What a client says of a resumable upload in `Upload-Metadata`. Kept as sent and read again when
/// it is ingested: a new key is a member here and a row of the table in upload_metadata.cc, and
/// nothing else.
struct UploadMetadata {
  std::string file_name;  ///< `filename`: a label, and the name where there is none.
  std::string
      file_type;  ///< `filetype`: customary among tus clients; what a file is, its content says.
  std::string name;
  std::string description;
  std::string options;     ///< How to read it: the JSON object of docs/api.md.
  std::string dataset_id;  ///< Not empty: a new version of this dataset.

  /// The dataset's name: as said, or the file's without its ending.
  std::string dataset_name() const;
};

/// `key base64, key base64` of tus 1.0.0. `invalid_argument`: `bad_upload_metadata`,
/// `upload_metadata_unknown` (which names the key), `upload_metadata_twice`; `too_large`
/// `upload_metadata_too_long`.
Result<UploadMetadata> parse_upload_metadata(std::string_view header);

/// What a client may call things: UTF-8 without control characters but line ends and tabs.
bool is_text(std::string_view value);

/// True where valid UTF-8 `name` is shown as one line and as its letters say: it has no line end of
/// any kind, and no mark that turns the direction of what follows (U+202A to U+202E, U+2066 to
/// U+2069), by which a list of names shows what is not there.
bool is_one_line(std::string_view name);

}  // namespace sluice::api
