// A file's preview over a real connection, with a real worker: what it says, and that nothing of it
// is kept.

#include <filesystem>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/test_api.h"
#include "base/files.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

class PreviewTest : public ApiTest {
 protected:
  http::ClientResponse asked(const std::string& bytes, const std::string& options = "",
                             const std::string& query = "", const std::string& name = "f.csv") {
    std::string form;
    if (!options.empty()) {
      form += "--b\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n" + options + "\r\n";
    }
    form += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
            "\"\r\n\r\n" + bytes + "\r\n--b--\r\n";
    return sent(own_, "POST", "/api/v1/datasets/preview" + query,
                {{"Content-Type", "multipart/form-data; boundary=b"}}, form);
  }
  json::object shown(const std::string& bytes, const std::string& options = "",
                     const std::string& query = "") {
    const http::ClientResponse response = asked(bytes, options, query);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.status == 200 ? json::parse(response.body).as_object() : json::object();
  }
  std::string refused(const http::ClientResponse& response) {
    return std::to_string(response.status) + " " +
           std::string(json::parse(response.body).at("code").as_string());
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "datasets")) {
      if (entry.is_regular_file() && entry.path().extension() != ".lock") ++count;
    }
    return count;
  }
};

TEST_F(PreviewTest, SaysWhatAnUploadWouldComeToAndKeepsNothing) {
  const http::ClientResponse response =
      asked("id;price;Ort\n1;1.10;Köln\n2;2.50;Bonn\n3;9\n", "", "?limit=1");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_NE(response.body.find(R"("rows":[[1,1.10,"Köln"]])"), std::string::npos)
      << "exact, as a query: " << response.body;
  const json::value preview = json::parse(response.body);
  EXPECT_EQ(preview.at("file_name"), "f.csv");
  EXPECT_EQ(preview.at("source_format"), "csv");
  EXPECT_EQ(preview.at("encoding"), "utf-8");
  EXPECT_EQ(preview.at("is_beginning"), false);
  EXPECT_EQ(preview.at("row_count"), 2);
  EXPECT_EQ(preview.at("rows_read"), 3);
  EXPECT_EQ(preview.at("truncated"), true);
  EXPECT_TRUE(preview.at("refusal").is_null());
  const json::value& reject = preview.at("rejects").at(0);
  EXPECT_EQ(reject.at("line"), 4);
  EXPECT_EQ(reject.at("reason"), "ragged_row");
  EXPECT_EQ(reject.at("raw"), "3;9");
  const json::value& ort = preview.at("columns").at(2);
  EXPECT_EQ(ort.at("original"), "Ort");
  EXPECT_EQ(ort.at("silver").at("name"), "ort");
  bool has_delimiter = false;
  for (const json::value& choice : preview.at("decision").as_array()) {
    has_delimiter =
        has_delimiter || (choice.at("what") == "delimiter" && choice.at("taken") == ";");
  }
  EXPECT_TRUE(has_delimiter);
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(sent(own_, "GET", "/api/v1/datasets").body, R"({"datasets":[],"next_cursor":null})");
}

/// The schema of an upload and its preview are one.
TEST_F(PreviewTest, IsWhatTheUploadComesTo) {
  const std::string text = "id,when\n1,2024-01-31\n2,2024-02-29\n";
  const json::object preview = shown(text);
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n" + text +
      "\r\n--b--\r\n";
  const http::ClientResponse made =
      sent(own_, "POST", "/api/v1/datasets/upload",
           {{"Content-Type", "multipart/form-data; boundary=b"}}, form);
  ASSERT_EQ(made.status, 201) << made.body;
  const json::value schema =
      json::parse(sent(own_, "GET", std::string(made.headers.get("Location")) + "/schema").body);
  for (const char* part : {"decision", "notes", "columns", "options"}) {
    EXPECT_EQ(preview.at(part), schema.at(part)) << part;
  }
}

TEST_F(PreviewTest, OptionsHoldAndGuessesNameThem) {
  const json::object guess = shown("alpha,beta\nalpha,gamma\ndelta,beta\n");
  const json::value* header = nullptr;
  for (const json::value& choice : guess.at("decision").as_array()) {
    if (choice.at("what") == "header") header = &choice;
  }
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->at("is_guess"), true);
  const std::string other = json::serialize(header->at("runner_up_options"));
  const json::object settled = shown("alpha,beta\nalpha,gamma\ndelta,beta\n", other);
  EXPECT_EQ(settled.at("options"), header->at("runner_up_options"));
  EXPECT_NE(settled.at("row_count"), guess.at("row_count"));
}

