#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "ingest/ingest.h"

namespace sluice::ingest {

/// A look at a source: what an ingest of it would come to, of which nothing is kept.
struct PreviewRequest {
  /// The caller says `source`, `options`, `temp_folder` and `stop`, and how much of it is there and
  /// wanted: `is_beginning`, `text_bytes_max`. Outputs, room and memory are not its to say.
  IngestRequest ingest;
  std::int64_t rows_max = 20;     ///< Rows that are shown,
  std::int64_t rejects_max = 20;  ///< and rejects.
};

struct Preview {
  Ingested ingested;      ///< Of what was read; columns are those of the bronze table.
  std::string rows_json;  ///< `[[…], …]`: the first rows, their cells as a query answers them.
  std::int64_t rows = 0;  ///< So many of them; fewer than asked for where cells are very large.
  std::string rejects_json;  ///< `[{"line", "reason", "detail", "raw"}, …]`; `raw` may be cut.
  std::optional<Error> refusal;  ///< An ingest would be refused so: too many rejects.
};

/// Of the rows together, and of the rejects: enough for any that a person looks at.
inline constexpr std::size_t preview_json_bytes_max = 4U << 20;
/// Characters of a reject's text.
inline constexpr std::size_t preview_raw_characters_max = 1000;

}  // namespace sluice::ingest
