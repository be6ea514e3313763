// When a word for nothing is nothing in a column of text, by the other cells of the column.
#include "lakehouse/medallion/word_look.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace sluice::lakehouse::medallion {
namespace {

bool stands_out(const char* word, std::initializer_list<const char*> cells,
                bool comes_with_gaps = false) {
  WordLook look;
  for (const char* cell : cells) look.observe(cell);
  return look.stands_out(word, comes_with_gaps);
}

TEST(WordLook, CodesNamesAndMarksOfTheSameFormKeepAWord) {
  EXPECT_FALSE(stands_out("NA", {"NR", "NO"}));
  EXPECT_FALSE(stands_out("NA", {"EMEA", "APAC", "LATAM"}));
  EXPECT_FALSE(stands_out("NULL", {"SMITH", "O.BRIEN"}));
  EXPECT_FALSE(stands_out("NA", {"2A", "01", "75"}));
  EXPECT_FALSE(stands_out("NULL", {"Null", "Smith"}));
  EXPECT_FALSE(stands_out("null", {"Null", "Smith"}));
  EXPECT_FALSE(stands_out("None", {"Miller", "O'Brien", "Jean-Luc"}));
  EXPECT_FALSE(stands_out("none", {"low", "high"}));
  EXPECT_FALSE(stands_out("nan", {"Nan", "Bob"}));
  EXPECT_FALSE(stands_out("None", {"Łukasz", "Жанна"}));
  EXPECT_FALSE(stands_out("-", {"+"}));
  EXPECT_FALSE(stands_out("-", {"A", "C", "AT"}));
  EXPECT_FALSE(stands_out("?", {"!", "great stuff"}));
  EXPECT_FALSE(stands_out("N/A", {"Y/N", "B/W"}));
  EXPECT_FALSE(stands_out("#N/A", {"#REF!", "12 pcs"}));
}

TEST(WordLook, BesideCellsOfAnotherFormAWordIsNothing) {
  EXPECT_TRUE(stands_out("NA", {"male"}));
  EXPECT_TRUE(stands_out("NA", {"male", "female"}));
  EXPECT_TRUE(stands_out("NULL", {"Oslo", "Bergen", "New York"}));
  EXPECT_TRUE(stands_out("NULL", {"arrived late, and the box was open", "Very good!"}));
  EXPECT_TRUE(stands_out("N/A", {"Smith", "Jones"}));
  EXPECT_TRUE(stands_out("N/A", {"n/a", "arrived late"}));
  EXPECT_TRUE(stands_out("#N/A", {"12 pcs", "USA"}));
  EXPECT_TRUE(stands_out("\\N", {"ann", "BOB"}));
  EXPECT_TRUE(stands_out("NaN", {"red", "green"}));
  EXPECT_TRUE(stands_out("None", {"12 pcs", "3 pcs", "SKU-9"}));
  EXPECT_TRUE(stands_out("-", {"Oslo", "Bergen"}));
  EXPECT_TRUE(stands_out("—", {"Oslo", "Bergen"}));
  EXPECT_TRUE(stands_out("NA", {"007", "008"}));
}

TEST(WordLook, AWordThatComesWithGapsIsLikeFewerCells) {
  EXPECT_FALSE(stands_out("NA", {"MALE", "FEMALE"}, false));
  EXPECT_TRUE(stands_out("NA", {"MALE", "FEMALE"}, true));
  EXPECT_TRUE(stands_out("null", {"open", "closed"}, true));
  EXPECT_FALSE(stands_out("NA", {"NR", "NO", "USA"}, true));
  EXPECT_FALSE(stands_out("null", {"Null", "Smith"}, true));
  EXPECT_FALSE(stands_out("none", {"percent", "absolute"}, true));
  EXPECT_FALSE(stands_out("-", {"+"}, true));
}

TEST(WordLook, WithoutOtherCellsNothingIsKnown) { EXPECT_FALSE(stands_out("NA", {})); }

TEST(WordLook, OneInTwentyIsEnough) {
  for (const int others : {19, 20}) {
    WordLook look;
    look.observe("USA");
    for (int i = 0; i < others; ++i) look.observe("Land " + std::to_string(i));
    EXPECT_EQ(look.stands_out("NA", false), others == 20);
    EXPECT_EQ(look.alike("NA"), "USA");
  }
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