TEST_F(PreviewTest, ABeginningIsSaidAndCutsNoRow) {
  std::string text = "id,t\n";
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + ",text\n";
  const std::string part = text.substr(0, 500);
  const auto rows = std::count(part.begin(), part.end(), '\n') - 1;
  const json::object sent_so =
      shown(part, "", "?source_bytes=" + std::to_string(text.size()) + "&limit=200");
  EXPECT_EQ(sent_so.at("is_beginning"), true);
  EXPECT_EQ(sent_so.at("row_count"), rows);
  EXPECT_EQ(sent_so.at("rows_rejected"), 0);
  const json::object read_so = shown(text, "", "?bytes=500&limit=200");
  for (const char* same : {"is_beginning", "row_count", "rows", "columns", "decision"}) {
    EXPECT_EQ(read_so.at(same), sent_so.at(same)) << same;
  }
  EXPECT_EQ(refused(asked("PK\x03\x04 and so on", "", "?source_bytes=100000")),
            "422 whole_file_needed");
  EXPECT_EQ(refused(asked("id,t", "", "?source_bytes=100000")), "422 beginning_too_short");
}

/// A file that is misread is what a preview is for.
TEST_F(PreviewTest, AFileOfTooManyRejectsIsShownWithItsRefusal) {
  std::string text = "a,b\n1,2\n3,4\n";
  for (int i = 0; i < 1200; ++i) text += "only one cell\n";
  const json::object preview =
      shown(text, R"({"header": true, "delimiter": ",", "pad_short_rows": false})");
  ASSERT_TRUE(preview.at("refusal").is_object());
  EXPECT_EQ(preview.at("refusal").at("code"), "rejects_too_many");
  EXPECT_EQ(preview.at("row_count"), 2);
  EXPECT_EQ(preview.at("rows_rejected"), 1200);
  EXPECT_EQ(preview.at("rejects").as_array().size(), 20U);
}

/// For programs: `sluice upload --each` sends one after another.
TEST_F(PreviewTest, OfAnArchiveOfSeveralTablesTheirNamesAreChoices) {
  const auto archive = std::filesystem::path(__FILE__).parent_path().parent_path() /
                       "ingest/testdata/packed/several.zip";
  const http::ClientResponse response = asked(read_file(archive).value(), "", "", "several.zip");
  EXPECT_EQ(refused(response), "422 archive_members");
  EXPECT_EQ(json::parse(response.body).at("choices"), (json::array{"a.csv", "b.json"}));
}

TEST_F(PreviewTest, WhatItCannotTakeIsSaidByCode) {
  EXPECT_EQ(refused(asked("a\n1\n", R"({"delimitr": ";"})")), "400 option_unknown");
  EXPECT_EQ(refused(asked("a\n1\n", "[")), "400 option_invalid");
  EXPECT_EQ(refused(asked("a\n1\n", R"({"sheet": "x"})")), "422 option_unused");
  EXPECT_EQ(refused(asked("a\n1\n", "", "?limit=201")), "400 bad_limit");
  EXPECT_EQ(refused(asked("a\n1\n", "", "?bytes=0")), "400 bad_bytes");
  EXPECT_EQ(refused(asked("a\n1\n", "", "?source_bytes=x")), "400 bad_bytes");
  EXPECT_EQ(refused(asked("")), "422 no_columns");
  EXPECT_EQ(refused(asked("\x89PNG\r\n\x1a\n")), "422 unsupported_format");
  EXPECT_EQ(refused(asked(std::string((32 << 20) + 1, 'x'))), "413 preview_too_large");
  const auto form = [this](const std::string& parts) {
    return refused(sent(own_, "POST", "/api/v1/datasets/preview",
                        {{"Content-Type", "multipart/form-data; boundary=b"}},
                        parts + "--b--\r\n"));
  };
  const std::string file = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na\n1\n\r\n";
  const std::string part = "--b\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{}\r\n";
  EXPECT_EQ(form(part), "400 file_missing");
  EXPECT_EQ(form(file + file), "400 file_twice");
  EXPECT_EQ(form(part + part + file), "400 field_twice");
  EXPECT_EQ(form("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nn\r\n" + file),
            "400 field_unknown");
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace sluice::api
