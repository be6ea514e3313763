// What a footer may say, and what is refused before the engine believes it. Pure: footers are
// written here byte by byte.
#include "ingest/parquet/parquet_footer.h"

#include <gtest/gtest.h>

#include "base/testing/memory_file.h"
#include "ingest/parquet/parquet_file.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// Thrift's compact protocol, as far as a footer needs it.
std::string varint(std::uint64_t number) {
  std::string out;
  for (; number > 0x7F; number >>= 7U) out += static_cast<char>((number & 0x7FU) | 0x80U);
  return out + static_cast<char>(number);
}
std::string number(std::int64_t value) {
  return varint((static_cast<std::uint64_t>(value) << 1U) ^
                static_cast<std::uint64_t>(value >> 63));
}
std::string text(const std::string& value) { return varint(value.size()) + value; }
std::string list(char kind, const std::vector<std::string>& items) {
  std::string out(1, static_cast<char>(0xF0U | static_cast<unsigned>(kind)));
  out += varint(items.size());
  for (const std::string& item : items) out += item;
  return out;
}
/// `{id step, kind}` before each body.
std::string field(int step, char kind, const std::string& body) {
  return static_cast<char>(step * 16 + kind) + body;
}

constexpr char i32 = 5;
constexpr char i64 = 6;
constexpr char binary = 8;
constexpr char listed = 9;
constexpr char structure = 12;
const std::string stop(1, '\0');

std::string leaf(const std::string& name, const std::string& more = "") {
  return field(1, i32, number(2)) + field(2, i32, number(0)) + field(1, binary, text(name)) + more +
         stop;
}
std::string group(const std::string& name, int children) {
  return field(4, binary, text(name)) + field(1, i32, number(children)) + stop;
}
std::string chunk(std::int64_t values, std::int64_t unpacked, std::int64_t bytes,
                  std::int64_t begin) {
  const std::string data = field(5, i64, number(values)) + field(1, i64, number(unpacked)) +
                           field(1, i64, number(bytes)) + field(2, i64, number(begin)) + stop;
  return field(3, structure, data) + stop;
}
std::string row_group(const std::vector<std::string>& chunks, std::int64_t rows) {
  return field(1, listed, list(structure, chunks)) + field(2, i64, number(rows)) + stop;
}
std::string footer(const std::vector<std::string>& schema, std::int64_t rows,
                   const std::vector<std::string>& groups, const std::string& more = "") {
  return field(2, listed, list(structure, schema)) + field(1, i64, number(rows)) +
         field(1, listed, list(structure, groups)) + more + stop;
}

constexpr std::uint64_t data_end = 1000;

std::string code_of(const std::string& bytes) {
  const Result<ParquetFooter> parsed = parse_parquet_footer(bytes, data_end);
  return parsed ? "" : parsed.error().code.text();
}

const std::vector<std::string> one_column = {group("root", 1), leaf("x")};

TEST(ParquetFooter, SaysWhatTheFileSays) {
  const Result<ParquetFooter> parsed =
      parse_parquet_footer(footer({group("root", 2), leaf("x"), group("g", 1), leaf("y")}, 3,
                                  {row_group({chunk(3, 10, 10, 4), chunk(3, 10, 10, 14)}, 3)}),
                           data_end);
  ASSERT_TRUE(parsed) << to_line(parsed.error());
  EXPECT_EQ(parsed->rows, 3);
  EXPECT_EQ(parsed->leaves, 2U);
  EXPECT_EQ(parsed->nodes[2].name, "g");
  EXPECT_EQ(parsed->chunks[1].begin, 14U);
}

TEST(ParquetFooter, TreesThatAreNone) {
  EXPECT_EQ(code_of(footer({}, 0, {})), "parquet_footer");
  EXPECT_EQ(code_of(footer({group("root", 2), leaf("x")}, 0, {})), "parquet_footer");
  EXPECT_EQ(code_of(footer({group("root", 1), leaf("x"), leaf("y")}, 0, {})), "parquet_footer");
  EXPECT_EQ(code_of(footer({group("root", -1)}, 0, {})), "parquet_footer");
  EXPECT_EQ(code_of(footer({group("root", 1), leaf("x", field(1, i32, number(1)))}, 0, {})),
            "parquet_footer");
  std::vector<std::string> deep(parquet_depth_max - 1, group("g", 1));
  deep.push_back(leaf("x"));
  EXPECT_EQ(code_of(footer(deep, 0, {})), "");
  deep.insert(deep.begin(), group("g", 1));
  EXPECT_EQ(code_of(footer(deep, 0, {})), "parquet_footer");
  std::vector<std::string> wide(columns_max + 1, leaf("x"));
  wide.insert(wide.begin(), group("root", static_cast<int>(columns_max) + 1));
  EXPECT_EQ(code_of(footer(wide, 0, {})), "too_many_columns");
}

