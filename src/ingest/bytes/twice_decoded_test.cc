// UTF-8 that was decoded twice is told, and only where nothing speaks against it. Pure.
#include "ingest/bytes/twice_decoded.h"

#include <gtest/gtest.h>

namespace sluice::ingest {
namespace {

bool is_told(std::string_view head) { return !twice_decoded_note(head).empty(); }

TEST(TwiceDecoded, IsToldWhereEveryLetterSaysSo) {
  EXPECT_TRUE(is_told("name,city\nMÃ¼ller,ZÃ¼rich\n"));
  EXPECT_TRUE(is_told("SÃ£o Paulo,5 â‚¬,donâ€™t\n"));
  EXPECT_TRUE(is_told("ÐœÐ¾Ñ\u0081ÐºÐ²Ð°,Â°C\n")) << "of another script";
  EXPECT_TRUE(is_told("MÃ¼ller,ZÃ¼rich,M\xC3")) << "cut at the end of what is looked at";
}

TEST(TwiceDecoded, IsNotToldOfTextThatMayBeMeant) {
  EXPECT_FALSE(is_told("Müller,Zürich,São Paulo,â\n"));
  EXPECT_FALSE(is_told("a,CAFÉ” Ã\n"));
  EXPECT_FALSE(is_told("MÃ¼ller,ZÃ¼rich,Köln\n")) << "one letter is right";
  EXPECT_FALSE(is_told("MÃ¼ller,ZÃ¼rich,東京\n"));
  EXPECT_FALSE(is_told("ZÃ¼rich\n")) << "a single place";
  EXPECT_FALSE(is_told("plain,text\n"));
}

}  // namespace
}  // namespace sluice::ingest
