#include "app/child_environment.h"

namespace sluice::app {
namespace {

// Which children a row is for. Temporal is a foreign program: it gets no setting at all.
constexpr unsigned api = 1;
constexpr unsigned mcp = 2;
constexpr unsigned worker = 4;
constexpr unsigned nobody = 0;

struct Row {
  std::string_view name;
  unsigned children;
};

/// The settings. What is missing here reaches no child, and a test fails.
constexpr Row settings_table[] = {
    {"DATA_STORAGE_PATH", api | mcp | worker},
    {"DATABASE_URL", api | worker},
    {"API_LISTEN", api},
    {"API_URL", mcp},
    {"API_TOKEN", nobody},  // of the command line
    {"MCP_LISTEN", mcp},
    {"MCP_SERVER_URL", mcp | worker},
    {"MCP_API_KEY", api | mcp | worker},
    {"MCP_ENABLED", api},
    {"DATABRICKS_SYNC_ENABLED", api},
    {"DATABRICKS_AUTO_SYNC", api},
    {"DATABRICKS_RETRY_ATTEMPTS", api},
    {"DATABRICKS_RETRY_INTERVAL", api},
    {"TEMPORAL_ADDRESS", api | worker},
    {"TEMPORAL_NAMESPACE", api | worker},
    {"TEMPORAL_PORT", nobody},
    {"TEMPORAL_UI_PORT", nobody},
    {"TEMPORAL_BINARY", nobody},
    {"TEMPORAL_PAYLOAD_KEYS", api | worker},
    {"TEMPORAL_USERS", nobody},
    {"WORKER_LISTEN", worker},
    {"ALLOWED_HOSTS", api | mcp | worker},
    {"METRICS_TOKEN", api | mcp | worker},
    {"UPLOAD_BYTES_MAX", api},
    {"UPLOAD_IDLE_S", api},
    {"DISK_FREE_BYTES_MIN", api},
    {"MEMORY_LIMIT", api | mcp},
    {"KEEP_SOURCE", api},
    {"PROFILE_WAIT_S", api},
    {"SCRUB_INTERVAL_S", api},
    {"SCRUB_BYTES_PER_S", api},
    {"SLUICE_SECRET_KEY", api},
    {"PASSWORD_MEMORY", api},
    {"PASSWORD_PASSES", api},
    {"OPEN_REGISTRATION", api},
    {"SESSION_DAYS", api},
    {"AUDIT_RETENTION_DAYS", api},
    {"TRUSTED_PROXIES", api},
    // The worker talks to no workspace: only the MCP server, which loads tables, and the API, whose
    // queries read them.
    {"LAKEHOUSE", api | mcp},
    {"DATABRICKS_HOST", api | mcp},
    {"DATABRICKS_TOKEN", api | mcp},
    {"DATABRICKS_CLIENT_ID", api | mcp},
    {"DATABRICKS_CLIENT_SECRET", api | mcp},
    {"ARM_TENANT_ID", api | mcp},
    {"ARM_CLIENT_ID", api | mcp},
    {"ARM_CLIENT_SECRET", api | mcp},
    {"ARM_LOGIN_HOST", api | mcp},
    {"DATABRICKS_AUTH_TYPE", api | mcp},
    {"DATABRICKS_OIDC_TOKEN_FILEPATH", api | mcp},
    {"DATABRICKS_OIDC_TOKEN", api | mcp},
    {"DATABRICKS_OIDC_TOKEN_ENV", nobody},  // that one has its value
    {"DATABRICKS_WORKSPACE_ID", api | mcp},
    {"DATABRICKS_WAREHOUSE_ID", api | mcp},
    {"DATABRICKS_EXTERNAL_LOCATION", api | mcp},
    {"DATABRICKS_CATALOG_STORAGE_ROOT", api | mcp},
    {"DATABRICKS_EXEMPT_FROM_MASKS", api | mcp},
    {"DATABRICKS_CATALOG", api | mcp},
    {"DATABRICKS_ISOLATION", api | mcp},
    {"DATABRICKS_WINDOW_S", api | mcp},
    {"DATABRICKS_QUERY_ROWS_MAX", api},
    {"DATABRICKS_QUERY_BYTES_MAX", api},
};

/// What says where things are on this machine, for every child.
constexpr std::string_view machine_table[] = {"PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL"};

/// What programs of ours are run with in a test: libraries, sanitizers, points of failure. Not
/// Temporal.
constexpr std::string_view tests_table[] = {"LD_LIBRARY_PATH", "LD_PRELOAD",   "ASAN_OPTIONS",
                                            "UBSAN_OPTIONS",   "TSAN_OPTIONS", "SLUICE_FAULT"};

/// How the world outside is reached: for who talks to a workspace, since a proxy's address may hold
/// a password.
constexpr std::string_view network_table[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",
                                              "https_proxy",   "all_proxy",    "no_proxy",
                                              "HTTPS_PROXY",   "ALL_PROXY",    "NO_PROXY"};

unsigned bit_of(Child child) {
  switch (child) {
    case Child::api:
      return api;
    case Child::mcp:
      return mcp;
    case Child::worker:
      return worker;
    case Child::temporal:
      break;
  }
  return nobody;
}

template <std::size_t N>
void take(std::map<std::string, std::string>& out, const std::string_view (&names)[N],
          const Lookup& ours) {
  for (const std::string_view name : names) {
    if (std::optional<std::string> value = ours(std::string(name))) {
      out.emplace(name, std::move(*value));
    }
  }
}

}  // namespace

std::map<std::string, std::string> environment_of(Child child, const Settings& settings,
                                                  const Lookup& ours) {
  std::map<std::string, std::string> out;
  take(out, machine_table, ours);
  if (child == Child::temporal) return out;
  take(out, tests_table, ours);
  const bool has_workspace = settings.lakehouse == "databricks";
  if (has_workspace && child != Child::worker) take(out, network_table, ours);
  const std::map<std::string, std::string> all = to_environment(settings);
  for (const Row& row : settings_table) {
    if ((row.children & bit_of(child)) == 0) continue;
    const bool of_workspace = row.name.starts_with("DATABRICKS_") || row.name.starts_with("ARM_");
    if (!has_workspace && of_workspace && (row.children & mcp) != 0) continue;
    const auto found = all.find(std::string(row.name));
    if (found != all.end() && !found->second.empty()) out.insert(*found);
  }
  return out;
}

bool is_in_the_table(std::string_view setting) {
  for (const Row& row : settings_table) {
    if (row.name == setting) return true;
  }
  return false;
}

}  // namespace sluice::app
