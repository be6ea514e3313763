#include "base/testing/fuzz_target.h"
#include "base/utf8.h"
#include "ingest/worker/job_wire.h"
#include "ingest/worker/preview_wire.h"

namespace sluice::ingest {
namespace {

using fuzz::require;

/// What a worker says whose file took it over: its result, or how far it is.
void job_wire(std::string_view input) {
  IngestProgress progress;
  decode_progress(input, progress);
  require(progress.bytes_read >= 0 && progress.rows_read >= 0, "progress does not go back");

  const Result<Preview> preview = decode_preview(input, PreviewOrder{{}, 2, 2});
  require(!preview || preview->rows <= 2, "a preview has no more rows than were asked for");

  const Result<IngestedRecords> done = decode_ingested(input);
  if (!done) {
    require(done.error().code == "file_unreadable", "what is no result is the file's error");
    return;
  }
  const Ingested& ingested = done->ingested;
  require(!ingested.columns.empty(), "a table has columns");
  require(ingested.rows_read == ingested.row_count + ingested.rows_rejected, "rows add up");
  require(is_utf8(done->name) && is_utf8(done->description), "a name is text");
  const std::string text = encode(*done);
  const Result<IngestedRecords> again = decode_ingested(text);
  require(again && encode(*again) == text, "a result comes back");
}

const fuzz::Target target(__FILE__, job_wire);

}  // namespace
}  // namespace sluice::ingest
