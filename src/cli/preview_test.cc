// sluice preview against a server of canned answers on loopback: what is sent of a file, what is
// printed, and the exit code.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/ids.h"
#include "cli/commands.h"
#include "http/server.h"

namespace sluice::cli {
namespace {

constexpr const char* guess_json = R"({
  "source_format": "csv", "encoding": "utf-8", "is_beginning": true, "row_count": 2,
  "rows_read": 3, "rows_rejected": 1, "truncated": true,
  "refusal": {"code": "rejects_too_many", "detail": "More rows do not fit.", "hint": "Mend it."},
  "decision": [
    {"what": "delimiter", "taken": ",", "why": "3 of 3 rows have 2 cells.", "is_guess": false,
     "settled_by": ["delimiter"], "runner_up": ""},
    {"what": "header", "taken": "the header in line 1", "why": "Text above numbers.",
     "is_guess": true, "settled_by": ["header", "header_line"], "runner_up": "no header",
     "runner_up_options": {"header": false}}],
  "notes": ["The table\u001b[2J is small."],
  "columns": [
    {"name": "id", "type": "BIGINT", "reason": "every cell", "silver": {"name": "id", "type": "BIGINT"}},
    {"name": "v", "type": "VARCHAR", "reason": "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee",
     "silver": {"name": "v", "type": "DOUBLE"}}],
  "rows": [[1, "1.50"], [2, null]],
  "rejects": [{"line": 4, "reason": "ragged_row", "detail": "3 cells.", "raw": "1,2,3"}]})";

class PreviewCommand : public testing::Test {
 protected:
  PreviewCommand() { file_.path = path_.string(); }
  ~PreviewCommand() override { std::filesystem::remove(path_); }

  /// Answers with one document after another; the last one stays.
  void serve(std::vector<std::pair<int, std::string>> answers) {
    router_.add("POST", "/api/v1/datasets/preview", [this, answers](http::Request& request) {
      sent_.push_back({request.target, request.body().read_all(64U << 20).value_or("").size()});
      const auto& [status, body] = answers[std::min(sent_.size(), answers.size()) - 1];
      return http::Response::text(status, body, "application/json");
    });
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = http::Server::start(options, std::move(router_)).value();
    connection_ = {"http://127.0.0.1:" + std::to_string(server_->port()), "slc_t"};
  }
  void write(std::size_t bytes) const { std::ofstream(path_) << std::string(bytes, 'x'); }
  bool says(const std::string& text) const { return out_.str().find(text) != std::string::npos; }

  struct Sent {
    std::string target;
    std::size_t bytes = 0;  ///< Of the form.
  };
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("sluice-preview-" + new_uuid_v7());
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  Connection connection_;
  PreviewOptions file_;
  std::vector<Sent> sent_;
  std::ostringstream out_;
  std::ostringstream err_;
  Output output_{out_, err_};
};

TEST_F(PreviewCommand, PrintsTheDecisionTheColumnsTheRowsAndTheRejects) {
  write(10);
  serve({{200, guess_json}});
  EXPECT_EQ(preview(connection_, file_, output_), exit_ok) << err_.str();
  EXPECT_TRUE(out_.str().starts_with(
      "csv, 2 rows, 1 rejects, of the beginning alone: a later cell may change a type\n"
      "An upload would be refused: More rows do not fit.\n"
      "delimiter: ,  (3 of 3 rows have 2 cells.)\n"
      "header: the header in line 1  (Text above numbers.)\n"
      "  That is a guess. Next to it came: no header. Settled by: header, header_line.\n"
      "  To read it so: --options '{\"header\":false}'\n"
      "- The table\\x1b[2J is small.\n"))
      << out_.str();
  EXPECT_TRUE(says("v       VARCHAR  v       DOUBLE")) << out_.str();
  EXPECT_TRUE(says("aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd…")) << "a long cell is cut";
  EXPECT_FALSE(says("eeeee"));
  EXPECT_TRUE(says(" 1  1.50\n")) << "a number as it was written: " << out_.str();
  EXPECT_TRUE(says("(there are more rows)\n"));
  EXPECT_TRUE(says("1 rows do not fit; the first are:\n"));
  EXPECT_TRUE(says("ragged_row  3 cells.  1,2,3")) << out_.str();
}

TEST_F(PreviewCommand, InJsonTheDocumentAsItCame) {
  write(10);
  serve({{200, guess_json}});
  output_.json = true;
  file_.limit = 7;
  EXPECT_EQ(preview(connection_, file_, output_), exit_ok);
  EXPECT_EQ(out_.str(), std::string(guess_json) + "\n");
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].target, "/api/v1/datasets/preview?limit=7") << "the whole file was sent";
}

/// Of a long text the beginning is enough; a workbook has to come whole.
TEST_F(PreviewCommand, SendsTheBeginningAndTheWholeWhereThatIsNeeded) {
  constexpr std::size_t bytes = 3U << 20;
  write(bytes);
  serve({{422, R"({"code":"whole_file_needed","detail":"A workbook.","hint":"Send it whole."})"},
         {200, guess_json}});
  EXPECT_EQ(preview(connection_, file_, output_), exit_ok) << err_.str();
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_EQ(sent_[0].target,
            "/api/v1/datasets/preview?limit=20&source_bytes=" + std::to_string(bytes));
  EXPECT_GE(sent_[0].bytes, 1U << 20);
  EXPECT_LT(sent_[0].bytes, bytes);
  EXPECT_EQ(sent_[1].target, "/api/v1/datasets/preview?limit=20");
  EXPECT_GE(sent_[1].bytes, bytes);
}

TEST_F(PreviewCommand, ARefusalIsOneLineWithItsRemedy) {
  write(10);
  serve({{422, R"({"code":"no_columns","detail":"The file is empty.","hint":"Send another."})"}});
  EXPECT_EQ(preview(connection_, file_, output_), exit_refused);
  EXPECT_EQ(sent_.size(), 1U) << "sending more would not help";
  EXPECT_NE(err_.str().find("The file is empty."), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("Send another."), std::string::npos) << err_.str();
  EXPECT_EQ(out_.str(), "");
}

TEST_F(PreviewCommand, AnAnswerThatIsNoneIsSaid) {
  write(10);
  serve({{200, R"({"source_format":"csv","is_beginning":7})"}});
  EXPECT_EQ(preview(connection_, file_, output_), exit_refused);
  EXPECT_EQ(err_.str(), "error: The server's answer is no preview.\n");
}

TEST_F(PreviewCommand, AFileThatIsNotThereIsAUsageError) {
  connection_ = {"http://127.0.0.1:1", "t"};
  EXPECT_EQ(preview(connection_, file_, output_), exit_usage);
  EXPECT_NE(err_.str().find("is not a file that can be read"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
