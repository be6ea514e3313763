#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ingest/bytes/archive.h"
#include "ingest/bytes/encoding_decision.h"
#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"

namespace sluice::ingest {

/// Which file of an archive was taken, and why that one.
StructureChoice member_choice(const std::vector<ArchiveMember>& members, std::size_t taken,
                              const IngestOptions& options);

/// How it was found that a text is of `encoding`. `decision`: where its bytes did not say it, and
/// the sender did not either.
StructureChoice encoding_choice(const std::string& encoding,
                                const std::optional<EncodingDecision>& decision,
                                const IngestOptions& options);

}  // namespace sluice::ingest
