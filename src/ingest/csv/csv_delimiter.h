#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ingest/csv/csv_sample.h"

namespace sluice::ingest {

/// A delimiter of several bytes, as rows show it that were divided at one byte of it.
struct LongDelimiter {
  std::string text;
  /// The rows may as well have an empty column without a name.
  bool is_guess = false;
  /// One row does not show it: the byte that was found is as likely the delimiter.
  bool but_one_row = false;
};

/// `||` where `|` leaves every second cell of every row empty, `|~|` where it leaves `~` there,
/// `~|~` where `~` stands on both sides of each `|`, and the like. Empty: the rows do not say so.
std::optional<LongDelimiter> find_long_delimiter(const std::vector<SampleRow>& rows,
                                                 const std::string& delimiter);

/// `;`, `tab`, `0x01`, `||`.
std::string name_of_delimiter(const std::string& delimiter);

}  // namespace sluice::ingest
