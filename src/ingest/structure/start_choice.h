#pragma once

#include <string>
#include <vector>

#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"
#include "ingest/structure/table_start.h"

namespace sluice::ingest {

/// The decision about a table's first rows, to be kept and shown. `taken` is `decision.best`,
/// unless a sheet's merged cells changed it; `rows` are those that were asked about; `unit` is
/// `row` or `line`.
StructureChoice start_choice(const StartDecision& decision, const TableStart& taken,
                             const std::vector<TableRow>& rows, const std::string& unit,
                             const IngestOptions& options);

}  // namespace sluice::ingest
