#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <vector>

#include "base/base64.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "http/server.h"
#include "lakehouse/databricks/rest.h"

namespace sluice::lakehouse::databricks {
namespace {

/// A host on loopback that notes how it is asked for tokens and called.
class LoginTest : public testing::Test {
 protected:
  LoginTest() {
    http::Router router;
    router.add("GET", "/.well-known/databricks-config", [this](http::Request&) {
      ++asked_about_itself_;
      return says(config_);
    });
    for (const char* path : {"/oidc/v1/token", "/oidc/accounts/a-1/v1/token"}) {
      router.add("POST", path, [this](http::Request& request) { return token(request); });
    }
    router.add("POST", "/{tenant}/oauth2/v2.0/token",
               [this](http::Request& request) { return token(request); });
    router.add("GET", "/api/x", [this](http::Request& request) {
      workspace_ = std::string(request.headers.get("X-Databricks-Workspace-Id"));
      authorization_ = std::string(request.headers.get("Authorization"));
      if (redirect_.empty()) return says(page_);
      http::Response response = http::Response::empty(303);
      response.headers.set("Location", redirect_);
      return response;
    });
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = http::Server::start(options, std::move(router)).value();
    connection_.host = "http://127.0.0.1:" + std::to_string(server_->port());
    connection_.client_id = "id";
    connection_.client_secret = "secret";
  }

  static http::Response says(const std::string& body) {
    return http::Response::text(200, body, "application/json");
  }
  http::Response token(http::Request& request) {
    token_path_ = request.path;
    token_body_ = request.body().read_all(1 << 16).value();
    token_login_ = std::string(request.headers.get("Authorization"));
    if (refusal_.empty()) return says(R"({"access_token":"t-1","expires_in":3600})");
    return http::Response::text(refused_by_, refusal_, "application/json");
  }
  Result<boost::json::value> call() {
    if (!rest_) rest_ = std::make_unique<Rest>(connection_);
    return rest_->call({.path = "/api/x", .doing = "Asking"}, calls_);
  }

  std::string config_ = "{}";
  std::string redirect_;
  std::string refusal_;
  int refused_by_ = 401;
  std::string page_ = "{}";
  int asked_about_itself_ = 0;
  std::string workspace_;
  std::string authorization_;
  std::string token_path_;
  std::string token_body_;
  std::string token_login_;
  CallCount calls_;
  Connection connection_;
  std::unique_ptr<Rest> rest_;
  std::unique_ptr<http::Server> server_;  ///< Last: its handlers use the rest.
};

TEST_F(LoginTest, APrincipalOfDatabricksSignsInAtTheWorkspace) {
  ASSERT_TRUE(call());
  EXPECT_EQ(token_path_, "/oidc/v1/token");
  EXPECT_EQ(token_login_, "Basic " + base64_encode("id:secret"));
  EXPECT_EQ(authorization_, "Bearer t-1");
  EXPECT_EQ(workspace_, "");
}

TEST_F(LoginTest, AnAccountWideHostIsAskedOnceForItsWorkspace) {
  config_ = R"({"workspace_id":"77","account_id":"a-1","oidc_endpoint":")" + connection_.host +
            R"(/oidc/accounts/{account_id}"})";
  ASSERT_TRUE(call());
  ASSERT_TRUE(call());
  EXPECT_EQ(workspace_, "77");
  EXPECT_EQ(token_path_, "/oidc/accounts/a-1/v1/token");
  EXPECT_EQ(asked_about_itself_, 1);
  EXPECT_EQ(calls_.rest_calls, 3);
}

TEST_F(LoginTest, TheSettingNamesTheWorkspaceBeforeTheHostDoes) {
  config_ = R"({"workspace_id":"77"})";
  connection_.workspace_id = "5";
  ASSERT_TRUE(call());
  EXPECT_EQ(workspace_, "5");
}

TEST_F(LoginTest, TheSecretGoesToNoOtherHost) {
  config_ = R"({"workspace_id":"7\r\n7","oidc_endpoint":"http://127.0.0.2:1/oidc"})";
  ASSERT_TRUE(call());
  EXPECT_EQ(token_path_, "/oidc/v1/token");
  EXPECT_EQ(workspace_, "");
}

TEST_F(LoginTest, APrincipalOfEntraSignsInThere) {
  connection_.client_id.clear();
  connection_.client_secret.clear();
  connection_.entra = {"t-9", "app", "s&=", connection_.host};
  ASSERT_TRUE(call());
  EXPECT_EQ(token_path_, "/t-9/oauth2/v2.0/token");
  EXPECT_EQ(token_login_, "");
  EXPECT_EQ(token_body_,
            "grant_type=client_credentials&client_id=app&client_secret=s%26%3D&scope=2ff814a6-3304-"
            "4ab8-85cb-cd0e6f879c1d%2F.default");
}

TEST_F(LoginTest, AnotherProvidersTokenIsExchangedAndItsFileReadAnew) {
  const ScopedPath file(std::filesystem::temp_directory_path() / ("sluice-jwt-" + random_hex(4)));
  connection_.client_secret.clear();
  connection_.federated.token_file = file.path().string();
  const auto holds = [&](const std::string& text) { std::ofstream(file.path()) << text; };
  holds("a.b+c.d\n");
  ASSERT_TRUE(call());
  EXPECT_EQ(token_path_, "/oidc/v1/token");
  EXPECT_EQ(token_login_, "");
  const std::string body =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&scope=all-apis"
      "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token=";
  EXPECT_EQ(token_body_, body + "a.b%2Bc.d&client_id=id");
  EXPECT_EQ(authorization_, "Bearer t-1");
  // Without a principal of its own: the account's policy says who it is.
  rest_.reset();
  connection_.client_id.clear();
  holds("next");
  ASSERT_TRUE(call());
  EXPECT_EQ(token_body_, body + "next");
}

