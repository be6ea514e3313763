#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "ingest/ingest.h"
#include "ingest/parquet/parquet_footer.h"

namespace sluice::ingest {

/// Writes the Parquet file `request.source` to `output`, its footer with these edits. With
/// `columns` only those that are true in it, where they were, and holes between them: such a file
/// can be read as long as no other is asked for. Errors: of the disk, and what `request.room` says.
Result<void> copy_parquet(const IngestRequest& request, const ParquetFooter& footer,
                          const std::vector<ParquetEdit>& edits,
                          const std::filesystem::path& output,
                          const std::vector<bool>* columns = nullptr);

}  // namespace sluice::ingest
