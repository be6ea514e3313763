#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/request.h"

namespace sluice::query {

/// A function of the engine; what stands in `parameter_types` is the engine's type text.
struct FuzzFunction {
  std::string name;
  std::vector<std::string> parameter_types;
};

/// `type` is empty where it depends.
struct FuzzColumn {
  std::string name;  ///< Quoted where it must be.
  std::string type;
};

/// The words that statements are made of. All of them come from outside, the dangerous ones too.
struct SqlVocabulary {
  std::vector<FuzzFunction> scalars;  ///< Macros among them.
  std::vector<FuzzFunction> aggregates;
  std::vector<FuzzFunction> tables_made;  ///< Table functions.
  std::vector<FuzzFunction> denied;       ///< Of all kinds, by the check or else dangerous.
  std::vector<std::string> tables;        ///< As SQL names them; the request holds them.
  std::vector<FuzzColumn> columns;        ///< Of each of `tables`.
  std::vector<std::string> foreign;       ///< Tables that the request does not hold.
  std::vector<std::string> paths;         ///< Files that no answer may show.
  std::vector<std::string> settings;
  std::vector<std::string> seeds;  ///< Statements to be mutated.
};

struct FuzzStatement {
  std::string sql;
  std::vector<Parameter> parameters;
};

/// Makes statements of DuckDB's SQL: most of them sound, many of them hostile or broken. The same
/// seed, index and vocabulary give the same statement, of one compiler. Safe for concurrent use.
class SqlGrammar {
 public:
  SqlGrammar(SqlVocabulary vocabulary, std::uint64_t seed);
  FuzzStatement statement(std::uint64_t index) const;

 private:
  SqlVocabulary words_;
  std::uint64_t seed_;
};

}  // namespace sluice::query
