// Pure. The text lies in every user's metadata.db.
#include "metadata/rows/columns_json.h"

#include <gtest/gtest.h>

namespace sluice::metadata {
namespace {

TEST(ColumnsJson, GoesThereAndBack) {
  const std::vector<Column> columns = {
      {"id", "Id", "BIGINT", "why"},
      {"a_b", "a\"b\\\n\t\x01", "DECIMAL(9,2)", ""},
      {"größe", "gr\xC3\xB6\xC3\x9F\x65 \xF0\x9F\x8C\x8A", "VARCHAR", "x"},
      {"bad", "\xFF\xFE", "VARCHAR", ""}};
  const std::vector<Column> back = columns_from_json(columns_to_json(columns)).value();
  ASSERT_EQ(back.size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(back[i].name, columns[i].name);
    EXPECT_EQ(back[i].original, columns[i].original);
    EXPECT_EQ(back[i].type, columns[i].type);
    EXPECT_EQ(back[i].reason, columns[i].reason);
  }
  EXPECT_TRUE(columns_from_json(columns_to_json({})).value().empty());
}

TEST(ColumnsJson, DamageIsSaid) {
  for (const char* text : {"", "{}", "[1]", "[{}]", "[", "null",
                           R"([{"name":1,"original":"","type":"","reason":""}])"}) {
    EXPECT_EQ(columns_from_json(text).error().code, "metadata_columns_damaged") << text;
  }
}

}  // namespace
}  // namespace sluice::metadata
