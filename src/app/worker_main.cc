// `sluice worker`: the sync's workflow and activities, until it is asked to end.
#include <chrono>
#include <thread>

#include "app/bootstrap.h"
#include "app/health.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "app/temporal_decode.h"
#include "base/log.h"
#include "http/server.h"
#include "mcp/client.h"
#include "sync/activities.h"
#include "sync/dataset_sync_workflow.h"
#include "temporal/client.h"
#include "temporal/runtime.h"
#include "temporal/worker.h"

namespace sluice::app {
namespace {

constexpr std::chrono::milliseconds start_again_after{1'000};
/// What is not done by then takes longer than anybody waits for an end; `serve` has 9.3 s for all.
constexpr std::chrono::milliseconds drain_within{3'000};

/// Until Temporal answers or the process is asked to end. The first failure is logged, not each
/// one.
bool start_when_temporal_is_there(temporal::Worker& worker, const Settings& settings) {
  bool told = false;
  while (!end_requested()) {
    const Result<void> started = worker.start();
    if (started) return true;
    if (!told) {
      log::warn("worker waits for Temporal", {{"temporal_address", settings.temporal_address},
                                              {"error", to_line(started.error())}});
    }
    told = true;
    std::this_thread::sleep_for(start_again_after);
  }
  return false;
}

Result<void> serve_worker(const Settings& settings) {
  const SystemClock clock;
  TRY_ASSIGN(const DataFolder folder, prepare_data_folder(settings));
  TRY_ASSIGN(const std::string mcp_api_key, ensure_mcp_api_key(settings, folder));
  TRY_ASSIGN(const std::unique_ptr<metadata::Store> store,
             metadata::Store::open(settings.database_url, clock, store_options(folder)));
  const auto registry = std::make_shared<prometheus::Registry>();
  sync::Metrics metrics(*registry);
  http::Router router;
  add_health_and_metrics(router, *registry, watch_guard(settings, settings.worker_listen));
  TRY_ASSIGN(const std::shared_ptr<const temporal::PayloadSealer> sealer,
             open_payload_sealer(settings, folder));
  TRY_ASSIGN(std::string decode_token, ensure_decode_token(folder));
  add_temporal_decode(router, sealer, std::move(decode_token));
  http::ServerOptions options;
  options.listen = settings.worker_listen;
  options.io_threads = 1;
  options.blocking_threads = 1;
  TRY_ASSIGN(const std::unique_ptr<http::Server> server,
             http::Server::start(options, std::move(router)));

  mcp::ClientOptions mcp_options;
  mcp_options.url = settings.mcp_server_url + "/mcp";
  mcp_options.key = mcp_api_key;
  mcp_options.name = "sluice-worker";
  mcp::Client mcp(mcp_options);
  temporal::RuntimeOptions runtime_options;
  runtime_options.metrics = registry;
  TRY_ASSIGN(const std::unique_ptr<temporal::Runtime> runtime,
             temporal::Runtime::create(runtime_options));
  temporal::ClientOptions client_options;
  client_options.target = settings.temporal_address;
  client_options.namespace_name = settings.temporal_namespace;
  client_options.codec = sealer;
  const std::unique_ptr<temporal::Client> client =
      temporal::Client::connect_lazily(*runtime, client_options);
  sync::Activities activities(
      *store, mcp, metrics, clock,
      [&client](const std::string& workflow_id, const std::string& run_id) -> Result<Micros> {
        TRY_ASSIGN(const temporal::WorkflowDescription run,
                   client->describe(temporal::WorkflowRef(workflow_id, run_id)));
        return run.started_at_us;
      });
  temporal::WorkerOptions worker_options;
  worker_options.task_queue = sync::task_queue;
  TRY_ASSIGN(const std::unique_ptr<temporal::Worker> worker,
             temporal::Worker::create(*client, worker_options));
  worker->register_workflow(sync::DatasetSyncWorkflow::definition());
  activities.register_with(*worker);
  if (!start_when_temporal_is_there(*worker, settings)) return {};
  log::info("databricks-worker started successfully",
            {{"task_queue", sync::task_queue}, {"temporal_address", settings.temporal_address}});
  wait_for_end();
  log::info("databricks-worker is draining");
  if (const Result<void> drained = worker->shutdown(drain_within); !drained) {
    // Temporal gives what is unfinished to the next worker; waiting longer would only delay the
    // end.
    log::warn("activities were left for the next worker", {{"error", to_line(drained.error())}});
    std::fflush(nullptr);
    std::quick_exit(0);
  }
  return {};
}

}  // namespace

int run_worker(const Settings& settings) {
  log::init("databricks-worker");
  const Result<void> served = serve_worker(settings);
  return served ? 0 : refuse_start("worker", served.error());
}

}  // namespace sluice::app
