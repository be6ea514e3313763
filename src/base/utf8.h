#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// True for well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing
/// above U+10FFFF.
bool is_utf8(std::string_view text);

/// The text with a question mark in place of each byte that is not part of well-formed UTF-8.
std::string as_utf8(std::string_view text);

}  // namespace sluice
