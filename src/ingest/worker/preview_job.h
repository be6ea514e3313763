#pragma once

#include "base/result.h"
#include "ingest/preview.h"
#include "ingest/sources.h"
#include "ingest/worker/preview_wire.h"

namespace sluice::ingest {

/// The worker's part of a preview: an ingest as any other, of which the first rows and rejects are
/// told. A file of too many rejects is read all the same, and `refusal` says so. `request` is that
/// of an ingest, whose outputs nobody takes. Errors: those of ingest_file.
Result<Preview> make_preview(const Engine& engine, IngestRequest request,
                             const PreviewOrder& wanted);

}  // namespace sluice::ingest
