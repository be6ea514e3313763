#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/preview.h"
#include "ingest/worker/job_wire.h"

// What is said between ingest_job.cc and file_worker.cc about a preview, as JSON.

namespace sluice::ingest {

struct PreviewOrder {
  IngestOrder ingest;
  std::int64_t rows_max = 0;
  std::int64_t rejects_max = 0;
};

std::string encode(const PreviewOrder& order);
std::string encode(const Preview& preview);

// Read in the worker, from us: throws where the text is not ours.
bool is_preview_order(std::string_view text);
PreviewOrder decode_preview_order(std::string_view text);

/// Read in the process that serves, from a worker that a file may have taken over.
/// `file_unreadable` where it is not what `order` can come to: rows of another width or more of
/// them, texts without end, and all that decode_ingested refuses.
Result<Preview> decode_preview(std::string_view text, const PreviewOrder& order);

}  // namespace sluice::ingest
