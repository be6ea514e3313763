#pragma once

#include <filesystem>
#include <stop_token>

#include "base/result.h"
#include "ingest/parquet/parquet_footer.h"

namespace sluice::ingest {

/// The footer of a Parquet file that may be believed (parquet_footer.h), and so may its pages: none
/// claims more than `parquet_page_bytes_max`, or more values than it has bytes for. The engine
/// checks none of this. Errors besides the footer's: `parquet_unreadable`; `cancelled`.
Result<ParquetFooter> check_parquet(const std::filesystem::path& path, const std::stop_token& stop);

}  // namespace sluice::ingest
