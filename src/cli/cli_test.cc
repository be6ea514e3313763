// Each command against a server of canned documents on loopback: what is printed, and the exit
// code. Both are a contract with scripts.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/commands.h"
#include "cli/exact_rows.h"
#include "cli/table.h"
#include "http/multipart.h"
#include "http/server.h"

namespace sluice::cli {
namespace {

TEST(Table, AlignsAndRightAlignsNumbers) {
  EXPECT_EQ(render_table({"name", "n"}, {{"Größe", "7"}, {"b", "12"}}),
            "name    n\n-----  --\nGröße   7\nb      12\n");
}

TEST(Table, CellsCannotDriveTheTerminal) {
  EXPECT_EQ(printable("\x1b[31mred\r\n\xc2\x9b"), "\\x1b[31mred\\x0d\\n\\x9b");
}

TEST(ExactRows, NumbersStayAsWrittenAndNestedCellsAreJson) {
  const auto rows = exact_rows(
      R"({"columns":[{"name":"a"}],"rows":[[1.10,null,"x"],[{"k":[1.50,"y",null]},[],true]],"row_count":2})");
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0], (std::vector<std::string>{"1.10", "", "x"}));
  EXPECT_EQ((*rows)[1], (std::vector<std::string>{R"({"k":[1.50,"y",null]})", "[]", "true"}));
  EXPECT_FALSE(exact_rows("{\"rows\": [1"));
}

/// A server that answers canned documents and keeps what it was sent.
class Cli : public testing::Test {
 protected:
  void serve(const std::string& method, const std::string& pattern, int status,
             const std::string& body) {
    router_.add(method, pattern, [this, status, body](http::Request& request) {
      authorization_ = std::string(request.headers.get("Authorization"));
      if (request.method == "POST") {
        content_type_ = std::string(request.headers.get("Content-Type"));
        sent_ = request.body().read_all(1 << 20).value_or("");
      }
      return http::Response::text(status, body, "application/json");
    });
  }
  Connection start() {
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = http::Server::start(options, std::move(router_)).value();
    return {"http://127.0.0.1:" + std::to_string(server_->port()), "slc_t"};
  }

  http::Router router_;
  std::string authorization_;
  std::string content_type_;
  std::string sent_;
  std::unique_ptr<http::Server> server_;
  std::ostringstream out_;
  std::ostringstream err_;
  Output output_{out_, err_};
};

TEST_F(Cli, QueryPrintsATable) {
  serve(
      "GET", "/api/v1/datasets/{id}/query", 200,
      R"({"columns":[{"name":"a","type":"BIGINT"}],"rows":[[1],[null]],"row_count":2,"truncated":true})");
  EXPECT_EQ(query(start(), "x", "SELECT a", output_), exit_ok);
  EXPECT_EQ(out_.str(), "a\n-\n1\n\n(there are more rows; add a LIMIT to say how many)\n");
  EXPECT_EQ(authorization_, "Bearer slc_t");
}

TEST_F(Cli, AProblemIsOneLineWithItsRemedy) {
  serve(
      "GET", "/api/v1/datasets/{id}/databricks/status", 404,
      R"({"detail":"No such dataset.","hint":"List them.","code":"dataset_not_found","instance":"r1"})");
  EXPECT_EQ(status(start(), "x", false, output_), exit_refused);
  EXPECT_EQ(err_.str(), "error: No such dataset. (dataset_not_found, request r1) List them.\n");
}

TEST_F(Cli, AMistakeInTheSqlHasItsPlace) {
  serve(
      "GET", "/api/v1/datasets/{id}/query", 400,
      R"({"detail":"No column.","code":"query_syntax","instance":"r1","position":{"line":2,"column":3}})");
  EXPECT_EQ(query(start(), "x", "SELECT a", output_), exit_refused);
  EXPECT_EQ(err_.str(), "error: No column. Line 2, column 3. (query_syntax, request r1)\n");
}

TEST_F(Cli, NobodyThereHasACodeOfItsOwn) {
  const Connection nobody{"http://127.0.0.1:1", "t"};
  EXPECT_EQ(list(nobody, 10, output_), exit_unreachable);
  EXPECT_NE(err_.str().find("sluice serve"), std::string::npos);
}

