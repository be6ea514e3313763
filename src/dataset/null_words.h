#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Words that people and programs write where a column of numbers, dates or truth values has no
/// value, as they are written: `NA`, `n/a`, `-`, `\N`. In a column of text each of them may be a
/// value: NA is Namibia, None a name. None holds a blank or begins with a digit.
const std::vector<std::string>& null_words();

/// Whether a text without blanks at its ends is one of them.
bool is_null_word(std::string_view text);

}  // namespace sluice
