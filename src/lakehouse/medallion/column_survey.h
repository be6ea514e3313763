#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/form_verdict.h"

namespace sluice::lakehouse::medallion {

/// What is known of one text column, and which candidates are still possible.
struct ColumnLook {
  const Column* column = nullptr;
  const std::vector<std::string>* null_words = nullptr;  ///< Which words are none of its values.
  std::uint64_t alive = 0;  ///< Bit i: candidates()[i] fits every cell seen.
  std::vector<std::int64_t>
      fits;  ///< By candidate: the number of cells that fit, when it was last tested.
  std::vector<std::string> misfits;     ///< By candidate: a cell that does not fit; cut.
  std::int64_t cells = 0;               ///< Seen, neither blank nor a word for nothing.
  std::int64_t words = 0;               ///< Words for nothing.
  std::vector<std::string> words_seen;  ///< Which they are.
  std::int64_t integer_digits = 0;      ///< Most digits before the point.
  std::int64_t scale = 0;               ///< Most digits behind it.
  FormVerdict form;                     ///< Where no candidate fits: see form_survey.h.
};

/// Clears all candidates of columns that are plainly text, by the first rows of a relation: no cell
/// there begins as a number, a date or a boolean does, and there is one. Costs a fraction of
/// `look_at`, and most text columns are such.
Result<void> rule_out_plain_text(duckdb::Connection& connection, const std::string& relation,
                                 const std::vector<ColumnLook*>& looks);

/// Looks at the columns over every row of a relation and clears what does not fit. The columns are
/// unpivoted, so that the statement does not grow with their number.
Result<void> look_at(duckdb::Connection& connection, const std::string& relation,
                     const std::vector<ColumnLook*>& looks);

}  // namespace sluice::lakehouse::medallion
