#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::ingest {

/// A row of the source that the table could not take; a row of `dataset_rejects`, whose columns and
/// reasons clients read: add a reason, never change one.
struct Reject {
  std::uint64_t line = 0;  ///< Where it begins; of a sheet, the row's number.
  std::string reason;      ///< A code: `ragged_row`, `stray_quote`, `unclosed_quote`, `unparsable`,
                           ///< `above_header`, `below_header`, `footer`, `not_json`,
                           ///< `not_an_object`.
  std::string detail;      ///< In words.
  std::string raw;         ///< The text as it came, UTF-8.

  /// In memory: of a row of one letter that is some two hundred times the letter.
  std::size_t bytes() const { return sizeof(Reject) + raw.size() + detail.size(); }
};

}  // namespace sluice::ingest
