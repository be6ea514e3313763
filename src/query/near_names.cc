#include "query/near_names.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/ascii.h"
#include "base/sql_text.h"

namespace sluice::query {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::string did_you_mean(const std::vector<std::string>& names) {
  std::string text = "Did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += quote_identifier(names[i]);
  }
  return text + "?";
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names) {
  constexpr std::size_t name_bytes_max = 128;  // The work grows with the product.
  constexpr std::size_t shown_max = 3;
  const std::string low = lowered(wanted.substr(0, name_bytes_max));
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : names) {
    if (name.size() > name_bytes_max) continue;
    const std::size_t changes = distance(low, lowered(name));
    if (changes * 2 <= std::max(low.size(), name.size())) near.emplace_back(changes, name);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> shown;
  for (auto& [changes, name] : near) {
    if (shown.size() < shown_max) shown.push_back(std::move(name));
  }
  return shown;
}

std::string names_near(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr std::size_t listed_max = 8;
  if (const auto near = nearest_names(wanted, names); !near.empty()) return did_you_mean(near);
  if (names.empty()) return {};
  std::string list = "There is ";
  for (std::size_t i = 0; i < std::min(names.size(), listed_max); ++i) {
    list += (i > 0 ? ", " : "") + names[i];
  }
  return list + (names.size() > listed_max ? " and more." : ".");
}

}  // namespace sluice::query
