// Every route of the table, asked by everybody: what each may do follows from the table alone.

#include <map>

#include <boost/json/parse.hpp>

#include "api/test_api.h"

namespace sluice::api {
namespace {

/// What a request of a route needs to be one that succeeds for its owner.
struct Sample {
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::string query = {};
};

const char* const form_type = "multipart/form-data; boundary=b";
const char* const form =
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.csv\"\r\n\r\n"
    "a,b\n1,x\n2,y\n\r\n--b--\r\n";

Sample sample_of(const std::string& route) {
  const std::map<std::string, Sample> samples = {
      {"POST /api/v1/datasets/ingest",
       {{{"Content-Type", "application/json"}}, R"({"name":"n","records":[{"a":1}]})"}},
      {"POST /api/v1/datasets/upload", {{{"Content-Type", form_type}}, form}},
      {"POST /api/v1/datasets/preview", {{{"Content-Type", form_type}}, form}},
      {"POST /api/v1/datasets/{id}/versions", {{{"Content-Type", form_type}}, form}},
      {"GET /api/v1/datasets/{id}/query", {{}, {}, "?sql=SELECT%20count(*)%20FROM%20dataset"}},
      {"POST /api/v1/datasets/{id}/query", {{}, R"({"sql":"SELECT count(*) FROM dataset"})"}},
      {"POST /api/v1/query", {{}, R"({"sql":"SELECT 1"})"}},
      {"POST /api/v1/uploads", {{{"Upload-Length", "4"}, {"Upload-Metadata", "name bQ=="}}}},
      {"PATCH /api/v1/uploads/{id}",
       {{{"Upload-Offset", "0"}, {"Content-Type", "application/offset+octet-stream"}}, "a"}},
      {"POST /api/v1/uploads/{id}", {{{"X-HTTP-Method-Override", "DELETE"}}}},
  };
  const auto found = samples.find(route);
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
    const std::size_t file = path.find("{file_name}");
    if (file != std::string::npos) path.replace(file, 11, new_dataset() + ".parquet");
    return path;
  }
  http::ClientResponse asked(const RoutePermission& route, const std::string& path,
                             const std::string& token) {
    Sample sample = sample_of(route.method + " " + route.pattern);
    sample.headers.emplace_back("Tus-Resumable", "1.0.0");
    return sent(token, route.method, path + sample.query, sample.headers, sample.body);
  }

  std::string id_;  ///< Of the path's object, where it has one.
};

TEST_F(CrossingTest, EachRouteGivesEachCallerWhatTheTableSays) {
  const std::string foreign = auth::make_token();
  std::size_t routes = 0;
  for (const RoutePermission& route : route_permissions()) {
    SCOPED_TRACE(route.method + " " + route.pattern);
    ++routes;
    const std::string path = path_of(route.pattern);
    if (route.permission == Permission::none) {
      for (const std::string& token : {std::string(), foreign, own_read_, other_, own_}) {
        EXPECT_EQ(asked(route, path, token).status, 204);
      }
      continue;
    }
    EXPECT_EQ(asked(route, path, "").status, 401);
    EXPECT_EQ(asked(route, path, foreign).status, 401) << "a token that nobody knows";
    if (route.permission == Permission::internal) {
      for (const std::string& token : {own_read_, other_, own_}) {
        EXPECT_EQ(asked(route, path, token).status, 401) << "a tenant's token is no key";
      }
      EXPECT_EQ(asked(route, path, "the-shared-key").status, 200);
      continue;
    }
    EXPECT_EQ(asked(route, path, "the-shared-key").status, 401) << "the key is no tenant's token";
    const http::ClientResponse theirs = asked(route, path, other_);
    if (id_.empty()) {
      EXPECT_EQ(theirs.status / 100, 2) << theirs.body;
    } else {
      EXPECT_EQ(theirs.status, 404) << "as if it were not there: " << theirs.body;
    }
    const http::ClientResponse reading = asked(route, path, own_read_);
    if (route.permission == Permission::write) {
      EXPECT_EQ(reading.status, 403) << reading.body;
    } else {
      EXPECT_EQ(reading.status / 100, 2) << reading.body;
    }
    // The others have changed nothing of it: for its owner it works.
    const http::ClientResponse own = asked(route, path, own_);
    EXPECT_EQ(own.status / 100, 2) << own.body;
  }
  RecordProperty("routes", static_cast<int>(routes));
  EXPECT_EQ(routes, 35U) << "a new route is covered by itself; say here how many there are";
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
