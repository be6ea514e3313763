#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ingest/bytes/source_file.h"
#include "ingest/csv/csv_layout.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// The last rows of a CSV file, which the user said are no data (skip_footer).
struct CsvFooter {
  std::uint64_t begin = UINT64_MAX;  ///< Offset of the first of them; data end there.
  std::vector<Reject> rows;
};

/// The last `count` rows below the header, or all where there are fewer. Reads the whole file once,
/// waiting for what has yet to arrive, but looks at cells only near each piece's start and at the
/// end; memory is one piece. Errors: those of CsvSplitter and TextCheck; `rejects_too_many` beyond
/// reject_bytes_max.
Result<CsvFooter> find_footer(const SourceFile& file, const CsvLayout& layout, std::size_t count);

}  // namespace sluice::ingest
