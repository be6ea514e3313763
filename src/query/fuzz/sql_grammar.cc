#include "query/fuzz/sql_grammar.h"

#include <utility>

#include "query/fuzz/sql_writer.h"

namespace sluice::query {

SqlGrammar::SqlGrammar(SqlVocabulary vocabulary, std::uint64_t seed)
    : words_(std::move(vocabulary)), seed_(seed) {}

FuzzStatement SqlGrammar::statement(std::uint64_t index) const {
  SqlWriter writer(words_, SeededRandom(seed_, index));
  FuzzStatement statement;
  statement.sql = writer.any_statement();
  statement.parameters = writer.parameters();
  return statement;
}

std::string SqlWriter::any_statement() {
  const std::size_t die = random_.below(1'000);
  if (die < 90) return hostile_statement();
  if (die < 110) return extreme_statement();
  if (die < 260) return mutated(one_of(words_.seeds));
  const int depth = static_cast<int>(1 + random_.below(5));
  std::string sql = query(depth);
  if (die < 320) return mutated(sql);
  if (die < 350) return one_of({"EXPLAIN ", "EXPLAIN ANALYZE ", "EXPLAIN (FORMAT json) "}) + sql;
  if (die < 370) return one_of({"DESCRIBE ", "SUMMARIZE "}) + sql;
  if (die < 380) return sql + "; " + one_of(words_.seeds);
  return sql;
}

std::vector<Parameter> SqlWriter::parameters() {
  if (!random_.chance(4)) return {};
  const ParameterValue values[] = {std::monostate(),
                                   true,
                                   std::int64_t{-9'223'372'036'854'775'807},
                                   std::uint64_t{18'446'744'073'709'551'615U},
                                   1e308,
                                   std::string(text()),
                                   std::string("2024-01-01"),
                                   std::int64_t{2}};
  std::vector<Parameter> parameters = {{"1", random_.pick(values)}};
  if (random_.chance(50)) parameters.push_back({"2", random_.pick(values)});
  if (random_.chance(30))
    parameters.push_back({one_of({"day", "3", "", "a b"}), random_.pick(values)});
  return parameters;
}

}  // namespace sluice::query
