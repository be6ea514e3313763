#include "app/api_services.h"

#include <utility>

#include "api/people/who_asks.h"
#include "api/problem_json.h"
#include "api/public_error_text.h"
#include "api/routes.h"
#include "app/memory_budget.h"
#include "app/port_checks.h"
#include "base/error_codes.h"
#include "base/log.h"
#include "duckdb/database.h"
#include "ingest/ingest_job.h"
#include "intake/damage.h"
#include "intake/unused_files.h"
#include "lakehouse/databricks/databricks_tables.h"

namespace sluice::app {
namespace {

constexpr std::chrono::milliseconds drain_within{5'000};

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
    return api::problem_response({Errc::internal, BaseCode::internal_error, what, {}}, 500,
                                 request.request_id);
  };
  return options;
}

Result<accounts::Options> account_options(const Settings& settings, const DataFolder& folder) {
  constexpr Micros day_us = 86'400'000'000;
  accounts::Options options;
  TRY_ASSIGN(options.secret_key, ensure_secret_key(settings, folder));
  options.password_cost = settings.password_cost;
  options.open_registration = settings.open_registration;
  options.session_lifetime_us = settings.session_days * day_us;
  options.audit_retention_us = settings.audit_retention_days * day_us;
  return options;
}

}  // namespace

Result<std::unique_ptr<ApiServices>> ApiServices::start(const Settings& settings) {
  std::unique_ptr<ApiServices> services(new ApiServices(settings));
  TRY(services->open_storage());
  TRY(services->start_workers());
  services->make_contexts();
  TRY(services->start_dispatching());
  services->start_background();
  TRY(services->listen());
  return services;
}

ApiServices::~ApiServices() {
  if (server_) server_->drain(drain_within);
}

Result<void> ApiServices::open_storage() {
  api::hide_paths_below(settings_.data_storage_path);
  TRY_ASSIGN(folder_, prepare_data_folder(settings_));
  TRY_ASSIGN(lock_, lock_data_folder(folder_->root, "api"));
  TRY_ASSIGN(mcp_api_key_, ensure_mcp_api_key(settings_, *folder_));
  TRY_ASSIGN(store_,
             metadata::Store::open(settings_.database_url, clock_, store_options(*folder_)));
  TRY_ASSIGN(made_token_, ensure_first_token(*store_, *folder_));
  TRY_ASSIGN(const accounts::Options people, account_options(settings_, *folder_));
  TRY_ASSIGN(accounts_, accounts::Accounts::open(*store_, clock_, people));
  TRY_ASSIGN(files_, storage::DatasetFiles::open(folder_->datasets()));
  TRY(intake::sweep_unsettled_files(*store_, *files_));
  TRY_ASSIGN(partial_files_, storage::PartialFiles::open(folder_->uploads()));
  verified_ = std::make_shared<storage::VerifiedFiles>(
      [&store = *store_, &files = *files_](const std::filesystem::path& path) {
        intake::note_damage(store, files, path);
      });
  return {};
}

Result<void> ApiServices::start_workers() {
  // An engine parses what users sent: here, among the store and all tenants' files, none may open.
  duckdb::forbid_engines();
  TRY_ASSIGN(const MemoryBudget memory, memory_budget_of(settings_));
  if (settings_.memory_limit_bytes == 0) log_memory_budget(memory);  // Else `serve` has said it.
  file_workers_ = ingest::start_file_workers(memory.job_bytes);
  TRY_ASSIGN(queries_, query::WorkerPool::start({.memory_bytes = memory.query_bytes,
                                                 .kept_bytes_max = memory.kept_query_bytes,
                                                 .verified = verified_}));
  if (settings_.lakehouse == "databricks") {
    TRY_ASSIGN(remote_tables_,
               lakehouse::databricks::DatabricksTables::open(
                   settings_.databricks, folder_->remote_queries(), *file_workers_));
  }
  TRY_ASSIGN(query_runs_,
             query::QueryRuns::open(folder_->query_results(), *queries_, clock_,
                                    {[&files = *files_] { return files.free_bytes(); },
                                     static_cast<std::uint64_t>(settings_.disk_free_bytes_min)}));
  return {};
}