TEST_F(Cli, ListIsATableThatSaysWhereThereIsMore) {
  serve("GET", "/api/v1/datasets", 200,
        R"({"datasets":[{"id":"d1","name":"A\u001b[2J","row_count":3,"created_at":"T",)"
        R"("metadata":{"sync_status":"synced"}},{"id":"d2"},7],"next_cursor":"c"})");
  EXPECT_EQ(list(start(), 3, output_), exit_ok);
  EXPECT_NE(out_.str().find("d1  A\\x1b[2J     3  synced  T"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("d2"), std::string::npos) << "what it leaves out is blank";
  EXPECT_TRUE(out_.str().ends_with("(more: raise --limit)\n")) << out_.str();
}

TEST_F(Cli, StatusPrintsWhatIsSetAndJsonTheDocumentAsItCame) {
  const std::string body =
      R"({"sync_status":"synced","last_sync_error":null,"bronze_table":"c.b.t"})";
  serve("GET", "/api/v1/datasets/{id}/databricks/status", 200, body);
  const Connection connection = start();
  EXPECT_EQ(status(connection, "a/b", false, output_), exit_ok);
  EXPECT_EQ(out_.str(), "sync_status      synced\nbronze_table     c.b.t\n");
  EXPECT_EQ(authorization_, "Bearer slc_t");
  out_.str("");
  output_.json = true;
  EXPECT_EQ(status(connection, "d1", true, output_), exit_ok) << "it is synced: no wait";
  EXPECT_EQ(out_.str(), body + "\n");
}

TEST_F(Cli, SyncWaitsOnlyWhereItIsToldTo) {
  serve("POST", "/api/v1/datasets/{id}/sync", 202, R"({"sync_status":"pending"})");
  serve("GET", "/api/v1/datasets/{id}/databricks/status", 200, R"({"sync_status":"synced"})");
  const Connection connection = start();
  EXPECT_EQ(sync(connection, "d1", false, output_), exit_ok);
  EXPECT_EQ(out_.str(), "sync_status  pending\n");
  out_.str("");
  EXPECT_EQ(sync(connection, "d1", true, output_), exit_ok);
  EXPECT_EQ(out_.str(), "sync_status  synced\n");
}

TEST_F(Cli, RemovingSaysNothingButInJson) {
  serve("DELETE", "/api/v1/datasets/{id}", 204, "");
  const Connection connection = start();
  EXPECT_EQ(remove(connection, "d1", true, output_), exit_ok);
  EXPECT_EQ(out_.str(), "");
  output_.json = true;
  EXPECT_EQ(remove(connection, "d1", false, output_), exit_ok);
  EXPECT_EQ(out_.str(), "{}\n");
}

TEST_F(Cli, AnAnswerThatIsNoneIsSaid) {
  serve("GET", "/api/v1/datasets/{id}/query", 200, R"({"columns":[{"name":"a"}],"rows":[[1,2]]})");
  EXPECT_EQ(query(start(), "d1", "SELECT 1", output_), exit_refused);
  EXPECT_EQ(err_.str(), "error: The server's answer is not a query answer.\n");
}

TEST_F(Cli, AFileThatIsNotThereIsAUsageError) {
  UploadOptions options;
  options.path = "/no/such";
  EXPECT_EQ(upload({"http://127.0.0.1:1", "t"}, options, output_), exit_usage);
}

TEST_F(Cli, UploadSendsAFormAndWaitTellsTheEnd) {
  serve("POST", "/api/v1/datasets/upload", 201,
        R"({"id":"d1","rows_read":5,"row_count":3,"rows_rejected":2})");
  serve("GET", "/api/v1/datasets/{id}/databricks/status", 200,
        R"({"sync_status":"failed","last_sync_error":"No."})");
  const auto path = std::filesystem::temp_directory_path() / "sluice cli \"test\".csv";
  std::ofstream(path) << "a\n1\n";
  const Connection connection = start();
  UploadOptions options;
  options.path = path.string();
  options.name = "N";
  options.options = R"({"header":false})";
  options.wait = true;
  EXPECT_EQ(upload(connection, options, output_), exit_sync_failed);
  EXPECT_TRUE(err_.str().starts_with("2 of 5 rows did not fit")) << err_.str();
  EXPECT_TRUE(err_.str().ends_with("\nfailed\n")) << err_.str();
  EXPECT_NE(sent_.find("name=\"options\"\r\n\r\n{\"header\":false}\r\n"), std::string::npos);
  EXPECT_NE(sent_.find("name=\"name\"\r\n\r\nN\r\n"), std::string::npos);
  EXPECT_NE(sent_.find("filename=\"sluice cli %22test%22.csv\""), std::string::npos);
  EXPECT_NE(sent_.find("\r\n\r\na\n1\n\r\n--"), std::string::npos);
  EXPECT_TRUE(http::multipart_boundary(content_type_));
  std::filesystem::remove(path);
}

/// A server that knows an archive of some tables, of which the second cannot be read.
class UploadEach : public Cli {
 protected:
  Connection serve_archive(std::vector<std::string> members) {
    router_.add("POST", "/api/v1/datasets/upload", [this, members](http::Request& request) {
      const std::string form = request.body().read_all(1 << 20).value_or("");
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (form.find("\"member\":\"" + members[i] + "\"") == std::string::npos) continue;
        forms_.push_back(form);
        if (i == 1) {
          return http::Response::text(422, R"({"code":"no_columns","detail":"It is empty."})",
                                      "application/problem+json");
        }
        return http::Response::text(201, R"({"id":"d)" + std::to_string(i) + "\"}",
                                    "application/json");
      }
      std::string names;
      for (const std::string& name : members) names += (names.empty() ? "\"" : ",\"") + name + "\"";
      return http::Response::text(
          422, R"({"code":"archive_members","detail":"Which?","choices":[)" + names + "]}",
          "application/problem+json");
    });
    std::ofstream(path_) << "PK";
    options_.path = path_.string();
    return start();
  }
  ~UploadEach() override { std::filesystem::remove(path_); }
  bool named(std::size_t form, const std::string& name) const {
    return forms_.at(form).find("name=\"name\"\r\n\r\n" + name + "\r\n") != std::string::npos;
  }

  std::filesystem::path path_ = std::filesystem::temp_directory_path() / "sluice each.zip";
  UploadOptions options_;
  std::vector<std::string> forms_;
};

