#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lakehouse/medallion/form_verdict.h"

namespace sluice::lakehouse::medallion {

/// Whether a column holds a pair of answers and nothing else: `Yes` and `No`, in one spelling.
/// `T` and `F`, `0` and `1` are none: they may be codes.
class WordPairLook {
 public:
  /// A trimmed cell, neither blank nor a null word.
  void observe(std::string_view cell);
  bool is_over() const { return is_over_; }
  FormVerdict verdict() const;

 private:
  struct Word {
    std::string text;
    std::int64_t cells = 0;
  };
  bool is_over_ = false;
  std::array<Word, 2> words_;
};

/// `Yes/No` as its two words, that of true first: the format of Transform::word_pair.
std::optional<std::pair<std::string, std::string>> word_pair_of(std::string_view format);

}  // namespace sluice::lakehouse::medallion
