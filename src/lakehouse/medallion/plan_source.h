#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::lakehouse::medallion {

/// By column, the words for nothing that the user named; null where that was left to us.
using NamedNullTokens = std::vector<const std::vector<std::string>*>;

/// What the source of a table says that its cells do not. Known at ingest only.
struct PlanSource {
  /// A look at the first `count` rows is one at all.
  bool has_at_most(std::size_t count) const {
    return rows && *rows <= static_cast<std::int64_t>(count);
  }

  char delimiter = 0;               ///< Between cells of a text file; 0 where there is none.
  char decimal_mark = 0;            ///< `.` or `,` where the sender said which; else 0.
  bool takes_decimal_mark = false;  ///< The option can say it.
  /// Columns that hold text, but of numbers only in the source: JSON's, whose digits bronze keeps.
  /// No cell is a code.
  std::set<std::string> of_numbers = {};
  NamedNullTokens null_tokens = {};
  /// How many there are, where that is known: few are all looked at in the first look.
  std::optional<std::int64_t> rows = {};
};

}  // namespace sluice::lakehouse::medallion
