#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/word_look.h"

namespace sluice::lakehouse::medallion {

/// Columns with cells that stand for nothing, and the words that do: how this file writes it.
struct Gaps {
  std::vector<const Column*> columns;
  std::vector<std::string> words;
};

/// A column of text and the words that may stand for nothing in it.
struct TextWords {
  const Column* column = nullptr;
  const std::vector<std::string>* named = nullptr;  ///< By the user, in place of the file's.
  std::vector<std::string> seen = {};  ///< The words that a cell is, blanks at its ends aside.
  WordLook look = {};                  ///< Of the first rows, where the file's words were seen.
  std::set<std::string> come_with_gaps = {};  ///< Of those: see word_look.h.
};

/// Looks for the words over every row of a relation. Columns without words cost nothing.
Result<void> look_for_words(duckdb::Connection& connection, const std::string& relation,
                            const Gaps& gaps, std::vector<TextWords>& columns);

}  // namespace sluice::lakehouse::medallion
