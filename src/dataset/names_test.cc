// Pure. Names are stored and stand in lakehouses: what these cases give must never change.
#include "dataset/names.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "base/utf8.h"
#include "dataset/name_key.h"

namespace sluice {
namespace {

using Names = std::vector<std::string>;

void expect_apart(const Names& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    EXPECT_LE(name.size(), column_name_bytes_max);
    EXPECT_TRUE(seen.insert(name_key(name)).second) << name << " stands twice";
  }
}

TEST(Names, TableNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"Revenue Q1 2025", "revenue_q1_2025"},
      {"  -- ", "dataset"},
      {"", "dataset"},
      {"2024 sales", "t_2024_sales"},
      {"a.b/../c", "a_b_c"},
      {"Größe", "gr_e"},
      {"x\"; DROP", "x_drop"},
      {"__a__", "a"},
      {"A--B__C", "a_b_c"},
      {"7", "t_7"},
  };
  for (const auto& [from, to] : cases) EXPECT_EQ(table_name_from(from), to) << from;
  EXPECT_EQ(table_name_from(std::string(900, 'a')).size(), table_name_bytes_max);
  EXPECT_EQ(table_name_from(std::string(900, '1')).size(), table_name_bytes_max);
}

TEST(Names, PlacesInTheLakehouse) {
  const TenantId tenant{"xyz"};
  EXPECT_EQ(catalog_name(tenant), "catalog_tenant_xyz");
  EXPECT_EQ(bronze_name(tenant, "t"), "catalog_tenant_xyz.bronze.t");
  EXPECT_EQ(silver_name(tenant, "t"), "catalog_tenant_xyz.silver.t_clean");
}

