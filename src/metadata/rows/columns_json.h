#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::metadata {

/// Columns as they are stored: `[{"name":…,"original":…,"type":…,"reason":…}, …]`, the form of
/// wire/dataset_forms.h.
std::string columns_to_json(const std::vector<Column>& columns);

/// `data_loss` (`metadata_columns_damaged`) where the text is not what columns_to_json makes.
Result<std::vector<Column>> columns_from_json(std::string_view text);

}  // namespace sluice::metadata
