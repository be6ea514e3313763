#include "dataset/null_words.h"

#include <gtest/gtest.h>

#include "base/ascii.h"

namespace sluice {
namespace {

TEST(NullWords, AreFoundAsTheyAreWritten) {
  for (const std::string& word : null_words()) EXPECT_TRUE(is_null_word(word)) << word;
  for (const char* text :
       {"", "nA", "N", "\\n", "0", "--- ", "NULLS", "missing", "Nana", "n / a"}) {
    EXPECT_FALSE(is_null_word(text)) << text;
  }
}

TEST(NullWords, NoneCanBeTakenForANumberOrHasABlank) {
  for (const std::string& word : null_words()) {
    EXPECT_FALSE(is_digit(word.front())) << word;
    EXPECT_EQ(word.find_first_of(" \t"), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace sluice