TEST(Names, TenantIds) {
  for (const std::string& good :
       {std::string("acme_1"), std::string("_"), std::string("0"), std::string(40, 'a')}) {
    EXPECT_TRUE(is_tenant_id(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("Acme"), std::string("a-b"), std::string("a.b"),
        std::string("../a"), std::string("a b"), std::string("größe"), std::string("a\0b", 3),
        std::string("a\n"), std::string(41, 'a')}) {
    EXPECT_FALSE(is_tenant_id(bad)) << bad;
  }
}

TEST(Names, BronzeColumnsKeepTheHeaderButForWhatDeltaForbids) {
  EXPECT_EQ(bronze_column_names({"Order ID", "a,b", "", "a", "A", "a_2", "_batch"}),
            (Names{"Order_ID", "a_b", "column_3", "a", "A_3", "a_2", "_batch_2"}));
  EXPECT_EQ(bronze_column_names({"x;{}()=y", "\t\n", "_BATCH", "tab\there", "del\x7F"}),
            (Names{"x______y", "column_2", "_BATCH_2", "tab_here", "del_"}));
}

TEST(Names, ANumberedNameTakesNoOtherColumnsName) {
  EXPECT_EQ(bronze_column_names({"a", "a", "a_2", "a"}), (Names{"a", "a_3", "a_2", "a_4"}));
  EXPECT_EQ(bronze_column_names({"_batch", "_batch_2"}), (Names{"_batch_2", "_batch_2_2"}));
  EXPECT_EQ(bronze_column_names({"", "column_1"}), (Names{"column_1", "column_1_2"}));
}

TEST(Names, NamesThatALakehouseTakesForOneAreNumbered) {
  EXPECT_EQ(bronze_column_names({"Ä", "ä", "A", "a", "ä_2"}),
            (Names{"Ä", "ä_3", "A", "a_2", "ä_2"}));
  EXPECT_EQ(bronze_column_names({"i", "İ", "ı", "I"}), (Names{"i", "İ_2", "ı_3", "I_4"}));
  EXPECT_EQ(bronze_column_names({"Straße", "STRASSE", "λόγος", "ΛΌΓΟΣ"}),
            (Names{"Straße", "STRASSE_2", "λόγος", "ΛΌΓΟΣ_2"}));
  EXPECT_EQ(bronze_column_names({"é", "e\u0301", "id", "\uFEFFid"}),
            (Names{"é", "e\u0301_2", "id", "\uFEFFid_2"}));
  EXPECT_EQ(silver_column_names({"Ä", "ä", "A b", "a_B", "ΣΑΣ", "σας"}),
            (Names{"Ä", "ä_2", "a_b", "a_b_2", "ΣΑΣ", "σας_2"}));
  EXPECT_EQ(bronze_column_names({"_ba\u200Btch", "_BATCH"}),
            (Names{"_ba\u200Btch_2", "_BATCH_2_2"}));
}

TEST(Names, NamesThatNoLakehouseTakesForOneStay) {
  // They are stored so by the releases before, alone or beside each other.
  const Names kept = {"CO₂", "CO2",       "m²",   "Ａ",      "A",         "Ö",
                      "O",   "SELECT",    "from", "a.b",     "a\u200Bb",  "e\u0301",
                      "İ",   "\u202Eabc", "_row", "_reason", "tab\u0085", "_metadata"};
  EXPECT_EQ(bronze_column_names(kept), kept);
  EXPECT_EQ(silver_column_names({"Größe (m)", "ÄÖ B", "CO₂"}), (Names{"größe_m", "ÄÖ_b", "co₂"}));
}

TEST(Names, SilversCanBeTyped) {
  EXPECT_EQ(silver_column_names({"\u200Bid", "na\u200Bme", "unit\u00A0price", "sum\uFEFF",
                                 "\u202Eabc\u202C", "soft\u00ADware", "Order\u2009ID",
                                 "\u3000金\u3000額", "a\u0085b", "Ä\u200Dö"}),
            (Names{"id", "name", "unit_price", "sum", "abc", "software", "order_id", "金_額", "a_b",
                   "Äö"}));
  // What shapes a letter belongs to it; signs that show are no blanks.
  for (const char* name : {"می\u200Cخواهم", "क\u094D\u200Dष", "❤\uFE0F", "m²", "e\u0301"}) {
    EXPECT_EQ(silver_column_names({name}), (Names{name}));
  }
  EXPECT_EQ(silver_column_names({"id", "\uFEFFid"}), (Names{"id", "id_2"}));
  EXPECT_EQ(silver_column_names({"a\xFF\u200B"}), (Names{"a\xFF"}));
}

TEST(Names, BlankOnesAreNumbered) {
  const Names blank = {"", "\u200B", "\u00A0", " \uFEFF", "_\u202E"};
  const Names numbered = {"column_1", "column_2", "column_3", "column_4", "column_5"};
  EXPECT_EQ(bronze_column_names(blank), numbered);
  EXPECT_EQ(silver_column_names(blank), numbered);
}

TEST(Names, ManyTwinsTakeNoLongTime) {
  // As many columns as a file may have, each spelt in another way, and too long for their suffix.
  Names twins;
  for (unsigned i = 0; i < 2'000; ++i) {
    std::string name(230, 'x');
    for (unsigned bit = 0; bit < 11; ++bit) name += (i >> bit & 1U) != 0 ? "ä" : "Ä";
    twins.push_back(name + "yyy");
  }
  expect_apart(bronze_column_names(twins));
}

TEST(Names, SilverColumnsAreSnakeCaseAndUnique) {
  EXPECT_EQ(silver_column_names({"OrderID", "order id", "HTTPStatus", "Größe (m)", "1st", "%"}),
            (Names{"order_id", "order_id_2", "http_status", "größe_m", "c_1st", "column_6"}));
  EXPECT_EQ(silver_column_names({"parseHTTPRequest", "A", "aB", "a1B", "ABC", " x ", "x__y"}),
            (Names{"parse_http_request", "a", "a_b", "a1_b", "abc", "x", "x_y"}));
}

TEST(Names, LongNamesAreCutBetweenCharactersAndStayUnique) {
  const std::string wide = std::string(254, 'x') + "ä";
  const Names names = bronze_column_names({wide, wide});
  EXPECT_EQ(names[0], std::string(254, 'x'));
  EXPECT_EQ(names[1], std::string(253, 'x') + "_2");
  std::string euros;
  for (int i = 0; i < 200; ++i) euros += "€";
  EXPECT_EQ(silver_column_names({euros})[0].size(), 255U) << "85 characters of three bytes";
}

/// Headers as a hostile file may have them: few letters, so that names meet, and what is forbidden.
Names hostile_headers(std::mt19937& random) {
  const Names pieces = {"a",  "A", "_", " ",  "2", "_2", ",", "ä",      "€",      "\n", "", "batch",
                        "B1", "Ä", "ß", "SS", "İ", "i",  "ı", "\u0307", "\u200B", "σ",  "ς"};
  const auto below = [&random](std::size_t n) { return random() % n; };
  Names headers(1 + below(12));
  for (std::string& header : headers) {
    for (std::size_t n = below(5); n > 0; --n) header += pieces[below(pieces.size())];
    if (below(20) == 0) header += std::string(250 + below(20), 'x');
  }
  return headers;
}

void expect_columns(const Names& headers, const Names& names) {
  ASSERT_EQ(names.size(), headers.size());
  expect_apart(names);
  for (const std::string& name : names) {
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(is_utf8(name)) << name;
    EXPECT_EQ(name.find_first_of(" ,;{}()\n\t="), std::string::npos) << name;
    EXPECT_NE(lowered(name), "_batch");
  }
}

TEST(Names, WhateverTheHeadersTheColumnsAreNamedApart) {
  std::mt19937 random(20261130);  // NOLINT: the same each time, so that a failure comes again.
  for (int i = 0; i < 3'000; ++i) {
    const Names headers = hostile_headers(random);
    expect_columns(headers, bronze_column_names(headers));
    const Names silver = silver_column_names(headers);
    expect_columns(headers, silver);
    for (const std::string& name : silver) EXPECT_EQ(name, lowered(name));
    std::string all;
    for (const std::string& header : headers) all += header;
    const std::string table = table_name_from(all);
    EXPECT_LE(table.size(), table_name_bytes_max);
    EXPECT_TRUE(is_lower(table[0])) << table;
    for (const char c : table) EXPECT_TRUE(is_lower(c) || is_digit(c) || c == '_') << table;
  }
}

TEST(Names, Dotted) {
  EXPECT_EQ(dotted_name({"c", "s", "t"}), "c.s.t");
  EXPECT_EQ(dotted_name({"t"}), "t");
  EXPECT_EQ(dotted_name({}), "");
}

TEST(Names, Quoting) {
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
}

}  // namespace
}  // namespace sluice
