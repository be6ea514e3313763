// What the user says of columns by their names: force_types and check_null_tokens of sources.h.
#include <algorithm>

#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/sources.h"

namespace sluice::ingest {

Result<void> check_null_tokens(const IngestOptions& options,
                               const std::vector<std::string>& headers) {
  for (const auto& [header, tokens] : options.column_null_tokens) {
    if (std::ranges::find(headers, header) != headers.end()) continue;
    return fail(Errc::invalid_argument, Code::column_unknown,
                "There is no column " + shown(header) + " (null_tokens).",
                "Columns are named as in the header; \"*\" stands for all that are not named.");
  }
  return {};
}

Result<std::vector<bool>> force_types(const IngestOptions& options,
                                      const std::vector<std::string>& headers,
                                      std::vector<ValueType>& types) {
  TRY(check_null_tokens(options, headers));
  std::vector<bool> forced(headers.size(), false);
  std::map<std::string, std::string> left = options.column_types;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto found = left.find(headers[i]);
    if (found == left.end()) continue;
    if (!parse_scalar_type(found->second, types[i])) {
      return fail(
          Errc::invalid_argument, Code::column_type_unknown,
          "The type " + shown(found->second) + " of column " + shown(found->first) +
              " is not one that a column can take.",
          "VARCHAR, BIGINT, DECIMAL(p,s), DOUBLE, BOOLEAN, DATE, TIMESTAMP or TIMESTAMPTZ.");
    }
    forced[i] = true;
    left.erase(found);
  }
  if (left.empty()) return forced;
  return fail(Errc::invalid_argument, Code::column_unknown,
              "There is no column " + shown(left.begin()->first) + " (column_types).",
              "Columns are named as in the header.");
}

}  // namespace sluice::ingest
