#pragma once

#include <soci/soci.h>

#include <string_view>

#include "base/result.h"

namespace sluice::metadata {

/// Inside the transaction that makes the dataset or version: the upload is `done`, so that neither
/// is there without the other. `conflict` (`upload_gone`) where it is not being ingested, or was
/// removed meanwhile.
Result<void> settle_upload(soci::session& session, std::string_view upload_id);

}  // namespace sluice::metadata