TEST(ParquetFooter, NumbersThatCannotBe) {
  const auto of = [](std::int64_t rows, const std::string& data) {
    return code_of(footer(one_column, rows, {row_group({data}, 1)}));
  };
  EXPECT_EQ(of(1, chunk(1, 10, 10, 4)), "");
  EXPECT_EQ(of(2, chunk(1, 10, 10, 4)), "parquet_footer");
  EXPECT_EQ(of(1, chunk(-1, 10, 10, 4)), "parquet_footer");
  EXPECT_EQ(of(1, chunk(1, 10, 1000, 4)), "parquet_footer");
  EXPECT_EQ(of(1, chunk(1, 10, INT64_MAX, 4)), "parquet_footer");
  EXPECT_EQ(of(1, chunk(1, 10, 10, 995)), "parquet_footer");
  EXPECT_EQ(of(1, chunk(1, 1LL << 40, 10, 4)), "parquet_footer");
  EXPECT_EQ(code_of(footer(one_column, 1, {row_group({}, 1)})), "parquet_footer");
  const std::int64_t many = 1LL << 41;
  EXPECT_EQ(code_of(footer(one_column, many, {row_group({chunk(many, 10, 10, 4)}, many)})),
            "parquet_footer");
  const std::vector<std::string> groups(parquet_row_groups_max + 1,
                                        row_group({chunk(0, 0, 0, 4)}, 0));
  EXPECT_EQ(code_of(footer(one_column, 0, groups)), "parquet_footer");
}

TEST(ParquetFooter, KindsThatAreNotTaken) {
  EXPECT_EQ(code_of(footer({group("root", 1), leaf(std::string("a\0b", 3))}, 0, {})), "nul_byte");
  EXPECT_EQ(code_of(footer(one_column, 0, {}, field(4, structure, stop))), "parquet_encrypted");
  // VARIANT is the sixteenth of the logical types.
  const std::string variant =
      field(6, structure, static_cast<char>(structure) + number(16) + stop + stop);
  EXPECT_EQ(code_of(footer({group("root", 1), leaf("x", variant)}, 0, {})), "parquet_variant");
}

TEST(ParquetFooter, DecimalsSayTheSameTwice) {
  // Fields 6 to 8 are the converted type with its scale and precision, field 10 is the logical one.
  const auto decimal = [](int scale, int precision, int logical_scale) {
    const std::string logical =
        field(5, structure, field(1, i32, number(logical_scale)) + field(1, i32, number(9)) + stop);
    return code_of(footer(
        {group("root", 1),
         leaf("x", field(2, i32, number(5)) + field(1, i32, number(scale)) +
                       field(1, i32, number(precision)) + field(2, structure, logical + stop))},
        0, {}));
  };
  EXPECT_EQ(decimal(2, 9, 2), "");
  EXPECT_EQ(decimal(3, 9, 2), "parquet_footer");
  EXPECT_EQ(decimal(INT32_MAX, 9, 2), "parquet_footer");
  EXPECT_EQ(decimal(2, 8, 2), "parquet_footer");
  EXPECT_EQ(decimal(10, 9, 10), "parquet_footer");
}

TEST(ParquetFooter, TypesOfAFixedLengthHaveThatLength) {
  const auto fixed = [](int bytes, const std::string& more) {
    return code_of(
        footer({group("root", 1), field(1, i32, number(7)) + field(1, i32, number(bytes)) +
                                      field(1, i32, number(0)) + field(1, binary, text("x")) +
                                      more + stop},
               0, {}));
  };
  // FLOAT16 and UUID by their logical types, INTERVAL by its converted one.
  const auto logical = [](char type) {
    return field(6, structure, field(type, structure, stop) + stop);
  };
  EXPECT_EQ(fixed(2, logical(15)), "");
  EXPECT_EQ(fixed(5, logical(15)), "parquet_footer");
  EXPECT_EQ(fixed(16, logical(14)), "");
  EXPECT_EQ(fixed(3, logical(14)), "parquet_footer");
  EXPECT_EQ(fixed(12, field(2, i32, number(21))), "");
  EXPECT_EQ(fixed(11, field(2, i32, number(21))), "parquet_footer");
}

TEST(ParquetFooter, EndsAnywhere) {
  const std::string whole = footer(one_column, 1, {row_group({chunk(1, 10, 10, 4)}, 1)});
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_EQ(code_of(whole.substr(0, size)), "parquet_footer") << size;
  }
  // A field that comes twice is read differently by different readers.
  EXPECT_EQ(code_of(field(2, listed, list(structure, one_column)) +
                    std::string(1, static_cast<char>(listed)) + number(2) +
                    list(structure, one_column) + stop),
            "parquet_footer");
}

TEST(ParquetFooter, UnknownFieldsNestedWithoutEndAreNoRecursion) {
  std::string nested;
  for (int i = 0; i < 1'000'000; ++i) nested += field(1, structure, "");
  EXPECT_EQ(code_of(field(14, structure, nested)), "parquet_footer");
}

TEST(ParquetFooter, FilesThatAreNone) {
  const auto code_of_file = [](const std::string& bytes) {
    const fuzz::MemoryFile file(bytes);
    const Result<ParquetFooter> parsed = check_parquet(file.path(), {});
    return parsed ? "" : parsed.error().code.text();
  };
  EXPECT_EQ(code_of_file("PAR1"), "parquet_unreadable");
  EXPECT_EQ(code_of_file("PAR1...." + std::string("\x10\0\0\0PAR1", 8)), "parquet_unreadable");
  EXPECT_EQ(code_of_file("PAR1....\xFF\xFF\xFF\xFFPAR1"), "parquet_unreadable");
  EXPECT_EQ(code_of_file("PARE....\x04..."
                         "PARE"),
            "parquet_encrypted");
}

}  // namespace
}  // namespace sluice::ingest
