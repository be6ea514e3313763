#pragma once

#include <cstdint>
#include <optional>

#include <boost/json/value.hpp>

#include "query/parsed_statement.h"

namespace sluice::federation {

/// Rows that suffice where the plan gives a table's rows as they come: those of the statement's one
/// LIMIT; where it has none, `row_limit` and one. Nothing where that is not certain: a filter that
/// is asked here, a limit below another one, an OFFSET anywhere. Pure. A number that is too small
/// is a wrong answer that nobody notices.
std::optional<std::int64_t> rows_needed(const boost::json::value& plan,
                                        const query::ParsedStatement& statement,
                                        std::int64_t row_limit);

}  // namespace sluice::federation
