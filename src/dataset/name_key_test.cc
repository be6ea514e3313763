#include "dataset/name_key.h"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <array>
#include <string>
#include <utility>

namespace sluice {
namespace {

std::string utf8(utf8proc_int32_t c) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t size = utf8proc_encode_char(c, bytes.data());
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)};
}

TEST(NameKey, NamesThatAreTheSame) {
  const std::pair<const char*, const char*> cases[] = {
      {"Order", "oRDER"},
      {"Ä", "ä"},
      {"ЗАКАЗ", "заказ"},
      {"İ", "i"},
      {"İ", "i\u0307"},  // toLowerCase(Locale.ROOT) of İ.
      {"ı", "I"},
      {"İ\u0323d", "I\u0323D"},  // The dot above stands behind another mark.
      {"straße", "STRASSE"},
      {"ẞ", "ß"},
      {"ΣΊΣΥΦΟΣ", "σίσυφος"},  // Final sigma.
      {"µ", "Μ"},              // The micro sign and a capital mu.
      {"K", "\u212A"},         // The Kelvin sign.
      {"ſ", "S"},
      {"𐐀", "𐐨"},  // Deseret: a pair of surrogates to Java.
      {"é", "e\u0301"},
      {"Å", "\u212B"},  // The Ångström sign.
      {"가", "\u1100\u1161"},
      {"q\u0307\u0323", "q\u0323\u0307"},
      {"id", "\uFEFFid"},
      {"id", "i\u200Bd"},
      {"id", "\u202Eid\u202C"},
      {"i\u200D\u0307d", "id"},
      {"co\u00ADop", "coop"},
  };
  for (const auto& [a, b] : cases) EXPECT_EQ(name_key(a), name_key(b)) << a << " and " << b;
}

TEST(NameKey, NamesThatAreNot) {
  const std::pair<const char*, const char*> cases[] = {
      {"a", "ä"}, {"CO₂", "CO2"},   {"m²", "m2"},     {"ﬀ", "f"}, {"Ａ", "A"},
      {"①", "1"}, {"ÿ", "y"},       {"a.b", "a_b"},   {"а", "a"}, /* Cyrillic */ {"ö", "oe"},
      {"", "_"},  {"j\u0307", "j"}, {"a\u0307", "a"}, {"1", "١"},
  };
  for (const auto& [a, b] : cases) EXPECT_NE(name_key(a), name_key(b)) << a << " and " << b;
}

TEST(NameKey, EachLetterIsTheSameAsItsOtherCase) {
  int letters = 0;
  for (utf8proc_int32_t c = 1; c <= 0x10FFFF; ++c) {
    if (utf8proc_codepoint_valid(c) == 0) continue;
    const std::string key = name_key(utf8(c));
    EXPECT_EQ(name_key(utf8(utf8proc_toupper(c))), key) << std::hex << c;
    EXPECT_EQ(name_key(utf8(utf8proc_tolower(c))), key) << std::hex << c;
    if (utf8proc_toupper(c) != c || utf8proc_tolower(c) != c) ++letters;
    // A suffix is added to the key as to the name.
    ASSERT_EQ(name_key(utf8(c) + "_2"), key + "_2") << std::hex << c;
  }
  EXPECT_GT(letters, 2'500);
}

TEST(NameKey, WhatIsNoTextIsFoldedInAscii) {
  EXPECT_EQ(name_key("A\xFF"), "a\xFF");
  EXPECT_EQ(name_key("\xC3"), "\xC3");
}

TEST(NameKey, BlankNames) {
  for (const char* blank : {"", "_", "  ", "\u00A0", "\u3000", "\uFEFF", "\u200B_\u2060", "\u202E",
                            "\u0085", "\u2028", "\u3164", "\uFE0F"}) {
    EXPECT_TRUE(is_blank_name(blank)) << blank;
  }
  for (const char* name : {"a", "\uFEFFa", ".", "\u0301", "❤\uFE0F", "\xFF", "\u200Bä"}) {
    EXPECT_FALSE(is_blank_name(name)) << name;
  }
}

}  // namespace
}  // namespace sluice
