// What our client makes of answers that were recorded from real workspaces: each is served by a
// server on loopback, and what comes out is compared with what the recording says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <boost/json.hpp>

#include "base/ids.h"
#include "base/scoped_path.h"
#include "lakehouse/databricks/files_api.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/databricks/multipart.h"
#include "lakehouse/databricks/remote_sql.h"
#include "lakehouse/databricks/testing/recordings.h"
#include "lakehouse/databricks/testing/scripted_workspace.h"
#include "lakehouse/databricks/upload_address.h"
#include "lakehouse/databricks/warehouse.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;
using Reply = ScriptedWorkspace::Reply;

const std::string statements = "/api/2.0/sql/statements";
/// How addresses of the cloud's storage begin in the recordings.
const std::string storage = "https://storage.example";
constexpr std::int64_t large = std::int64_t{256} << 20U;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

class RecordedAnswers : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = recording_file("recorded.jsonl");
    if (!file) GTEST_SKIP() << "194 recorded answers are not looked at: there is no recorded.jsonl";
    all_ = read_recordings(*file);
    ASSERT_GE(all_.size(), 194U);
    std::filesystem::create_directory(folder_.path());
  }

  /// The state in which a statement's answer has it; empty: it is none of a statement.
  static std::string state_of(const Recorded& recorded) {
    return text_at(recorded.answer, "/status/state");
  }
  std::string as_served(const Recorded& recorded) const {
    return replaced(recorded.text, storage, workspace_.url() + "/cloud");
  }
  /// The statement's answer, and what its polls were answered, in order.
  void serve(const Recorded& submitted) {
    workspace_.forget_calls();
    workspace_.on("POST", statements, {{submitted.status, as_served(submitted)}});
    const std::string id = text_at(submitted.answer, "/statement_id");
    std::vector<Reply> polls;
    for (const Recorded& each : all_) {
      if (each.path == statements + "/" + id) polls.push_back({each.status, as_served(each)});
      if (!each.path.starts_with(statements + "/" + id + "/result/")) continue;
      workspace_.on("GET", each.path, {{each.status, as_served(each)}});
      ++count_["chunks by their number"];
    }
    count_["polls"] += polls.size();
    workspace_.on("GET", statements + "/" + id, std::move(polls));
  }
  /// The last answer to the statement, which has what came of it.
  const json::value& outcome_of(const Recorded& submitted) const {
    const json::value* last = &submitted.answer;
    for (const Recorded& each : all_) {
      const std::string id = text_at(submitted.answer, "/statement_id");
      if (each.path == statements + "/" + id) last = &each.answer;
    }
    return *last;
  }

  void check_failed(const Recorded& recorded);
  void check_rows(const Recorded& recorded);
  void check_rows_in_files(const Recorded& recorded);
  void check_links(const Recorded& recorded);

  std::vector<Recorded> all_;
  std::map<std::string, std::size_t> count_;
  const ScopedPath folder_{std::filesystem::temp_directory_path() /
                           ("sluice-recorded-" + random_hex(4))};
  ScriptedWorkspace workspace_;
  Connection connection_ = workspace_.connection();
  Rest rest_{connection_};
  Warehouse warehouse_{rest_,
                       connection_,
                       {.start = std::chrono::minutes(1),
                        .links = {.first_interval = std::chrono::milliseconds(1), .attempts = 2}}};
  CallCount calls_;
  StatementCount statement_count_;
};

void RecordedAnswers::check_failed(const Recorded& recorded) {
  serve(recorded);
  const auto rows = warehouse_.run({"SELECT 1", "Asking"}, calls_, statement_count_);
  ASSERT_FALSE(rows);
  const std::string said = text_at(recorded.answer, "/status/error/message");
  const std::string name = said.substr(said.find('[') + 1, said.find(']') - said.find('[') - 1);
  EXPECT_NE(rows.error().detail.find("Databricks says " + name + ", "), std::string::npos)
      << rows.error().detail;
  EXPECT_EQ(rows.error().code, "databricks_bug") << "a syntax error is ours";
  EXPECT_EQ(statement_error_of("BAD_REQUEST", said).sql_state, "42601");
  ++count_["failed"];
}

