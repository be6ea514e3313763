#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "lakehouse/databricks/api_error.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {

/// What is made of an error of Databricks'.
struct ErrorDecision {
  FailureClass move;
  Errc kind;
  Code code;
  const char* remedy;
  const char* why;            ///< For who reads the tables: when it is met, or why it never is.
  bool quotes_cells = false;  ///< Its words quote values of cells, and must not be passed on.
};

constexpr ErrorDecision tried_again(Code code, const char* why) {
  return {FailureClass::transient, Errc::unavailable, code, "It is tried again by itself.", why};
}

constexpr ErrorDecision for_person(Code code, const char* remedy, const char* why) {
  return {FailureClass::needs_person, Errc::permission_denied, code, remedy, why};
}

constexpr ErrorDecision defect(const char* why) {
  return {FailureClass::bug, Errc::internal, Code::databricks_bug,
          "This looks like a defect of Sluice: please report it.", why};
}

/// One decision and the names of error classes that it is for, with blanks between them. A name
/// that ends in `*` is for all that begin so; a name as a whole goes before any such.
struct ErrorClasses {
  ErrorDecision decision;
  std::string_view names;
};

/// For errors whose class says little (`BAD_REQUEST`), by what their message says.
struct ErrorWords {
  std::string_view code;   ///< The class that it must have; empty: any.
  std::string_view words;  ///< What the message must hold, in small letters.
  ErrorDecision decision;
  std::string_view also = {};  ///< Likewise, and anywhere in it.
};

/// What decided, from the most to the least certain.
enum class RuleKind {
  name,          ///< The class, or one of its parts between dots.
  prefix,        ///< What the class begins with.
  words,         ///< What the message says.
  general_name,  ///< A class that says little.
  sql_state,
  ending,  ///< What the class ends in: `_NOT_FOUND`.
  status,  ///< The HTTP status; one that says "later" (408, 429, 5xx) goes before all that do not.
  none     ///< No rule: a bug of ours until somebody looks.
};

std::string_view name_of(RuleKind kind);

struct Ruling {
  const ErrorDecision* decision;  ///< Never null; lives as long as the process.
  RuleKind by;
};

/// The decision on an error: always the same for the same error, and for a code however its letters
/// are written. What stands in quotes are no words: how a table is called decides nothing. Threads:
/// safe.
Ruling ruling_on(const ApiError& error);

// The tables. A name stands in one of the first four alone.
std::span<const ErrorClasses> delta_classes();         ///< Delta's that our statements can meet.
std::span<const ErrorClasses> unsent_delta_classes();  ///< Delta's of what we never send.
std::span<const ErrorClasses> spark_classes();         ///< Spark's and Unity Catalog's.
std::span<const ErrorClasses> general_classes();       ///< Of REST; they say little.
std::span<const ErrorWords> error_words();             ///< The first that fits is taken.
std::span<const ErrorClasses> sql_states();            ///< `42501`, or `22*` for a whole class.
std::span<const ErrorClasses> endings_of_classes();
std::span<const ErrorClasses> http_statuses();
std::span<const ErrorClasses> page_statuses();  ///< Of answers that are `html_page`.

}  // namespace sluice::lakehouse::databricks
