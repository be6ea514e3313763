#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ingest/bytes/encoding_decision.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/ingest.h"
#include "ingest/structure/structure_decision.h"

namespace sluice::ingest {

/// A source as its readers want it: text unpacked and in UTF-8, in a temporary file if need be.
struct PreparedSource {
  IngestRequest request;
  Format format = Format::records;
  Compression compression = Compression::none;
  std::string encoding = "utf-8";                     ///< Empty where the format has none.
  std::string member_note;                            ///< Of what came out of an archive.
  std::string text_note;                              ///< Of its encoding.
  std::optional<EncodingDecision> encoding_decision;  ///< Where the bytes did not say it.
  StructureDecision decision;
};

/// What the source is, taken out of what it is packed in. Where its encoding is known it is UTF-8
/// then; where it is not, that is for the reader to find (`transcode_undeclared`). `format`: what
/// the caller knows it to be; empty: its content says. Temporary files stand in `temp` and go with
/// it. Blocks, until a source that is arriving is there as far as it is needed.
Result<PreparedSource> prepare_source(const IngestRequest& request, std::optional<Format> format,
                                      const std::filesystem::path& temp);

/// Decides what text that is not UTF-8 is, and makes it UTF-8.
Result<void> transcode_undeclared(PreparedSource& prepared, const std::filesystem::path& temp);

}  // namespace sluice::ingest
