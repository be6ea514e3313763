#include <chrono>

#include "api/context.h"
#include "api/problem.h"
#include "api/public_text.h"
#include "api/routes.h"
#include "app/api_metrics.h"
#include "app/bootstrap.h"
#include "app/health.h"
#include "app/lifetime.h"
#include "app/mains.h"
#include "app/port_checks.h"
#include "base/log.h"
#include "duckdb/database.h"
#include "http/server.h"
#include "ingest/ingest_job.h"
#include "intake/damage.h"
#include "intake/profiler.h"
#include "intake/retention.h"
#include "intake/scrubber.h"
#include "intake/source_compressor.h"
#include "intake/unused_files.h"
#include "intake/upload_ingester.h"
#include "lakehouse/databricks/databricks_tables.h"
#include "sync/dispatcher.h"
#include "temporal/client.h"
#include "temporal/runtime.h"

namespace sluice::app {
namespace {

constexpr std::chrono::milliseconds drain_within{5'000};

/// What starts syncs; absent where sync is off.
struct Dispatching {
  std::unique_ptr<temporal::Runtime> runtime;
  std::unique_ptr<temporal::Client> client;
  std::unique_ptr<sync::Dispatcher> dispatcher;
};

Result<Dispatching> start_dispatching(const Settings& settings, intake::Context& intake,
                                      std::shared_ptr<prometheus::Registry> registry,
                                      std::shared_ptr<const temporal::PayloadCodec> codec) {
  Dispatching out;
  temporal::RuntimeOptions runtime_options;
  runtime_options.metrics = std::move(registry);
  TRY_ASSIGN(out.runtime, temporal::Runtime::create(runtime_options));
  temporal::ClientOptions options;
  options.target = settings.temporal_address;
  options.namespace_name = settings.temporal_namespace;
  options.codec = std::move(codec);
  // Lazily: the API serves whether or not Temporal is there.
  out.client = temporal::Client::connect_lazily(*out.runtime, options);
  out.dispatcher = std::make_unique<sync::Dispatcher>(
      intake.store, *out.client, intake.clock, intake.wakes.dispatcher,
      sync::DispatcherOptions{settings.databricks_retry_attempts,
                              settings.databricks_retry_interval_s});
  return out;
}

http::ServerOptions server_options(const Settings& settings, const api::Context& context) {
  http::ServerOptions options;
  options.listen = settings.api_listen;
  // Short work of one tenant leaves places for that of others, and waits in a line of its own.
  options.blocking_owner_max = 12;
  options.blocking_reserve = 2;
  options.blocking_queue_max = 2'048;
  options.blocking_queue_owner_max = 512;
  options.owner_hint = [&context](const http::Request& request) {
    return api::owner_hint(context, request);
  };
  options.on_access = [](const http::Access& access) {
    if (access.route == "/health" || access.route == "/metrics") return;
    log::info("request", {{"method", access.method},
                          {"path", access.path},
                          {"status", std::to_string(access.status)},
                          {"duration_us", std::to_string(access.duration.count())},
                          {"request_id", access.request_id}});
  };
  options.on_error = [](const http::Request& request, int status, const Error& error) {
    return api::problem_response(error, status, request.request_id);
  };
  options.on_exception = [](const http::Request& request, const std::string& what) {
    log::error("request broke",
               {{"request_id", request.request_id}, {"route", request.route}, {"error", what}});
    return api::problem_response({Errc::internal, "internal_error", what, {}}, 500,
                                 request.request_id);
  };
  return options;
}

Result<void> serve_api(const Settings& settings) {
  const SystemClock clock;
  api::hide_paths_below(settings.data_storage_path);
  TRY_ASSIGN(const DataFolder folder, prepare_data_folder(settings));
  TRY_ASSIGN(const FileDescriptor lock, lock_data_folder(folder.root, "api"));
  TRY_ASSIGN(const std::string mcp_api_key, ensure_mcp_api_key(settings, folder));
  TRY_ASSIGN(const std::unique_ptr<metadata::Store> store,
             metadata::Store::open(settings.database_url, clock, store_options(folder)));
  TRY_ASSIGN(const bool made_token, ensure_first_token(*store, folder));
  TRY_ASSIGN(const std::unique_ptr<storage::DatasetFiles> files,
             storage::DatasetFiles::open(folder.datasets()));
  TRY(intake::sweep_unsettled_files(*store, *files));
  TRY_ASSIGN(const std::unique_ptr<storage::PartialFiles> partial_files,
             storage::PartialFiles::open(folder.uploads()));
  const intake::RetentionSweeper sweeper(*store, *files, *partial_files, clock);
  const auto verified = std::make_shared<storage::VerifiedFiles>(
      [&](const std::filesystem::path& path) { intake::note_damage(*store, *files, path); });
  duckdb::forbid_engines();
  const std::unique_ptr<sandbox::ForkServer> file_workers = ingest::start_file_workers();
  TRY_ASSIGN(const std::unique_ptr<query::WorkerPool> queries,
             query::WorkerPool::start({.verified = verified}));
  TRY_ASSIGN(const std::unique_ptr<query::QueryRuns> query_runs,
             query::QueryRuns::open(folder.query_results(), *queries, clock,
                                    {[&files] { return files->free_bytes(); },
                                     static_cast<std::uint64_t>(settings.disk_free_bytes_min)}));

  intake::Context intake{
      *store,
      *files,
      *partial_files,
      *verified,
      *file_workers,
      clock,
      {.sync_possible = settings.sync_possible(),
       .auto_sync = settings.databricks_auto_sync,
       .lakehouse = settings.lakehouse,
       .disk_free_bytes_min = static_cast<std::uint64_t>(settings.disk_free_bytes_min),
       .upload_idle_us = settings.upload_idle_s * 1'000'000,
       .keep_source = settings.keep_source}};
  const auto registry = std::make_shared<prometheus::Registry>();
  Dispatching dispatching;
  if (settings.sync_possible()) {
    TRY_ASSIGN(const std::shared_ptr<const temporal::PayloadSealer> sealer,
               open_payload_sealer(settings, folder));
    TRY_ASSIGN(dispatching, start_dispatching(settings, intake, registry, sealer));
  }
  const intake::SourceCompressor source_compressor(*store, *files, intake.wakes.source_compressor);
  const intake::Scrubber scrubber(*store, *files, *verified, clock,
                                  {settings.scrub_interval_s * 1'000'000,
                                   static_cast<std::uint64_t>(settings.scrub_bytes_per_s)});
  std::unique_ptr<lakehouse::RemoteTables> remote_tables;
  if (settings.lakehouse == "databricks") {
    TRY_ASSIGN(remote_tables, lakehouse::databricks::DatabricksTables::open(
                                  settings.databricks, folder.remote_queries(), *file_workers));
  }
  api::Context context(intake, *queries, *query_runs, remote_tables.get(),
                       {mcp_api_key, static_cast<std::uint64_t>(settings.upload_bytes_max),
                        folder.remote_queries(), settings.remote_limits});
  const intake::Profiler profiler(intake);
  const intake::UploadIngester ingester(
      intake, [](const Error& error, const std::string& upload_id) {
        return api::problem_json(error, api::http_status(error), upload_id);
      });
  ApiMetrics metrics(*registry, {*store, *queries, scrubber, *file_workers, clock});
  http::Router router;
  api::add_routes(router, context);
  add_health_and_metrics(router, *registry, watch_guard(settings, settings.api_listen));
  const MetricsRefresher refresher([&metrics] { metrics.refresh(); });
  TRY_ASSIGN(const std::unique_ptr<http::Server> server,
             http::Server::start(server_options(settings, context), std::move(router)));
  if (made_token) std::fprintf(stderr, "Your token lies in %s\n", folder.token().c_str());
  log::info("API started successfully",
            {{"listen", settings.api_listen},
             {"databricks_sync", settings.sync_possible() ? "enabled" : "disabled"}});
  wait_for_end();
  log::info("API is draining");
  server->drain(drain_within);
  query_runs->stop();  // They use the context, which ends before them.
  return {};
}

}  // namespace

int run_api(const Settings& settings) {
  log::init("api");
  const Result<void> served = serve_api(settings);
  return served ? 0 : refuse_start("api", served.error());
}

}  // namespace sluice::app