TEST_F(UploadEach, MakesADatasetOfEachTableAndSaysWhichWasNone) {
  const Connection connection = serve_archive({"y/a.csv", "b.csv", "c.csv.gz"});
  EXPECT_EQ(upload(connection, options_, output_), exit_refused) << "not unless it is asked to";
  EXPECT_TRUE(forms_.empty());
  err_.str("");
  options_.each = true;
  options_.options = R"({"delimiter":";"})";
  EXPECT_EQ(upload(connection, options_, output_), exit_refused) << "the second one is";
  ASSERT_EQ(forms_.size(), 3U);
  EXPECT_TRUE(named(0, "a"));
  EXPECT_TRUE(named(2, "c")) << forms_[2];
  EXPECT_NE(forms_[2].find(R"({"delimiter":";","member":"c.csv.gz"})"), std::string::npos);
  EXPECT_EQ(out_.str(), "y/a.csv\nid  d0\n\nc.csv.gz\nid  d2\n\n");
  EXPECT_TRUE(err_.str().starts_with("b.csv: error: It is empty.")) << err_.str();
}

TEST_F(UploadEach, TablesOfOneNameAreToldApartAndJsonIsOneDocument) {
  const Connection connection = serve_archive({"x/a.csv", "none", "y/a.csv"});
  options_.each = true;
  options_.name = "Year";
  output_.json = true;
  EXPECT_EQ(upload(connection, options_, output_), exit_refused);
  ASSERT_EQ(forms_.size(), 3U);
  EXPECT_TRUE(named(0, "Year x/a.csv"));
  EXPECT_TRUE(named(1, "Year none"));
  EXPECT_EQ(out_.str(), "[{\"id\":\"d0\"},{\"id\":\"d2\"}]\n");
}

}  // namespace
}  // namespace sluice::cli
