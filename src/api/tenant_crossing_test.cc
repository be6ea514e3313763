// Every operation of the description, asked by everybody: what each may do follows from it alone.

#include <map>

#include <boost/json/parse.hpp>

#include "api/test_api.h"

namespace sluice::api {
namespace {

/// What a request of an operation needs to be one that succeeds for its owner.
struct Sample {
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::string query = {};
};

const char* const form_type = "multipart/form-data; boundary=b";
const char* const form =
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.csv\"\r\n\r\n"
    "a,b\n1,x\n2,y\n\r\n--b--\r\n";

Sample sample_of(const std::string& operation) {
  const std::map<std::string, Sample> samples = {
      {"ingest_records",
       {{{"Content-Type", "application/json"}}, R"({"name":"n","records":[{"a":1}]})"}},
      {"upload_dataset", {{{"Content-Type", form_type}}, form}},
      {"preview_file", {{{"Content-Type", form_type}}, form}},
      {"upload_version", {{{"Content-Type", form_type}}, form}},
      {"query_dataset", {{}, {}, "?sql=SELECT%20count(*)%20FROM%20dataset"}},
      {"post_dataset_query", {{}, R"({"sql":"SELECT count(*) FROM dataset"})"}},
      {"query_lakehouse", {{}, R"({"sql":"SELECT 1"})"}},
      {"create_upload", {{{"Upload-Length", "4"}, {"Upload-Metadata", "name bQ=="}}}},
      {"append_to_upload",
       {{{"Upload-Offset", "0"}, {"Content-Type", "application/offset+octet-stream"}}, "a"}},
      {"override_upload_method", {{{"X-HTTP-Method-Override", "DELETE"}}}},
  };
  const auto found = samples.find(operation);
  return found == samples.end() ? Sample{} : found->second;
}

class CrossingTest : public ApiTest {
 protected:
  std::string new_dataset() {
    const http::ClientResponse made =
        sent(own_, "POST", "/api/v1/datasets/ingest", {{"Content-Type", "application/json"}},
             R"({"name":"mine","records":[{"a":1},{"a":2}]})");
    EXPECT_EQ(made.status, 201) << made.body;
    const std::string location(made.headers.get("Location"));
    return location.substr(location.rfind('/') + 1);
  }
  std::string new_upload() {
    const http::ClientResponse made = sent(
        own_, "POST", "/api/v1/uploads",
        {{"Tus-Resumable", "1.0.0"}, {"Upload-Length", "4"}, {"Upload-Metadata", "name bQ=="}});
    EXPECT_EQ(made.status, 201) << made.body;
    const std::string location(made.headers.get("Location"));
    return location.substr(location.rfind('/') + 1);
  }
  std::string new_query() {
    const http::ClientResponse made =
        sent(own_, "POST", "/api/v1/query?mode=async", {}, R"({"sql":"SELECT 1 AS one"})");
    EXPECT_EQ(made.status, 202) << made.body;
    const std::string id(boost::json::parse(made.body).at("id").as_string());
    EXPECT_TRUE(soon([&] {
      const http::ClientResponse run = sent(own_, "GET", "/api/v1/queries/" + id);
      return run.body.find("\"done\"") != std::string::npos;
    }));
    return id;
  }
  /// The route's path, over objects of the tenant `acme` that were just made.
  std::string path_of(const std::string& pattern) {
    std::string path = pattern;
    id_.clear();
    if (pattern.starts_with("/api/v1/datasets/{id}")) id_ = new_dataset();
    if (pattern.starts_with("/api/v1/uploads/{id}")) id_ = new_upload();
    if (pattern.starts_with("/api/v1/queries/{id}")) id_ = new_query();
    if (!id_.empty()) path.replace(path.find("{id}"), 4, id_);
    const std::size_t part = path.find("{file}");
    if (part != std::string::npos) path.replace(part, 6, "docs.js");
    const std::size_t file = path.find("{file_name}");
    if (file != std::string::npos) path.replace(file, 11, new_dataset() + ".parquet");
    return path;
  }
  http::ClientResponse asked(const DescribedOperation& operation, const std::string& path,
                             const std::string& token) {
    ++asked_;
    Sample sample = sample_of(operation.id);
    sample.headers.emplace_back("Tus-Resumable", "1.0.0");
    return sent(token, operation.method, path + sample.query, sample.headers, sample.body);
  }
  void expect_open(const DescribedOperation& operation, const std::string& path) {
    for (const std::string& token : {std::string(), foreign_, own_read_, other_, own_}) {
      EXPECT_EQ(asked(operation, path, token).status / 100, 2);
    }
  }
  void expect_for_parts_only(const DescribedOperation& operation, const std::string& path) {
    for (const std::string& token : {own_read_, other_, own_}) {
      EXPECT_EQ(asked(operation, path, token).status, 401) << "a tenant's token is no key";
    }
    EXPECT_EQ(asked(operation, path, "the-shared-key").status, 200);
  }
  void expect_for_its_tenant(const DescribedOperation& operation, const std::string& path) {
    EXPECT_EQ(asked(operation, path, "the-shared-key").status, 401) << "the key is no token";
    const http::ClientResponse theirs = asked(operation, path, other_);
    if (id_.empty()) {
      EXPECT_EQ(theirs.status / 100, 2) << theirs.body;
    } else {
      EXPECT_EQ(theirs.status, 404) << "as if it were not there: " << theirs.body;
    }
    const http::ClientResponse reading = asked(operation, path, own_read_);
    if (may(auth::Permissions::reading(), operation.permission)) {
      EXPECT_EQ(reading.status / 100, 2) << reading.body;
    } else {
      EXPECT_EQ(reading.status, 403) << reading.body;
    }
    // The others have changed nothing of it: for its owner it works.
    const http::ClientResponse own = asked(operation, path, own_);
    EXPECT_EQ(own.status / 100, 2) << own.body;
  }

