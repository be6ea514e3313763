// The tables of rules: sound in themselves, and each of Delta's error classes decided by its name.
#include "lakehouse/databricks/error_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <boost/json.hpp>

#include "lakehouse/databricks/testing/recordings.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

const char* name_of(FailureClass move) {
  switch (move) {
    case FailureClass::transient:
      return "transient";
    case FailureClass::needs_person:
      return "needs_you";
    case FailureClass::absent:
      return "absent";
    case FailureClass::exists:
      return "exists";
    case FailureClass::bug:
      return "bug";
  }
  return "";
}

ApiError of_class(const std::string& name) {
  return statement_error_of("BAD_REQUEST", "[" + name + "] something about `a`.`b`");
}

std::vector<const ErrorDecision*> all_decisions() {
  std::vector<const ErrorDecision*> all;
  for (const auto table :
       {delta_classes(), unsent_delta_classes(), spark_classes(), general_classes(), sql_states(),
        endings_of_classes(), http_statuses()}) {
    for (const ErrorClasses& group : table) all.push_back(&group.decision);
  }
  for (const ErrorWords& rule : error_words()) all.push_back(&rule.decision);
  return all;
}

TEST(ErrorRules, EachDecisionIsWhole) {
  for (const ErrorDecision* decision : all_decisions()) {
    SCOPED_TRACE(std::string(decision->why) + ": " + decision->remedy);
    EXPECT_FALSE(std::string_view(decision->why).empty());
    EXPECT_TRUE(std::string_view(decision->remedy).ends_with('.'));
    const Errc kind = decision->kind;
    // What the workflow makes of the kind: `error_class_of` in sync/tool_wire.cc.
    EXPECT_EQ(is_retryable(kind), decision->move == FailureClass::transient);
    EXPECT_EQ(kind == Errc::internal, decision->move == FailureClass::bug);
    EXPECT_EQ(kind == Errc::not_found, decision->move == FailureClass::absent);
    EXPECT_NE(kind, Errc::invalid_argument);
  }
}

/// A remedy belongs to one thing to do: two codes never share it.
TEST(ErrorRules, EachCodeOfAPersonsHasRemediesOfItsOwn) {
  std::map<std::string, std::string> codes;
  for (const ErrorDecision* decision : all_decisions()) {
    if (decision->move != FailureClass::needs_person) continue;
    const auto [found, is_new] =
        codes.emplace(decision->remedy, std::string(text_of(decision->code)));
    EXPECT_EQ(found->second, text_of(decision->code)) << decision->remedy;
  }
  std::cout << "  " << codes.size() << " remedies for a person\n";
}

TEST(ErrorRules, ANameStandsOnce) {
  std::map<std::string, int> names;
  for (const auto table :
       {delta_classes(), unsent_delta_classes(), spark_classes(), general_classes()}) {
    for (const ErrorClasses& group : table) {
      std::istringstream words{std::string(group.names)};
      for (std::string name; words >> name;) EXPECT_EQ(++names[name], 1) << name;
    }
  }
  EXPECT_GT(names.size(), 500U);
}

TEST(ErrorRules, EachOfDeltasClassesIsDecidedByItsName) {
  const auto file = recording_file("delta-error-classes.json");
  if (!file) {
    GTEST_SKIP() << "511 error classes of Delta are not looked at: no delta-error-classes.json";
  }
  std::stringstream text;
  text << std::ifstream(*file).rdbuf();
  const json::object classes = json::parse(text.str()).as_object();
  EXPECT_EQ(classes.size(), 511U) << "Delta has others by now: decide on them";
  std::map<std::string, int> counts;
  const auto look = [&](const std::string& name) {
    const Ruling ruling = ruling_on(of_class(name));
    const bool is_by_name = ruling.by == RuleKind::name || ruling.by == RuleKind::prefix;
    EXPECT_TRUE(is_by_name) << name << " is decided by: " << name_of(ruling.by);
    return ruling;
  };
  std::size_t cases = 0;
  for (const auto& [key, described] : classes) {
    const std::string name(key);
    const Ruling ruling = look(name);
    ++counts[std::string("all as ") + name_of(ruling.decision->move)];
    ++counts[std::string("by ") + std::string(name_of(ruling.by))];
    const json::value* sub = described.as_object().if_contains("subClass");
    if (sub == nullptr) continue;
    for (const auto& [each, words] : sub->as_object()) {
      EXPECT_EQ(look(name + "." + std::string(each)).decision, ruling.decision) << each;
      ++cases;
    }
  }
  for (const auto& [what, number] : counts) std::cout << "  " << number << " " << what << "\n";
  std::cout << "  " << cases << " cases of classes, likewise\n";
}

