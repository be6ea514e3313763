#pragma once

#include <stop_token>

#include "base/result.h"
#include "ingest/bytes/source_file.h"
#include "ingest/parquet/parquet_footer.h"

namespace sluice::ingest {

/// Goes from page to page of every column, as the engine will, and refuses (`parquet_footer`) where
/// a page claims more bytes than the file has or than source_limits.h allows. Only headers are
/// read.
Result<void> check_parquet_pages(const SourceFile& file, const ParquetFooter& footer,
                                 const std::stop_token& stop);

}  // namespace sluice::ingest