/// Schema, and the rows where they are of the form that we ask for.
void RecordedAnswers::check_rows(const Recorded& recorded) {
  const json::value& outcome = outcome_of(recorded);
  serve(recorded);
  const auto result = warehouse_.run({"SELECT 1", "Asking"}, calls_, statement_count_);
  ASSERT_TRUE(result) << to_line(result.error());
  std::vector<std::string> names;
  if (const json::array* columns = array_at(outcome, "/manifest/schema/columns")) {
    for (const json::value& column : *columns) names.push_back(text_at(column, "/name"));
  }
  EXPECT_EQ(result->columns, names);
  EXPECT_EQ(static_cast<std::int64_t>(names.size()),
            number_at(outcome, "/manifest/schema/column_count"));
  count_["columns"] += names.size();
  json::array rows;
  for (const auto& row : result->rows) {
    json::array cells;
    for (const auto& cell : row) {
      cells.push_back(cell ? json::value(*cell) : json::value());
      ++count_["cells"];
    }
    rows.push_back(std::move(cells));
  }
  const json::array* recorded_rows = array_at(outcome, "/result/data_array");
  EXPECT_EQ(rows, recorded_rows == nullptr ? json::array() : *recorded_rows);
  ++count_[names.empty() ? "without columns (DDL)" : "with columns"];
}

/// As a query takes them: to files, in the answers themselves.
void RecordedAnswers::check_rows_in_files(const Recorded& recorded) {
  const json::value& outcome = outcome_of(recorded);
  serve(recorded);
  Statement statement{"SELECT 1", "Asking"};
  statement.bytes_max = 1'000'000;
  const auto result = warehouse_.run_to(folder_.path(), statement, calls_, statement_count_);
  ASSERT_TRUE(result) << to_line(result.error());
  EXPECT_EQ(result->rows, number_at(outcome, "/manifest/total_row_count"));
  EXPECT_FALSE(result->truncated);
  json::array rows;
  for (const auto& file : result->files) {
    const json::value chunk = json::parse(text_of(file));
    for (const json::value& row : chunk.as_array()) rows.push_back(row);
  }
  const json::array* recorded_rows = array_at(outcome, "/result/data_array");
  EXPECT_EQ(rows, recorded_rows == nullptr ? json::array() : *recorded_rows);
  ++count_["rows in the answer, to files"];
}

/// Which chunks are fetched, from where and in which order. What is in them is ours: the recordings
/// have addresses only, of Arrow files that we never ask for.
void RecordedAnswers::check_links(const Recorded& recorded) {
  const json::value& outcome = outcome_of(recorded);
  serve(recorded);
  const std::int64_t chunks = number_at(outcome, "/manifest/total_chunk_count");
  std::vector<std::string> addresses;
  for (const Recorded& each : all_) {
    const bool is_chunk = each.path.starts_with(
        statements + "/" + text_at(outcome, "/statement_id") + "/result/chunks/");
    if (&each.answer != &outcome && !is_chunk) continue;
    const std::string at = is_chunk ? "" : "/result";
    const json::array* links = array_at(each.answer, at + "/external_links");
    for (const json::value& link : links == nullptr ? json::array() : *links) {
      addresses.push_back("/cloud" + text_at(link, "/external_link").substr(storage.size()));
    }
  }
  ASSERT_EQ(static_cast<std::int64_t>(addresses.size()), chunks);
  for (const std::string& address : addresses) {
    workspace_.on("GET", address.substr(0, address.find('?')), {{200, "\"" + address + "\""}});
  }
  if (chunks > 1 && array_at(outcome, "/result/external_links")->size() > 1) {
    // All links came at once, as they do for who asks so; the second by its number all the same.
    const json::value second{{"external_links", {outcome.at("result").at("external_links").at(1)}}};
    workspace_.on("GET", statements + "/" + text_at(outcome, "/statement_id") + "/result/chunks/1",
                  {{200, replaced(json::serialize(second), storage, workspace_.url() + "/cloud")}});
  }
  Statement statement{"SELECT 1", "Asking"};
  statement.bytes_max = large;
  const auto result = warehouse_.run_to(folder_.path(), statement, calls_, statement_count_);
  ASSERT_TRUE(result) << to_line(result.error());
  EXPECT_EQ(result->rows, number_at(outcome, "/manifest/total_row_count"));
  EXPECT_EQ(result->truncated, is_true_at(outcome, "/manifest/truncated"));
  std::vector<std::string> fetched;
  for (const auto& file : result->files) {
    fetched.emplace_back(json::parse(text_of(file)).as_string());
  }
  EXPECT_EQ(fetched, addresses);
  std::vector<std::string> asked;
  for (const ScriptedWorkspace::Call& call : workspace_.calls()) {
    if (!call.target.starts_with("/cloud")) continue;
    EXPECT_EQ(call.headers.get("Authorization"), "");
    asked.push_back(call.target);
  }
  EXPECT_EQ(asked, addresses) << "word for word: they are signed";
  count_["chunks by links"] += addresses.size();
}

