#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lakehouse/remote_tables.h"

namespace sluice::federation {

/// Column `column` of table `table` as the engine's plan has it: by a name that no SQL can guess,
/// since the plan says neither which file a scan reads nor whose a column is.
std::string planned_name(const std::string& prefix, std::size_t table, std::size_t column);

/// At `separator` outside of quotes and parentheses.
std::vector<std::string> split(std::string_view text, std::string_view separator);

/// Reads the texts of a plan for one of the tables that planned_name names. Pure. A filter that
/// drops more than the query would is a wrong answer: what is not surely understood is none.
class PlanFilterReader {
 public:
  PlanFilterReader(const std::string& prefix, std::size_t table)
      : name_(prefix + "_" + std::to_string(table) + "_") {}

  /// The columns of the table that the text names.
  std::set<std::size_t> columns_in(const std::string& text) const;
  /// `column=5`, `"column" IN ('a', 'b')`, `column IS NULL`; nothing where it is not understood.
  std::optional<lakehouse::RemoteFilter> filter_of(const std::string& text) const;

 private:
  const std::string name_;
};

}  // namespace sluice::federation
