#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace sluice::lakehouse::medallion {

/// The other cells of a column of text, by which a word for nothing is judged: NA beside NR and NO
/// is a code, beside `male` and `female` it is none. Distinct cells only, and not more than some
/// hundreds of them.
class WordLook {
 public:
  /// A trimmed cell that is there; `words` are those to be judged, and say nothing.
  void observe(std::string_view cell);

  /// Whether the word stands out from the cells, so that nothing is what it stands for. False where
  /// there is no other cell, or some of them look like the word: in doubt a text stays.
  /// `comes_with_gaps`: it comes in rows where other columns lack their value, far more often than
  /// by chance. Then MALE is not like NA, nor `open` like `null`; codes of one length still are.
  bool stands_out(std::string_view word, bool comes_with_gaps) const;
  /// A cell that looks like the word; empty where none does.
  std::string alike(std::string_view word) const;

 private:
  std::set<std::string, std::less<>> cells_;
};

}  // namespace sluice::lakehouse::medallion