  const std::string foreign_ = auth::make_token();  ///< Of nobody.
  std::string id_;                                  ///< Of the path's object, where it has one.
  int asked_ = 0;
};

TEST_F(CrossingTest, EachOperationGivesEachCallerWhatTheDescriptionSays) {
  int covered = 0;
  for (const DescribedOperation& operation : described_operations) {
    SCOPED_TRACE(operation.id);
    const int before = asked_;
    const std::string path = path_of(operation.pattern);
    if (operation.permission == Permission::none) {
      expect_open(operation, path);
    } else {
      EXPECT_EQ(asked(operation, path, "").status, 401);
      EXPECT_EQ(asked(operation, path, foreign_).status, 401) << "a token that nobody knows";
      if (operation.permission == Permission::internal) {
        expect_for_parts_only(operation, path);
      } else {
        expect_for_its_tenant(operation, path);
      }
    }
    if (asked_ >= before + 5) ++covered;
  }
  RecordProperty("operations", covered);
  RecordProperty("requests", asked_);
  EXPECT_EQ(covered, static_cast<int>(std::size(described_operations)));
}

TEST_F(CrossingTest, ListsShowNothingOfAnotherTenant) {
  const std::vector<std::string> ids = {new_dataset(), new_upload(), new_query()};
  for (const char* list : {"/api/v1/datasets", "/api/v1/uploads", "/api/v1/queries"}) {
    const std::string theirs = sent(other_, "GET", list).body;
    const std::string own = sent(own_read_, "GET", list).body;
    std::size_t shown = 0;
    for (const std::string& id : ids) {
      EXPECT_EQ(theirs.find(id), std::string::npos) << list;
      if (own.find(id) != std::string::npos) ++shown;
    }
    EXPECT_EQ(shown, 1U) << list << ": " << own;
  }
}

/// By the data: what a query of another tenant sees under the same name is its own.
TEST_F(CrossingTest, TheSameTableNameIsEachTenantsOwn) {
  for (const auto& [token, value] : {std::pair(own_, "41"), std::pair(other_, "17")}) {
    EXPECT_EQ(sent(token, "POST", "/api/v1/datasets/ingest", {{"Content-Type", "application/json"}},
                   std::string(R"({"name":"same","records":[{"a":)") + value + "}]}")
                  .status,
              201);
  }
  const std::string sql = R"({"sql":"SELECT a FROM same"})";
  EXPECT_NE(sent(own_, "POST", "/api/v1/query", {}, sql).body.find("41"), std::string::npos);
  EXPECT_NE(sent(other_, "POST", "/api/v1/query", {}, sql).body.find("17"), std::string::npos);
}

}  // namespace
}  // namespace sluice::api
