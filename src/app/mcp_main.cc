// `sluice mcp`: the tools over the configured lakehouse, served on MCP_LISTEN.
#include <algorithm>
#include <chrono>

#include "app/bootstrap.h"
#include "app/health.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "app/memory_budget.h"
#include "base/log.h"
#include "duckdb/database.h"
#include "http/client.h"
#include "http/server.h"
#include "ingest/ingest_job.h"
#include "lakehouse/databricks/databricks_lakehouse.h"
#include "lakehouse/local/local_lakehouse.h"
#include "mcp/server.h"
#include "mcp_tools/tools.h"

namespace sluice::app {
namespace {

/// Calls that end soon do. After it they are cancelled, and a warehouse's statement with them,
/// which takes an answer of the workspace: `serve` leaves 6 s for both.
constexpr std::chrono::milliseconds drain_within{3'000};

/// The host of `http://host:port/…`.
std::string host_of(std::string url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) {
    url.erase(0, scheme + 3);
  }
  url.resize(std::min(url.find('/'), url.size()));
  const Result<Address> address = parse_address(url, "MCP_SERVER_URL");
  return address ? address->host : url;
}

Result<std::unique_ptr<lakehouse::Lakehouse>> open_lakehouse(const Settings& settings,
                                                             const DataFolder& folder,
                                                             sandbox::ForkServer& workers) {
  if (settings.lakehouse == "local") {
    return lakehouse::LocalLakehouse::open(folder.lakehouse(), workers);
  }
  return lakehouse::databricks::DatabricksLakehouse::open(
      settings.databricks, folder.lakehouse() / "databricks", workers);
}

Result<void> serve_mcp(const Settings& settings) {
  TRY_ASSIGN(const MemoryBudget memory, memory_budget_of(settings));
  TRY_ASSIGN(const DataFolder folder, prepare_data_folder(settings));
  mcp::ServerOptions mcp_options;
  TRY_ASSIGN(mcp_options.key, ensure_mcp_api_key(settings, folder));
  mcp_options.allowed_hosts = {host_of(settings.mcp_listen), host_of(settings.mcp_server_url)};
  mcp_options.title = "Sluice";
  mcp_options.instructions =
      "Carries datasets into the lakehouse: bronze as the file came, silver typed and cleaned.";
  duckdb::forbid_engines();
  const std::unique_ptr<sandbox::ForkServer> workers = ingest::start_file_workers(memory.job_bytes);
  TRY_ASSIGN(const std::unique_ptr<lakehouse::Lakehouse> lakehouse,
             open_lakehouse(settings, folder, *workers));
  http::Client client("sluice-mcp");
  mcp_tools::Tools tools(*lakehouse, client, {settings.api_url, mcp_options.key});
  TRY_ASSIGN(const std::unique_ptr<mcp::Server> mcp, mcp::Server::create(mcp_options));
  TRY(tools.add_to(*mcp));

  prometheus::Registry registry;
  http::Router router;
  mcp->mount(router);
  add_health_and_metrics(router, registry, watch_guard(settings, settings.mcp_listen));
  http::ServerOptions options;
  options.listen = settings.mcp_listen;
  TRY_ASSIGN(const std::unique_ptr<http::Server> server,
             http::Server::start(options, std::move(router)));
  log::info("MCP server started successfully",
            {{"listen", settings.mcp_listen}, {"lakehouse", settings.lakehouse}});
  wait_for_end();
  log::info("MCP server is draining");
  server->drain(drain_within);
  mcp->cancel_all();
  return {};
}

}  // namespace

int run_mcp(const Settings& settings) {
  log::init("mcp-server");
  const Result<void> served = serve_mcp(settings);
  return served ? 0 : refuse_start("mcp", served.error());
}

}  // namespace sluice::app
