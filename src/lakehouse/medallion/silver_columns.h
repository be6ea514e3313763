#pragma once

#include <vector>

#include "dataset/dataset.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

/// The columns of silver, with the original headers of those of bronze that they are made of.
std::vector<Column> silver_columns(const std::vector<Column>& bronze, const Plan& plan);

/// The columns of quarantine: bronze's, and the two that say which cell and why.
std::vector<Column> quarantine_columns(const std::vector<Column>& bronze, const Plan& plan);

}  // namespace sluice::lakehouse::medallion
