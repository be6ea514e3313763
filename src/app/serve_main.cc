// `sluice serve`: starts the parts in the order in which they need each other, and keeps them
// running. One thread (supervisor.h).
#include <chrono>

#include "app/bootstrap.h"
#include "app/child_environment.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "app/memory_budget.h"
#include "app/port_checks.h"
#include "app/supervisor.h"
#include "base/files.h"
#include "base/log.h"

namespace sluice::app {
namespace {

using std::chrono::milliseconds;

/// A part's own start takes a fraction of this; a loaded machine takes more.
constexpr milliseconds ready_within{30'000};
/// In all; the promise to the user is 10 s. The worker ends first, for it uses Temporal and the MCP
/// server. All others share what is left, which even after a worker with a step in hand is more
/// than the API's and the MCP server's own drains (api_main.cc, mcp_main.cc).
constexpr milliseconds stop_within{9'300};
/// A little more than the worker's own drain (worker_main.cc).
constexpr milliseconds worker_ends_within{3'300};

ChildSpec temporal_spec(const Settings& settings, const std::filesystem::path& program,
                        const DataFolder& folder) {
  return {"temporal",
          {own_program().string(), "temporal-gate", program.string(), folder.temporal().string(),
           settings.temporal_namespace, std::to_string(settings.temporal_port),
           std::to_string(settings.temporal_ui_port), settings.temporal_users},
          environment_of(Child::temporal, settings, process_environment())};
}

ChildSpec part_spec(const Settings& settings, Child child, const std::string& name,
                    const std::string& command) {
  // The environment says all: `.env` may hold secrets of others.
  return {name,
          {own_program().string(), command, "--no-env-file"},
          environment_of(child, settings, process_environment())};
}

Result<void> check_ports(const Settings& settings, bool own_temporal) {
  TRY(port_is_free(settings.api_listen, "API_LISTEN"));
  if (settings.sync_possible()) {
    TRY(port_is_free(settings.mcp_listen, "MCP_LISTEN"));
    TRY(port_is_free(settings.worker_listen, "WORKER_LISTEN"));
  }
  if (own_temporal) {
    TRY(port_is_free("127.0.0.1:" + std::to_string(settings.temporal_port), "TEMPORAL_PORT"));
    TRY(port_is_free("127.0.0.1:" + std::to_string(settings.temporal_ui_port), "TEMPORAL_UI_PORT"));
  }
  return {};
}

/// A server that does not start is tried again and again, and all that is local goes on without it.
Result<void> start_temporal(Supervisor& supervisor, const Settings& settings,
                            const DataFolder& folder) {
  TRY_ASSIGN(const std::filesystem::path program, find_temporal(settings));
  TRY(create_folders(folder.temporal()));
  const std::string address = "127.0.0.1:" + std::to_string(settings.temporal_port);
  const Result<void> started = supervisor.start(
      temporal_spec(settings, program, folder), [address] { return accepts_connections(address); },
      ready_within);
  if (!started && started.error().kind == Errc::unavailable) {
    log::error("Temporal does not start; syncs wait, and all else goes on",
               {{"error", to_line(started.error())},
                {"log", (folder.temporal() / "temporal.log").string()}});
    return {};
  }
  return started;
}

Result<void> serve(Settings settings) {
  TRY_ASSIGN(const MemoryBudget memory, memory_budget_of(settings));
  log_memory_budget(memory);
  settings.memory_limit_bytes = memory.limit_bytes;  // So that all parts reckon with the same.
  TRY_ASSIGN(const DataFolder folder, prepare_data_folder(settings));
  TRY_ASSIGN(const FileDescriptor lock, lock_data_folder(folder.root));
  TRY_ASSIGN(settings.mcp_api_key, ensure_mcp_api_key(settings, folder));
  const bool own_temporal = settings.sync_possible() && settings.temporal_address.empty();
  TRY(check_ports(settings, own_temporal));
  if (settings.temporal_address.empty()) {
    settings.temporal_address = "127.0.0.1:" + std::to_string(settings.temporal_port);
  }

  Supervisor supervisor(end_requested);
  const auto start_part = [&](Child child, const char* name, const char* command,
                              const std::string& listen) {
    ChildSpec spec = part_spec(settings, child, name, command);
    if (child == Child::worker) spec.ends_before_others = worker_ends_within;
    return supervisor.start(
        std::move(spec), [listen] { return answers_health(listen); }, ready_within);
  };
  Result<void> started;
  if (own_temporal) started = start_temporal(supervisor, settings, folder);
  if (started && settings.sync_possible()) {
    started = start_part(Child::mcp, "mcp-server", "mcp", settings.mcp_listen);
  }
  if (started) started = start_part(Child::api, "api", "api", settings.api_listen);
  if (started && settings.sync_possible()) {
    started = start_part(Child::worker, "databricks-worker", "worker", settings.worker_listen);
  }
  if (started) {
    log::info("sluice started successfully",
              {{"api", "http://" + settings.api_listen},
               {"temporal_ui", own_temporal
                                   ? "http://127.0.0.1:" + std::to_string(settings.temporal_ui_port)
                                   : std::string("none of ours")},
               {"data", settings.data_storage_path.string()}});
    supervisor.run();
    log::info("sluice is stopping");
  }
  supervisor.stop(stop_within);
  if (!started && started.error().kind == Errc::cancelled) return {};
  return started;
}

}  // namespace

int run_serve(const Settings& settings) {
  log::init("serve");
  const Result<void> served = serve(settings);
  return served ? 0 : refuse_start("serve", served.error());
}

}  // namespace sluice::app
