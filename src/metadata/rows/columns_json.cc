#include "metadata/rows/columns_json.h"

#include "metadata/error_codes.h"
#include "wire/dataset_forms.h"
#include "wire/json.h"

namespace sluice::metadata {

std::string columns_to_json(const std::vector<Column>& columns) { return wire::to_text(columns); }

Result<std::vector<Column>> columns_from_json(std::string_view text) {
  Result<std::vector<Column>> columns = wire::from_stored_text<std::vector<Column>>(text);
  if (columns) return columns;
  return fail(
      Errc::data_loss, Code::metadata_columns_damaged,
      "The stored columns of a dataset are not what Sluice wrote: " + columns.error().detail,
      "Restore the data folder from a backup, or upload the dataset again.");
}

}  // namespace sluice::metadata
