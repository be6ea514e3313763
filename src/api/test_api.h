#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/accounts.h"
#include "api/context.h"
#include "api/problem_json.h"
#include "api/routes.h"
#include "api/test_described.h"
#include "auth/token.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "base/testing/soon.h"
#include "http/client.h"
#include "http/server.h"
#include "ingest/ingest_job.h"
#include "intake/context.h"
#include "intake/profiler.h"

namespace sluice::api {

/// The API behind a real server, with a real store, real files and real workers, and the tokens of
/// two tenants. No main: nothing of the lakehouse, and no background work but the profiles.
class ApiTest : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    own_ = token_for({"acme"}, auth::Permissions::all());
    own_read_ = token_for({"acme"}, auth::Permissions::reading());
    other_ = token_for({"other"}, auth::Permissions::all());
    http::Router router;
    // The program's two are tested with the program.
    const http::Handler none = [](http::Request&) { return http::Response::text(200, ""); };
    add_routes(router, context_, {none, none, {}});
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.on_error = [](const http::Request& request, int status, const Error& error) {
      return problem_response(error, status, request.request_id);
    };
    server_ = http::Server::start(std::move(options), std::move(router)).value();
  }
  void TearDown() override {
    server_.reset();
    query_runs_->stop();
  }

  std::string token_for(const TenantId& tenant, auth::Permissions permissions) {
    EXPECT_TRUE(store_->ensure_tenant(tenant, tenant.value));
    const std::string token = auth::make_token();
    EXPECT_TRUE(store_->add_token({.tenant = tenant,
                                   .sha256 = auth::token_sha256(token),
                                   .name = "test",
                                   .permissions = permissions}));
    return token;
  }
  /// `token` may be empty.
  http::ClientResponse sent(const std::string& token, const std::string& method,
                            const std::string& path, const Fields& headers = {},
                            const std::string& body = {}) {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    request.body = body;
    Result<http::ClientResponse> response = client_.send(request);
    EXPECT_TRUE(response) << method << " " << path << ": " << to_line(response.error());
    if (response) expect_described(method, path, *response);
    return response ? std::move(*response) : http::ClientResponse{};
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-api-" + random_hex(6));
  const ScopedPath removed_at_the_end_{folder_};  ///< When the profiles' threads are through.
  SystemClock clock_;
  std::unique_ptr<metadata::Store> store_ =
      metadata::Store::open("sqlite://" + (folder_ / "m.db").string(), clock_).value();
  std::unique_ptr<storage::DatasetFiles> files_ =
      storage::DatasetFiles::open(folder_ / "datasets").value();
  std::unique_ptr<storage::PartialFiles> partial_files_ =
      storage::PartialFiles::open(folder_ / "uploads").value();
  std::shared_ptr<storage::VerifiedFiles> verified_ = std::make_shared<storage::VerifiedFiles>();
  std::unique_ptr<sandbox::ForkServer> file_workers_ = ingest::start_file_workers();
  std::unique_ptr<query::WorkerPool> queries_ =
      query::WorkerPool::start({.verified = verified_}).value();
  std::unique_ptr<query::QueryRuns> query_runs_ =
      query::QueryRuns::open(folder_ / "results", *queries_, clock_,
                             {[this] { return files_->free_bytes(); }, 0})
          .value();
  intake::Context intake_{.store = *store_,
                          .files = *files_,
                          .partial_files = *partial_files_,
                          .verified = *verified_,
                          .file_workers = *file_workers_,
                          .clock = clock_,
                          .options = {.disk_free_bytes_min = 0}};
  /// Passwords cost nothing here.
  accounts::Options account_options_{
      .secret_key = std::string(40, 's'),
      .password_cost = {.memory_bytes = auth::password_memory_bytes_min, .passes = 1}};
  std::unique_ptr<accounts::Accounts> accounts_ =
      accounts::Accounts::open(*store_, clock_, account_options_).value();
  Context context_{intake_,      *accounts_, *queries_,
                   *query_runs_, nullptr,    {.mcp_api_key = "the-shared-key"}};
  intake::Profiler profiler_{intake_};
  http::Client client_;
  std::string own_;
  std::string own_read_;
  std::string other_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace sluice::api
