// Pure. Strictness is part of the contract: one text per value.
#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

using namespace std::string_literals;

TEST(Base64, TheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes) << text;
  }
}

TEST(Base64, TheFourForms) {
  const std::string bytes = "\xFB\xFF\0\xFE"s;
  EXPECT_EQ(base64_encode(bytes, Base64::standard), "+/8A/g==");
  EXPECT_EQ(base64_encode(bytes, Base64::standard_unpadded), "+/8A/g");
  EXPECT_EQ(base64_encode(bytes, Base64::url), "-_8A_g==");
  EXPECT_EQ(base64_encode(bytes, Base64::url_unpadded), "-_8A_g");
  for (const Base64 form :
       {Base64::standard, Base64::standard_unpadded, Base64::url, Base64::url_unpadded}) {
    EXPECT_EQ(base64_decode(base64_encode(bytes, form), form), bytes);
  }
}

TEST(Base64, EveryLengthComesBack) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes) << i;
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64, WhatIsNotExactlyItIsRefused) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zm9v=", "=", "====", "Zm9v Yg==", "Zm9v\n",
                           "Zg==Zg==", "Zh==", "Zm9=", "Z", "Zm9-", "Zm9_", "Zm9\x80"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
  for (int byte = 0x80; byte < 0x100; ++byte) {
    EXPECT_EQ(base64_decode("Zm9"s + static_cast<char>(byte)), std::nullopt) << byte;
  }
  EXPECT_EQ(base64_decode("Zm9v\0"s), std::nullopt) << "a NUL is none of its digits";
  EXPECT_EQ(base64_decode("Zg==", Base64::standard_unpadded), std::nullopt);
  EXPECT_EQ(base64_decode("+/8A", Base64::url), std::nullopt);
}

}  // namespace
}  // namespace sluice