void ApiServices::make_contexts() {
  intake_.reset(new intake::Context{
      .store = *store_,
      .files = *files_,
      .partial_files = *partial_files_,
      .verified = *verified_,
      .file_workers = *file_workers_,
      .clock = clock_,
      .options = {.sync_possible = settings_.sync_possible(),
                  .auto_sync = settings_.databricks_auto_sync,
                  .lakehouse = settings_.lakehouse,
                  .disk_free_bytes_min = static_cast<std::uint64_t>(settings_.disk_free_bytes_min),
                  .upload_idle_us = settings_.upload_idle_s * 1'000'000,
                  .keep_source = settings_.keep_source}});
  context_.reset(new api::Context{
      .intake = *intake_,
      .accounts = *accounts_,
      .queries = *queries_,
      .query_runs = *query_runs_,
      .remote_tables = remote_tables_.get(),
      .options = {.mcp_api_key = mcp_api_key_,
                  .upload_bytes_max = static_cast<std::uint64_t>(settings_.upload_bytes_max),
                  .remote_folder = folder_->remote_queries(),
                  .remote_limits = settings_.remote_limits,
                  .trusted_proxies = settings_.trusted_proxies}});
}

Result<void> ApiServices::start_dispatching() {
  if (!settings_.sync_possible()) return {};
  TRY_ASSIGN(const std::shared_ptr<const temporal::PayloadSealer> sealer,
             open_payload_sealer(settings_, *folder_));
  temporal::RuntimeOptions runtime_options;
  runtime_options.metrics = registry_;
  TRY_ASSIGN(temporal_runtime_, temporal::Runtime::create(runtime_options));
  temporal::ClientOptions options;
  options.target = settings_.temporal_address;
  options.namespace_name = settings_.temporal_namespace;
  options.codec = sealer;
  // Lazily: the API serves whether or not Temporal is there.
  temporal_client_ = temporal::Client::connect_lazily(*temporal_runtime_, options);
  dispatcher_ = std::make_unique<sync::Dispatcher>(
      *store_, *temporal_client_, clock_, intake_->wakes.dispatcher,
      sync::DispatcherOptions{.retry_attempts = settings_.databricks_retry_attempts,
                              .retry_interval_s = settings_.databricks_retry_interval_s,
                              .window_s = settings_.databricks.window.count(),
                              .profile_wait_s = settings_.profile_wait_s});
  return {};
}

void ApiServices::start_background() {
  sweeper_ = std::make_unique<intake::RetentionSweeper>(*intake_);
  source_compressor_ = std::make_unique<intake::SourceCompressor>(*store_, *files_,
                                                                  intake_->wakes.source_compressor);
  scrubber_ = std::make_unique<intake::Scrubber>(
      *store_, *files_, *verified_, clock_,
      intake::ScrubberOptions{
          .interval_us = settings_.scrub_interval_s * 1'000'000,
          .bytes_per_s = static_cast<std::uint64_t>(settings_.scrub_bytes_per_s)});
  profiler_ = std::make_unique<intake::Profiler>(*intake_);
  upload_ingester_ = std::make_unique<intake::UploadIngester>(
      *intake_, [](const Error& error, const std::string& upload_id) {
        return api::problem_json(error, api::http_status(error), upload_id);
      });
  metrics_ = std::make_unique<ApiMetrics>(
      *registry_, MetricSources{*store_, *queries_, *scrubber_, *file_workers_, clock_});
  refresher_ = std::make_unique<MetricsRefresher>([&metrics = *metrics_] { metrics.refresh(); });
}

Result<void> ApiServices::listen() {
  queries_end_.emplace(*query_runs_);
  http::Router router;
  const WatchGuard guard = watch_guard(settings_, settings_.api_listen);
  api::add_routes(router, *context_,
                  {health_handler(guard.hosts), metrics_handler(*registry_, guard), guard.hosts});
  TRY_ASSIGN(server_, http::Server::start(server_options(settings_, *context_), std::move(router)));
  return {};
}

}  // namespace sluice::app
