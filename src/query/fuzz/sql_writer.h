#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/fuzz/seeded_random.h"
#include "query/fuzz/sql_grammar.h"

namespace sluice::query {

/// Writes one statement. Each member is a production of the grammar; `depth` bounds what nests in
/// it, `left_` the whole.
class SqlWriter {
 public:
  SqlWriter(const SqlVocabulary& words, SeededRandom random) : words_(words), random_(random) {}

  // sql_grammar.cc
  std::string any_statement();
  std::vector<Parameter> parameters();

  // sql_select.cc
  std::string query(int depth);  ///< With CTEs, set operations, ORDER BY and LIMIT.

  // sql_expression.cc
  std::string expression(int depth);
  std::string value_of(const std::string& type, int depth);
  std::string type();

  // sql_hostile.cc
  std::string hostile_statement();
  std::string hostile_table();
  std::string extreme_statement();  ///< Deep, long, or no text at all.
  std::string mutated(const std::string& sql);

 private:
  /// A name that columns can be taken from.
  struct Relation {
    std::string alias;
    std::vector<FuzzColumn> columns;
  };

  // sql_literal.cc
  std::string literal();
  std::string literal_of(std::string_view type);
  std::string integer();
  std::string text();
  std::string quoted_text();

  // sql_expression.cc
  std::string leaf();
  std::string column();
  std::string column_of(const std::string& type);  ///< Empty where there is none.
  std::string binary(int depth);
  std::string call(int depth);
  std::string with_lambda(int depth);
  std::string nested_value(int depth);
  std::string predicate(int depth);
  std::string special_form(int depth);
  std::string aggregate(int depth);
  std::string window(int depth);
  std::string arguments(const FuzzFunction& function, int depth);
  std::string list_of(int depth, std::size_t most);

  // sql_select.cc
  std::string select(int depth);
  std::string select_items(int depth, std::string_view grouping);
  std::string grouping(int depth);
  std::string table(int depth);
  std::string from(int depth);
  std::string join(int depth);
  std::string relation(const std::string& what, std::vector<FuzzColumn> columns);
  std::string pivot(int depth);
  std::string recursive_cte();
  std::string order_and_limit(int depth);

  template <typename List>
  std::string one_of(const List& list) {
    return std::string(random_.pick(list));
  }
  std::string one_of(std::initializer_list<std::string_view> list) {
    return std::string(random_.pick(list));
  }
  bool spend() { return --left_ > 0; }

  const SqlVocabulary& words_;
  SeededRandom random_;
  std::vector<Relation> scope_;     ///< What expressions may name.
  std::vector<std::string> ctes_;   ///< Their only column is `n`.
  std::vector<std::string> bound_;  ///< Parameters of lambdas.
  int left_ = 60;                   ///< Productions that may follow.
  int names_ = 0;
};

}  // namespace sluice::query
