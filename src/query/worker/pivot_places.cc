#include "query/worker/pivot_places.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>

#include "query/worker/sql_tokens.h"

namespace sluice::query {
namespace {

/// What comes behind the list of columns at its own depth. All are reserved words.
constexpr auto ends =
    std::to_array<std::string_view>({"using", "group", "order", "limit", "offset", "fetch", "for",
                                     "union", "intersect", "except", ";"});
/// Joins without a condition.
constexpr auto bare_joins = std::to_array<std::string_view>({"natural", "cross", "positional"});
/// So many words PIVOT are looked at: each is followed to its end.
constexpr std::size_t words_max = 64;

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// One `PIVOT source ON column [IN (…)], … [USING …] [GROUP BY …]`.
class PivotScan {
 public:
  PivotScan(const std::vector<SqlToken>& tokens, std::size_t pivot)
      : tokens_(tokens), at_(pivot + 1) {}

  /// Adds the places, if it is a statement's PIVOT.
  void add_places(std::set<std::size_t>& places) {
    if (is_table_operator() || !find_on()) return;
    bool has_column = false;
    bool has_values = false;
    const auto end_column = [&] {
      if (has_column && !has_values) places.insert(tokens_[at_ - 1].end);
      has_column = has_values = false;
    };
    for (; !at_end(); ++at_) {
      const bool is_outer = depth_ == 0;
      follow_depth();
      if (is_outer && word() == ",") {
        end_column();
      } else if (is_outer && is_one_of(ends, word())) {
        break;
      } else {
        has_column = true;
        has_values = has_values || (is_outer && word() == "in");
      }
    }
    end_column();
  }

 private:
  /// `source PIVOT (sum(x) FOR …)` has its values named always.
  bool is_table_operator() const {
    std::size_t depth = 0;
    for (std::size_t i = at_; i < tokens_.size(); ++i) {
      if (tokens_[i].is_opening()) ++depth;
      if (depth == 0) return false;
      if (depth == 1 && tokens_[i].text == "for") return true;
      if (tokens_[i].is_closing() && --depth == 0) return false;
    }
    return false;
  }

  /// To behind PIVOT's own ON: joins of the source have theirs before it.
  bool find_on() {
    std::size_t conditions = 0;
    bool is_bare = false;
    for (; !at_end(); ++at_) {
      const bool is_outer = depth_ == 0;
      follow_depth();
      if (!is_outer) continue;
      if (word() == "on" && conditions == 0) {
        ++at_;
        return true;
      }
      if (word() == "join" && !is_bare) {
        ++conditions;
      } else if ((word() == "on" || word() == "using") && conditions > 0) {
        --conditions;
      } else if (is_one_of(ends, word())) {
        return false;
      }
      is_bare = is_one_of(bare_joins, word()) || (is_bare && word() != "join");
    }
    return false;
  }

  void follow_depth() {
    if (tokens_[at_].is_opening()) ++depth_;
    if (tokens_[at_].is_closing()) --depth_;
  }
  /// Of the text, or of the brackets that it stands in.
  bool at_end() const {
    return at_ >= tokens_.size() || (depth_ == 0 && tokens_[at_].is_closing());
  }
  /// A name behind a dot is none.
  std::string_view word() const {
    return tokens_[at_ - 1].text == "." ? std::string_view() : tokens_[at_].text;
  }

  const std::vector<SqlToken>& tokens_;
  std::size_t at_;
  std::size_t depth_ = 0;
};

}  // namespace

std::vector<std::size_t> pivot_places(std::string_view sql) {
  const std::vector<SqlToken> tokens = sql_tokens(sql);
  std::set<std::size_t> places;
  std::size_t words = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool is_pivot = tokens[i].text == "pivot" || tokens[i].text == "pivot_wider";
    if (!is_pivot || (i > 0 && tokens[i - 1].text == ".")) continue;
    if (++words > words_max || places.size() > pivots_max) break;
    PivotScan(tokens, i).add_places(places);
  }
  std::vector<std::size_t> found(places.begin(), places.end());
  found.resize(std::min(found.size(), pivots_max + 1));
  return found;
}

}  // namespace sluice::query