TEST_F(LoginTest, ATokenFileThatIsNoneIsNamed) {
  connection_.client_secret.clear();
  connection_.federated.token_file = "/nowhere/token";
  const auto absent = call();
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, "databricks_token");
  EXPECT_EQ(absent.error().kind, Errc::unauthenticated);
  EXPECT_NE(absent.error().detail.find("/nowhere/token"), std::string::npos);
  EXPECT_NE(absent.error().remedy.find("DATABRICKS_OIDC_TOKEN_FILEPATH"), std::string::npos);
  rest_.reset();
  connection_.federated.token_file = "/dev/null";
  EXPECT_NE(call().error().detail.find("is empty"), std::string::npos);
  EXPECT_EQ(token_path_, "") << "nothing was asked";
}

TEST_F(LoginTest, ARefusedExchangeSaysWhatAPolicyLooksAt) {
  refusal_ = R"({"error":"invalid_grant","error_description":"no policy"})";
  connection_.client_secret.clear();
  connection_.federated.token =
      "h." +
      base64_encode(
          R"({"iss":"https://k8s","sub":"system:serviceaccount:a:b","aud":["x"],"exp":1})",
          Base64::url_unpadded) +
      ".signature";
  const auto refused = call();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "databricks_token");
  EXPECT_NE(refused.error().detail.find(
                R"(iss "https://k8s", sub "system:serviceaccount:a:b", aud ["x"])"),
            std::string::npos)
      << refused.error().detail;
  EXPECT_NE(refused.error().remedy.find("federation policy"), std::string::npos);
  EXPECT_EQ(to_line(refused.error()).find("signature"), std::string::npos);
}

TEST_F(LoginTest, ARefusedSecretMayBeOneOfTheOtherKind) {
  refusal_ = R"({"error":"invalid_client","error_description":"no"})";
  const auto of_databricks = call();
  ASSERT_FALSE(of_databricks);
  EXPECT_EQ(of_databricks.error().code, "databricks_token");
  EXPECT_NE(of_databricks.error().remedy.find("not a client secret of Entra ID"),
            std::string::npos);
  rest_.reset();
  connection_.entra = {"t-9", "app", "s", connection_.host};
  const auto of_entra = call();
  ASSERT_FALSE(of_entra);
  EXPECT_NE(of_entra.error().remedy.find("ARM_CLIENT_SECRET"), std::string::npos);
}

/// Entra's numbers, as users of its libraries show them: error_description has more behind them.
TEST_F(LoginTest, EntraSaysByANumberWhatToDo) {
  connection_.entra = {"t-9", "app", "s", connection_.host};
  const auto refused = [&](int status, const std::string& name, const std::string& said) {
    refused_by_ = status;
    refusal_ =
        R"({"error":")" + name + R"(","error_description":")" + said + R"(\r\nTrace ID: 1"})";
    rest_.reset();
    const auto answer = call();
    return answer ? Error() : answer.error();
  };
  const std::pair<const char*, const char*> codes[] = {
      {"AADSTS7000222: The provided client secret keys are expired.", "has expired"},
      {"AADSTS7000215: Invalid client secret provided.", "the secret's value, not its id"},
      {"AADSTS700016: Application with identifier 'a' was not found", "has no application"},
      {"AADSTS90002: Tenant 't-9' not found.", "names no directory"},
      {"AADSTS500011: The resource principal named 2ff8 was not found", "Azure Databricks"},
      {"AADSTS53003: Access has been blocked by Conditional Access policies.",
       "Conditional Access"},
      {"AADSTS50034: The user account does not exist.", "Check ARM_TENANT_ID"}};
  for (const auto& [said, remedy] : codes) {
    for (const auto& [status, name] :
         {std::pair(401, "invalid_client"), std::pair(400, "invalid_request"),
          std::pair(400, "unauthorized_client")}) {
      const Error error = refused(status, name, said);
      EXPECT_EQ(error.code, "databricks_token") << said << name;
      EXPECT_NE(error.remedy.find(remedy), std::string::npos) << said << error.remedy;
    }
  }
  EXPECT_EQ(refused(400, "temporarily_unavailable", "AADSTS90033: A transient error").kind,
            Errc::unavailable);
}

TEST_F(LoginTest, APageOfAGateIsNoAnswerEither) {
  page_ = "\n<!doctype html><html><title>Welcome to our network</title></html>";
  const auto page = call();
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, "databricks_network");
  EXPECT_EQ(page.error().kind, Errc::permission_denied);
  page_ = "{\"cut\":";
  const auto cut = call();
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, Errc::unavailable);
}

TEST_F(LoginTest, ASignInPageIsNoAnswer) {
  redirect_ = "/login.html?next_url=/secret";
  const auto page = call();
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, "databricks_host");
  EXPECT_EQ(page.error().kind, Errc::permission_denied);
  EXPECT_NE(page.error().remedy.find("DATABRICKS_WORKSPACE_ID"), std::string::npos);
  EXPECT_EQ(to_line(page.error()).find("secret"), std::string::npos);
  redirect_ = "/login.html?error=private-link-validation-error:1";
  const auto private_link = call();
  ASSERT_FALSE(private_link);
  EXPECT_NE(private_link.error().remedy.find("private link"), std::string::npos);
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
