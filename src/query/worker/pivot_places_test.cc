// Where the values of a PIVOT could be named, and where a byte of a text with insertions stands.
#include "query/worker/pivot_places.h"

#include <gtest/gtest.h>

#include <string>

#include "query/worker/text_places.h"

namespace sluice::query {
namespace {

/// The text with a `^` at each place.
std::string marked(std::string sql) {
  const std::vector<std::size_t> places = pivot_places(sql);
  for (auto place = places.rbegin(); place != places.rend(); ++place) sql.insert(*place, 1, '^');
  return sql;
}

TEST(PivotPlaces, AreBehindColumnsWithoutValues) {
  for (const char* expected : {
           "PIVOT a ON x^",
           "PIVOT a ON x^;",
           "pivot_wider a on x^ USING sum(y) GROUP BY z",
           "PIVOT a ON x^, y IN (1, 2), z^ USING count(*)",
           "PIVOT a ON x^, USING count(*)",
           "PIVOT a ON x IN ('a') USING count(*)",
           "PIVOT a ON x IN some_type",
           "PIVOT a ON x^ /* IN ('a') */ -- IN ('b')\n USING count(*)",
           "PIVOT a ON f(x, 1)^, CASE WHEN x IN (1) THEN 2 END IN (2), [x, y]^, 'IN'^ LIMIT 3",
           "PIVOT a ON (x IN (1, 2))^ ORDER BY 1",
           "PIVOT a ON \"using\"^, b.group^, $$ IN (1) $$^, E'\\' IN (2)'^ USING count(*)",
           "PIVOT a ON x^ UNION ALL PIVOT b ON y^ EXCEPT FROM c",
           "WITH p AS (PIVOT a ON x^) SELECT *, (SELECT 1 FROM (PIVOT b ON y^)) FROM p",
           "PIVOT (PIVOT a ON x^) ON y^",
           "PIVOT a JOIN b ON a.x = b.x ON y^",
           "PIVOT a JOIN b JOIN c ON b.x = c.x USING (x) ON y^ USING count(*)",
           "PIVOT a NATURAL LEFT JOIN b ON y^",
           "PIVOT a CROSS JOIN b POSITIONAL JOIN c ON y^",
           "FROM a PIVOT (sum(x) FOR y IN (1, 2)) JOIN b ON a.x = b.x",
           "FROM a PIVOT (sum(x) FOR y IN (1)), (PIVOT b ON z^)",
           "PIVOT (SELECT [i FOR i IN x] AS y FROM a) ON y^",
           "PIVOT a GROUP BY x",
           "PIVOT a USING count(*)",
           "UNPIVOT a ON x, y",
           "SELECT a.pivot FROM b JOIN c ON d",
           "SELECT 'PIVOT a ON x', \"PIVOT a ON x\" -- PIVOT a ON x",
       }) {
    std::string plain = expected;
    std::erase(plain, '^');
    EXPECT_EQ(marked(plain), expected);
  }
}

TEST(PivotPlaces, OfAnyTextAreWithinIt) {
  for (const char* sql :
       {"", "PIVOT", "PIVOT a ON", "PIVOT ((((", "PIVOT a ON 'x", "PIVOT a ON \"x",
        "PIVOT a ON $a$x", "PIVOT a ON E'\\", "PIVOT a ON x /* /* */", ")PIVOT)", "PIVOT a ON $",
        "PIVOT a ON $1 $a", "PIVOT a ON x --", "PIVOT a JOIN ON"}) {
    for (const std::size_t place : pivot_places(sql)) EXPECT_LE(place, std::string(sql).size());
  }
}

TEST(PivotPlaces, AreBounded) {
  std::string many = "PIVOT a ON x";
  for (int i = 0; i < 100; ++i) many += ", x";
  EXPECT_EQ(pivot_places(many).size(), pivots_max + 1);
  std::string words;
  for (int i = 0; i < 10'000; ++i) words += "PIVOT ";
  EXPECT_TRUE(pivot_places(words).empty());
}

TEST(TextPlaces, AreThoseOfTheUsersText) {
  TextPlaces places;  // ab^^c^d, of abcd
  places.insert(2, 2);
  places.insert(3, 1);
  const std::size_t expected[] = {0, 1, 2, 2, 2, 3, 3, 4};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(places.in_users_text(i), expected[i]) << i;
  EXPECT_EQ(places.behind(5).in_users_text(4), std::nullopt);
  EXPECT_EQ(places.behind(5).in_users_text(5 + 7), 4U);
  EXPECT_EQ(TextPlaces::nowhere().in_users_text(1), std::nullopt);
  EXPECT_EQ(TextPlaces().in_users_text(7), 7U);
}

}  // namespace
}  // namespace sluice::query
