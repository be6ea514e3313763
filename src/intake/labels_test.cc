// Pure.
#include "intake/labels.h"

#include <gtest/gtest.h>

#include "intake/upload_limits.h"

namespace sluice::intake {
namespace {

TEST(Labels, WhatAClientMayCallThings) {
  const std::string long_name(name_bytes_max + 1, 'n');
  const std::pair<std::string, const char*> names[] = {
      {"Umsätze 2025", ""},          {"", "name_missing"},          {" \t\r\n", "name_missing"},
      {"a\nb", "name_not_text"},     {"a\x1f", "name_not_text"},    {"a\x7f", "name_not_text"},
      {"\xff", "name_not_text"},     {"a\u2028b", "name_not_text"}, {"a\u202eb", "name_not_text"},
      {"a\u2069b", "name_not_text"}, {"a\u0085b", "name_not_text"}, {"a\u20acb", ""},
      {long_name, "name_too_long"}};
  for (const auto& [name, code] : names) {
    const Result<void> checked = check_labels(name, "");
    EXPECT_EQ(checked ? "" : checked.error().code.text(), code) << name;
  }
  EXPECT_TRUE(check_labels("n", "two\nlines\tof text"));
  EXPECT_EQ(check_labels("n", std::string("a\0b", 3)).error().code, "name_not_text");
  EXPECT_EQ(check_labels("n", std::string(description_bytes_max + 1, 'd')).error().code,
            "description_too_long");
}

}  // namespace
}  // namespace sluice::intake