TEST_F(RecordedAnswers, OfStatements) {
  for (const Recorded& recorded : all_) {
    if (!recorded.is("POST", "/api/2.0/sql/statements")) continue;
    SCOPED_TRACE(recorded.from + ": " + text_at(recorded.request, "/statement"));
    ASSERT_EQ(recorded.status, 200);
    ++count_["statements"];
    ++count_["state " + state_of(recorded)];
    if (state_of(recorded) == "FAILED") {
      check_failed(recorded);
      continue;
    }
    ASSERT_EQ(text_at(outcome_of(recorded), "/status/state"), "SUCCEEDED");
    check_rows(recorded);
    const std::string format = text_at(recorded.request, "/format");
    ++count_["of the form " + format];
    if (format == "JSON_ARRAY") {
      check_rows_in_files(recorded);
    } else if (value_at(outcome_of(recorded), "/result/attachment") == nullptr) {
      check_links(recorded);
    } else {
      ++count_["attachments in Arrow, which we never ask for: schema alone"];
    }
  }
  EXPECT_EQ(count_["statements"], 175U);
  EXPECT_EQ(count_["polls"], 2U * 2U) << "of one statement, in two checks";
  for (const auto& [what, number] : count_) std::cout << "  " << number << " " << what << "\n";
}

TEST_F(RecordedAnswers, TypesOfColumnsHaveAFormHere) {
  const std::map<std::string, std::string> wanted{
      {"INT", "INTEGER"},
      {"BIGINT", "BIGINT"},
      {"DOUBLE", "DOUBLE"},
      {"BOOLEAN", "BOOLEAN"},
      {"DATE", "DATE"},
      {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"},
      {"STRING", "VARCHAR"},
      {"VOID", "VARCHAR"},
      {"TIMESTAMP_NTZ", "TIMESTAMP"},
      {"BINARY", "BLOB"},
      {"VARIANT", "JSON"},
      {"ARRAY<INT>", "JSON"},
      {"MAP<STRING, STRING>", "JSON"},
      {"STRUCT<street: STRING, city: STRING, zip: INT>", "JSON"}};
  std::set<std::string> seen;
  for (const Recorded& recorded : all_) {
    const json::array* columns = array_at(recorded.answer, "/manifest/schema/columns");
    for (const json::value& column : columns == nullptr ? json::array() : *columns) {
      seen.insert(text_at(column, "/type_text"));
    }
  }
  for (const std::string& type : seen) {
    const auto found = wanted.find(type);
    std::string form = found == wanted.end() ? "none" : found->second;
    if (type.starts_with("DECIMAL(")) form = type;
    if (type.starts_with("INTERVAL ")) form = "VARCHAR";
    EXPECT_EQ(duckdb_type_of(type), form) << type;
  }
  std::cout << "  " << seen.size() << " types\n";
  EXPECT_GE(seen.size(), 30U);
}

/// Recorded of /fs/list, whose entries are as those of /fs/directories but for their names.
TEST_F(RecordedAnswers, OfFolders) {
  std::size_t listings = 0;
  std::size_t entries = 0;
  std::size_t absent = 0;
  for (const Recorded& recorded : all_) {
    if (!recorded.is("GET", "/api/2.0/fs/list")) continue;
    ++listings;
    if (recorded.status != 200) {
      workspace_.on("GET", "/api/2.0/fs/list", {{recorded.status, recorded.text}});
      RestCall call;
      call.path = recorded.path;
      call.doing = "Looking";
      const auto answer = rest_.call(call, calls_);
      ASSERT_FALSE(answer);
      EXPECT_EQ(recorded.status, 404);
      EXPECT_EQ(answer.error().code, "databricks_absent");
      EXPECT_NE(answer.error().detail.find("NOT_FOUND, Volume '"), std::string::npos);
      ++absent;
      continue;
    }
    // `{}` is an empty folder.
    const json::array* listed = array_at(recorded.answer, "/files");
    const json::array files = listed == nullptr ? json::array() : *listed;
    json::array contents;
    std::vector<std::string> wanted;
    std::string folder = "/Volumes/c/s/v";
    for (const json::value& file : files) {
      const std::string path = text_at(file, "/path");
      const bool is_folder = is_true_at(file, "/is_dir");
      const std::string plain = is_folder ? path.substr(0, path.size() - 1) : path;
      folder = plain.substr(0, plain.rfind('/'));
      contents.push_back(json::object{{"path", path}, {"is_directory", is_folder}});
      const std::string kind = is_folder ? "directories" : "files";
      wanted.push_back("/api/2.0/fs/" + kind + encoded_path(plain));
      workspace_.on("DELETE", wanted.back(), {{}});
      ++entries;
    }
    workspace_.on("GET", "/api/2.0/fs/directories" + encoded_path(folder),
                  {{200, json::serialize(json::object{{"contents", contents}})}, {200, "{}"}});
    workspace_.forget_calls();
    FilesApi api(rest_);
    const Result<void> removed = api.remove_contents(folder, {}, calls_);
    ASSERT_TRUE(removed) << to_line(removed.error());
    std::vector<std::string> deleted;
    for (const ScriptedWorkspace::Call& call : workspace_.calls()) {
      if (call.method == "DELETE") deleted.push_back(call.target);
    }
    EXPECT_EQ(deleted, wanted);
  }
  std::cout << "  " << listings << " listings with " << entries << " files and folders, " << absent
            << " of them 404\n";
  EXPECT_EQ(absent, 1U);
  EXPECT_GE(listings, 9U);
}

TEST_F(RecordedAnswers, OfAddresses) {
  std::size_t addresses = 0;
  for (const Recorded& recorded : all_) {
    if (!recorded.is("POST", "/api/2.0/fs/create-")) continue;
    const auto request = presigned_request(json::object{{"address", recorded.answer}}, "address");
    ASSERT_TRUE(request) << recorded.text;
    EXPECT_EQ(request->url, recorded.answer.at("url").as_string());
    ++addresses;
  }
  std::cout << "  " << addresses << " addresses of files\n";
  EXPECT_GE(addresses, 7U);
}

/// None is passed over.
TEST_F(RecordedAnswers, EachIsOfAKindThatIsLookedAt) {
  for (const Recorded& recorded : all_) {
    const bool known = recorded.is("POST", "/api/2.0/sql/statements") ||
                       recorded.is("GET", "/api/2.0/sql/statements/") ||
                       recorded.is("GET", "/api/2.0/fs/list") ||
                       recorded.is("POST", "/api/2.0/fs/create-");
    EXPECT_TRUE(known) << recorded.method << " " << recorded.path;
  }
  std::cout << "  " << all_.size() << " exchanges\n";
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
