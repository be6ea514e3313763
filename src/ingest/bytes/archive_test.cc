// Which member of an archive is the table. Pure; reading them is tested by testdata/expect.json.
#include "ingest/bytes/archive.h"

#include <gtest/gtest.h>

namespace sluice::ingest {
namespace {

std::vector<ArchiveMember> members(const std::vector<std::string>& names) {
  std::vector<ArchiveMember> all;
  for (const std::string& name : names) all.push_back({name, 1});
  return all;
}

/// The name of the chosen one, or the error's code and detail.
std::string chosen(const std::vector<std::string>& names, const std::string& wanted = "",
                   ArchiveKind kind = ArchiveKind::zip) {
  const Result<ChosenMember> found = choose_member(members(names), kind, wanted);
  return found ? names.at(found->index) : found.error().code.text() + ": " + found.error().detail;
}

TEST(ChooseMember, TheOnlyTable) {
  EXPECT_EQ(chosen({"d/orders.CSV", "README.md", "terms.pdf"}), "d/orders.CSV");
  EXPECT_EQ(chosen({"__MACOSX/._a.csv", "a.csv", ".DS_Store", "._a.csv"}), "a.csv");
  EXPECT_EQ(chosen({"a.csv.gz", "notes.txt"}), "a.csv.gz");
  EXPECT_EQ(chosen({"a.tsv.xz", "notes.txt"}), "a.tsv.xz");
  EXPECT_EQ(chosen({"export.dat"}), "export.dat") << "whatever its name";
  EXPECT_EQ(chosen({"a.csv", "b.npy"}), "a.csv");
  EXPECT_NE(choose_member(members({"a.csv", "b.md"}), ArchiveKind::zip, "")
                ->note.find("Left out: 'b.md'"),
            std::string::npos);
}

TEST(ChooseMember, SeveralAreNamed) {
  EXPECT_EQ(chosen({"a.csv", "b.csv"}),
            "archive_members: The archive holds 2 files that may be the table: 'a.csv', 'b.csv'.");
  EXPECT_TRUE(chosen({"a.dat", "b.dat"}).starts_with("archive_members: "));
  EXPECT_EQ(chosen({"d/a.csv", "b.csv"}, "a.csv"), "d/a.csv");
  EXPECT_EQ(chosen({"d/a.csv", "a.csv"}, "a.csv"), "a.csv") << "its whole name";
  EXPECT_EQ(chosen({"a.csv", "README"}, "README"), "README");
  EXPECT_TRUE(chosen({"d/a.csv", "e/a.csv"}, "a.csv").starts_with("archive_members: "));
  EXPECT_TRUE(chosen({"a.csv"}, "b.csv").starts_with("archive_members: "));
  EXPECT_TRUE(chosen({}).starts_with("archive_members: "));
  EXPECT_TRUE(chosen({"__MACOSX/._a.csv"}).starts_with("archive_members: "));
}

TEST(ChooseMember, TheHintSaysWhatToWrite) {
  const auto hint = [](const std::vector<std::string>& names) {
    return choose_member(members(names), ArchiveKind::zip, "").error().remedy;
  };
  EXPECT_EQ(
      hint({"d/a \"1\".csv", "b.csv"}),
      "Name one with the option member as {\"member\": \"d/a \\\"1\\\".csv\"}, or unpack it and "
      "upload each (sluice upload --each does).");
  EXPECT_EQ(hint({"\xFF.csv", "b.csv"}),
            "Name one with the option member, or unpack it and upload each (sluice upload --each "
            "does).");
}

TEST(ChooseMember, ProgramsGetAllNamesOrNone) {
  const auto choices = [](const std::vector<std::string>& names) {
    return choose_member(members(names), ArchiveKind::zip, "").error().choices;
  };
  EXPECT_EQ(choices({"a.csv", "README", "d/b.csv"}),
            (std::vector<std::string>{"a.csv", "d/b.csv"}));
  EXPECT_TRUE(choices({"\xFF.csv", "b.csv"}).empty());
  EXPECT_EQ(choices(std::vector<std::string>(1000, "a.csv")).size(), 1000U);
  EXPECT_TRUE(choices(std::vector<std::string>(1001, "a.csv")).empty());
}

TEST(ChooseMember, OfATarItHasToBeNamed) {
  EXPECT_EQ(chosen({"a.csv"}, "", ArchiveKind::tar),
            "archive_members: The file is a tar archive, and holds 'a.csv'.");
  EXPECT_EQ(chosen({"d/a.csv"}, "a.csv", ArchiveKind::tar), "d/a.csv");
}

TEST(ChooseMember, PartsOfOneThing) {
  EXPECT_TRUE(chosen({"Index/Document.iwa", "preview.jpg"}).starts_with("unsupported_format: "));
  EXPECT_TRUE(chosen({"x.npy", "y.npy"}).starts_with("unsupported_format: "));
  EXPECT_TRUE(chosen({"a.shp", "a.dbf", "a.shx"}).starts_with("unsupported_format: "));
}

TEST(IsWorkbook, ByTheNamesOfItsParts) {
  EXPECT_TRUE(is_workbook(members({"[Content_Types].xml", "xl/workbook.xml"})));
  EXPECT_TRUE(is_workbook(members({"mimetype", "content.xml"})));
  EXPECT_FALSE(is_workbook(members({"a.csv", "book.xlsx"})));
}

}  // namespace
}  // namespace sluice::ingest
