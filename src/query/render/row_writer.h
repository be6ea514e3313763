#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "duckdb/cells/json_cells.h"
#include "query/answer.h"
#include "query/request.h"

namespace sluice::query {

/// The columns' names, the later of two equal ones made another: `a`, `a_1`.
std::vector<std::string> unique_names(const std::vector<AnswerColumn>& columns);

/// Writes rows as text. JSON: `[[1,"a"],[2,null]]`. NDJSON: an object a line, its keys made unique
/// (`a`, `a_1`). CSV (RFC 4180): a header; NULL is an empty cell, an empty text `""`; nested values
/// are JSON; a text that a spreadsheet would take for a formula begins with `'`, unless
/// `formulas_as_they_are` (OWASP, "CSV Injection"). In the worker; one thread. Clients read these
/// forms: they never change.
class RowWriter {
 public:
  RowWriter(Format format, bool formulas_as_they_are, const std::vector<AnswerColumn>& columns,
            const std::vector<duckdb::CellType>& types);

  void begin(std::string& out) const;
  void append(std::string& out, const std::vector<duckdb::CellVector>& row_of, std::uint64_t row);
  void end(std::string& out) const;

 private:
  void append_csv(std::string& out, std::string_view json, const duckdb::CellType& type) const;
  void append_csv_text(std::string& out, std::string_view text, bool may_be_formula) const;

  Format format_;
  bool formulas_as_they_are_;
  const std::vector<duckdb::CellType>& types_;
  std::vector<std::string> names_;  ///< NDJSON: `"name":`; CSV: as they are.
  bool is_first_ = true;
  std::string scratch_;
};

}  // namespace sluice::query
