#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::intake {

/// What a client says of a resumable upload in `Upload-Metadata`. Kept as sent and read again when
/// it is ingested: a new key is a member here and a row of the table in upload_metadata.cc, and
/// nothing else. What an older Sluice took is parsed again after an upgrade: never refuse it.
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

}  // namespace sluice::intake
