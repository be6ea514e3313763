#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

/// A piece of SQL text that is neither blank nor comment.
struct SqlToken {
  std::size_t begin = 0;
  std::size_t end = 0;
  /// A bare word in lower case (names, keywords, numbers), or one sign. Empty for what stands in
  /// quotes, which is no keyword whatever it says.
  std::string text;

  bool is_opening() const { return text == "(" || text == "[" || text == "{"; }
  bool is_closing() const { return text == ")" || text == "]" || text == "}"; }
};

/// Cut about as the engine's scanner cuts it. Pure, one pass. To find places in a text with, never
/// to judge one: what is made by it is parsed by the engine again.
std::vector<SqlToken> sql_tokens(std::string_view sql);

}  // namespace sluice::query