TEST(ErrorRules, WhatNobodyDecidedOnIsABugAndSaysSo) {
  const Ruling ruling = ruling_on(of_class("SOMETHING_OF_TOMORROW"));
  EXPECT_EQ(ruling.by, RuleKind::none);
  EXPECT_EQ(ruling.decision->move, FailureClass::bug);
}

TEST(ErrorRules, AClassOfTomorrowHasItsSqlState) {
  const auto code = [](const char* state) {
    const std::string message = std::string("[SOMETHING_OF_TOMORROW] words. SQLSTATE: ") + state;
    const Ruling ruling = ruling_on(statement_error_of("BAD_REQUEST", message));
    EXPECT_EQ(ruling.by, RuleKind::sql_state) << state;
    return std::string(text_of(ruling.decision->code));
  };
  EXPECT_EQ(code("2D521"), "databricks_conflict");
  EXPECT_EQ(code("42501"), "databricks_permission");
  EXPECT_EQ(code("42P01"), "databricks_absent");
  EXPECT_EQ(code("42601"), "databricks_bug");
  EXPECT_EQ(code("22012"), "databricks_view");
  EXPECT_EQ(code("58030"), "databricks_unavailable");
  EXPECT_EQ(code("53200"), "databricks_warehouse_size");
  EXPECT_EQ(code("55019"), "databricks_table_settings");
  EXPECT_EQ(code("56038"), "databricks_feature");
}

TEST(ErrorRules, ASqlStateMayStandBesideTheWords) {
  EXPECT_EQ(classify(statement_error_of("BAD_REQUEST_OF_TOMORROW", "words", "08006")),
            FailureClass::transient);
}

/// Tenants choose the names of tables and columns.
TEST(ErrorRules, WhatStandsInQuotesDecidesNothing) {
  const auto by = [](const std::string& message) {
    return ruling_on(statement_error_of("BAD_REQUEST", message)).by;
  };
  for (const std::string quote : {"'", "\"", "`"}) {
    const std::string name = quote + "default storage cannot be accessed" + quote;
    EXPECT_EQ(by("Cannot do " + name + " now"), RuleKind::general_name) << name;
  }
  EXPECT_EQ(by("It doesn't go: Default Storage cannot be accessed; it won't"), RuleKind::words);
}

TEST(ErrorRules, CellsAreNotQuoted) {
  const auto said = [](const std::string& message) {
    return to_error(statement_error_of("BAD_REQUEST", message), "Writing").detail;
  };
  const std::string checked = said(
      "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint positive (`n` > 0) violated by "
      "row with values:\n - n : secret");
  EXPECT_NE(checked.find("CHECK constraint positive (`n` > 0) violated"), std::string::npos);
  EXPECT_EQ(checked.find("secret"), std::string::npos) << checked;
  const std::string cast =
      said("[CAST_INVALID_INPUT] The value 'secret' of the type \"STRING\" cannot be cast");
  EXPECT_NE(cast.find("CAST_INVALID_INPUT"), std::string::npos);
  EXPECT_EQ(cast.find("secret"), std::string::npos) << cast;
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
