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
  int refused = 0;  ///< What it answers to whoever asks, where it has more to ask for.
};

const char* const password = "correct horse battery";

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
      {"log_in", {{}, R"({"login":"ann","password":"correct horse battery"})"}},
      {"refresh_session", {.body = R"({"refresh_token":"slr_none"})", .refused = 401}},
      {"register_person",
       {.body = R"({"login":"eve","password":"a password of hers"})", .refused = 403}},
      // Takes a person: a token, whatever it may, has no password.
      {"change_password",
       {.body = R"({"old_password":"correct horse battery","new_password":"another long one"})",
        .refused = 403}},
      {"change_member", {{}, R"({"role":"editor"})"}},
      {"create_token", {{}, R"({"name":"n","scopes":["admin"]})"}},
      {"create_invitation", {{}, R"({"role":"viewer"})"}},
  };
  const auto found = samples.find(operation);
  return found == samples.end() ? Sample{} : found->second;
}

class CrossingTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    new_person("ann", auth::Role::owner);
  }
  std::string new_person(const std::string& login, auth::Role role) {
    const std::string hash = auth::hash_password(password, account_options_.password_cost).value();
    return store_->add_person(login, hash, {"acme"}, role).value();
  }
  std::string session_of(const std::string& login) {
    return accounts_->login({.login = login, .password = password}, {"192.0.2.1"})->access_token;
  }
  std::string new_token() {
    return store_->add_token({.tenant = {"acme"}, .sha256 = random_hex(8)}).value();
  }
  std::string new_invitation() {
    return store_
        ->add_invitation({.tenant = {"acme"},
                          .sha256 = random_hex(8),
                          .expires_at_us = clock_.now_us() + 60'000'000})
        .value();
  }
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
    if (pattern.starts_with("/api/v1/tokens/{id}")) id_ = new_token();
    if (pattern.starts_with("/api/v1/invitations/{id}")) id_ = new_invitation();
    if (pattern.starts_with("/api/v1/members/{id}"))
      id_ = new_person(random_hex(4), auth::Role::viewer);
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
      const int status = asked(operation, path, token).status;
      const int refused = sample_of(operation.id).refused;
      if (refused != 0) {
        EXPECT_EQ(status, refused);
      } else {
        EXPECT_EQ(status / 100, 2);
      }
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
    if (const int refused = sample_of(operation.id).refused; refused != 0) {
      for (const std::string& token : {other_, own_read_, own_}) {
        EXPECT_EQ(asked(operation, path, token).status, refused);
      }
      return;
    }
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

  /// A token that was revoked, one that has expired, a session that was ended.
  std::vector<std::string> ended_credentials() {
    const std::string revoked = token_for({"acme"}, auth::Permissions::all());
    EXPECT_TRUE(store_->revoke_token({"acme"}, store_->list_tokens({"acme"})->front().id));
    const std::string expired = auth::make_token();
    EXPECT_TRUE(store_->add_token({.tenant = {"acme"},
                                   .sha256 = auth::token_sha256(expired),
                                   .permissions = auth::Permissions::all(),
                                   .expires_at_us = clock_.now_us()}));
    const std::string session = session_of("ann");
    EXPECT_TRUE(accounts_->log_out(accounts_->authenticator().authenticate(session).value(),
                                   accounts::Caller{"192.0.2.1"}));
    return {revoked, expired, session};
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

/// Each scope alone, each role, and what has ended: what they may follows from the description.
TEST_F(CrossingTest, EachScopeAndRoleMayWhatTheDescriptionSays) {
  std::map<std::string, auth::Permissions> callers;
  for (const char* scope : {"read", "query", "write", "admin", ""}) {
    callers[token_for({"acme"}, auth::parse_scopes(scope))] = auth::parse_scopes(scope);
  }
  const std::size_t tokens = callers.size();
  for (const auth::Role role : {auth::Role::viewer, auth::Role::editor, auth::Role::owner}) {
    const std::string login = "the-" + std::string(auth::name_of(role));
    new_person(login, role);
    callers[session_of(login)] = auth::Permissions::of(role);
  }
  EXPECT_EQ(callers.size(), tokens + 3);
  const std::vector<std::string> ended = ended_credentials();
  for (const DescribedOperation& operation : described_operations) {
    if (operation.permission == Permission::none || operation.permission == Permission::internal) {
      continue;
    }
    SCOPED_TRACE(operation.id);
    const std::string untouched = path_of(operation.pattern);
    for (const std::string& credential : ended) {
      EXPECT_EQ(asked(operation, untouched, credential).status, 401);
    }
    for (const auto& [credential, permissions] : callers) {
      if (!may(permissions, operation.permission)) {
        EXPECT_EQ(asked(operation, untouched, credential).status, 403)
            << auth::to_scopes(permissions);
        continue;
      }
      const int status = asked(operation, path_of(operation.pattern), credential).status;
      if (operation.operation == Operation::change_password) {
        EXPECT_TRUE(status == 204 || status == 401 || status == 403) << status;
      } else {
        EXPECT_EQ(status / 100, 2) << auth::to_scopes(permissions);
      }
    }
  }
  RecordProperty("requests", asked_);
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
