// Plans lie in every user's metadata.db: their text is read, and made, as it always was.
#include <gtest/gtest.h>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {
namespace {

/// As 09eca51 wrote it.
constexpr const char* stored =
    R"j({"columns":[{"source":"Order ID","name":"order_id","type":"BIGINT","transform":"keep",)j"
    R"j("format":"","null_tokens":[],"reason":"as it is"},)j"
    R"j({"source":"day","name":"day","type":"DATE","transform":"date_format","format":"%d.%m.%Y",)j"
    R"j("null_tokens":["","NA"],"reason":"why"}],"remove_duplicates":true})j";

TEST(PlanJson, IsAsEveryVersionWroteIt) {
  const Plan plan{{{"Order ID", "order_id", "BIGINT", Transform::keep, "", {}, "as it is"},
                   {"day", "day", "DATE", Transform::date_format, "%d.%m.%Y", {"", "NA"}, "why"}},
                  true};
  EXPECT_EQ(to_json(plan), stored);
  const Plan back = plan_from_json(stored).value();
  EXPECT_EQ(to_json(back), stored);
  EXPECT_EQ(back.columns.at(1).null_tokens.at(1), "NA");
}

/// Its text, and so the tag by which a table is known to be there, is what it was.
TEST(PlanJson, APlanWithoutARuleOfDuplicatesStaysSo) {
  Plan plan = plan_from_json(stored).value();
  EXPECT_EQ(plan.duplicates_by, std::nullopt);
  EXPECT_EQ(to_json(plan).find("duplicates_by"), std::string::npos);
  for (const auto& [by, word] : {std::pair(DuplicatesBy::bronze, R"("duplicates_by":"bronze")"),
                                 std::pair(DuplicatesBy::silver, R"("duplicates_by":"silver")")}) {
    plan.duplicates_by = by;
    EXPECT_NE(to_json(plan).find(word), std::string::npos);
    EXPECT_EQ(plan_from_json(to_json(plan))->duplicates_by, by);
  }
}

TEST(PlanJson, EachTransformHasItsStoredName) {
  const std::pair<Transform, const char*> names[] = {{Transform::keep, "keep"},
                                                     {Transform::text, "text"},
                                                     {Transform::cast, "cast"},
                                                     {Transform::thousands, "thousands"},
                                                     {Transform::date_format, "date_format"},
                                                     {Transform::number_format, "number_format"},
                                                     {Transform::word_pair, "word_pair"}};
  for (const auto& [transform, name] : names) {
    const Plan plan{{{"a", "a", "BIGINT", transform, "", {}, ""}}, false};
    EXPECT_NE(to_json(plan).find("\"transform\":\"" + std::string(name) + "\""), std::string::npos);
    EXPECT_EQ(plan_from_json(to_json(plan))->columns.at(0).transform, transform);
  }
}

TEST(PlanJson, WhatIsNoPlanIsRefusedAndThePlaceIsSaid) {
  const auto refused = [](const std::string& text) {
    const Result<Plan> plan = plan_from_json(text);
    return plan ? "taken" : plan.error().code.text() + ": " + plan.error().detail;
  };
  EXPECT_EQ(refused("{"),
            "bad_plan: The column plan cannot be read: This is not JSON: "
            "incomplete JSON.");
  EXPECT_EQ(refused(R"({"columns":[]})"),
            "bad_plan: The column plan cannot be read: remove_duplicates is missing.");
  std::string odd = stored;
  odd.replace(odd.find("keep"), 4, "shuffle");
  EXPECT_EQ(refused(odd),
            "bad_plan: The column plan cannot be read: columns[0].transform is none "
            "of the known words.");
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
