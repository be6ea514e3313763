#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metadata/sql/database_engine.h"

namespace sluice::metadata {

struct Migration {
  std::string name;  ///< File name without `.sql`: `0001_init`; names order them.
  std::string sql;   ///< Statements that each end in `;` at the end of a line.
};

/// migrations/*.sql as they were when this was built.
const std::vector<Migration>& migrations();

/// Applies what is missing, all of it in one transaction: of several processes that start together
/// one migrates and the others wait. A database with migrations that this binary does not know is
/// refused (`metadata_newer`). Throws soci::soci_error.
/// Where `refuse_new` is not empty, so is one without any (`metadata_empty`, which says that).
Result<void> migrate(const Engine& engine, soci::session& session, const Clock& clock,
                     std::string_view refuse_new);

}  // namespace sluice::metadata
