#include "app/settings.h"

#include <pwd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "app/error_codes.h"
#include "app/memory_budget.h"
#include "base/ascii.h"
#include "base/error_codes.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> bad(std::string_view name, std::string_view value, std::string_view takes) {
  return fail(Errc::invalid_argument, BaseCode::bad_setting,
              std::string(name) + "=" + std::string(value) + " is not " + std::string(takes) + ".",
              "See docs/settings.md.");
}

/// Reads typed values, remembering nothing; one per load.
class Reader {
 public:
  Reader(const Lookup& environment, const std::map<std::string, std::string>& file)
      : environment_(environment), file_(file) {}

  std::string text(const std::string& name, const std::string& fallback) const {
    if (std::optional<std::string> value = environment_(name); value && !value->empty()) {
      return *value;
    }
    const auto found = file_.find(name);
    return found != file_.end() && !found->second.empty() ? found->second : fallback;
  }

  Result<bool> boolean(const std::string& name, bool fallback) const {
    const std::string value = text(name, fallback ? "true" : "false");
    if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
    if (value == "false" || value == "0" || value == "no" || value == "off") return false;
    return bad(name, value, "true or false");
  }

  template <typename Number>
  Result<Number> integer(const std::string& name, Number fallback, Number min, Number max) const {
    const std::string value = text(name, std::to_string(fallback));
    Number number = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (code != std::errc() || end != value.data() + value.size() || number < min || number > max) {
      return bad(name, value,
                 "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return number;
  }

  Result<std::string> address(const std::string& name, const std::string& fallback) const {
    std::string value = text(name, fallback);
    TRY(parse_address(value, name));
    return value;
  }

 private:
  const Lookup& environment_;
  const std::map<std::string, std::string>& file_;
};

/// `a, b` taken apart.
std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = trimmed(list.substr(0, comma));
    if (!name.empty()) names.emplace_back(name);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

std::string_view name_of(bool value) { return value ? "true" : "false"; }

}  // namespace

Lookup process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Result<Address> parse_address(std::string_view text, std::string_view setting) {
  const std::size_t colon = text.rfind(':');
  int port = -1;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (code != std::errc() || end != digits.data() + digits.size()) port = -1;
  }
  if (colon == 0 || port < 0 || port > 65535) return bad(setting, text, "an address host:port");
  std::string host(text.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return Address{std::move(host), port};
}

Result<AllowedUsers> parse_users(std::string_view text, std::string_view setting) {
  AllowedUsers users;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find(',');
    const std::string name(trimmed(rest.substr(0, end)));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (name.empty()) continue;
    if (name == "*") {
      users.everybody = true;
      continue;
    }
    unsigned uid = 0;
    const auto [stop, code] = std::from_chars(name.data(), name.data() + name.size(), uid);
    if (code == std::errc() && stop == name.data() + name.size()) {
      users.uids.push_back(uid);
    } else if (const passwd* found = ::getpwnam(name.c_str()); found != nullptr) {
      users.uids.push_back(found->pw_uid);
    } else {
      return bad(setting, text, "a list of users of this machine, names or numbers, or *");
    }
  }
  return users;
}

Result<std::map<std::string, std::string>> parse_env_file(std::string_view text) {
  std::map<std::string, std::string> values;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.substr(0, 7) == "export ") line = trimmed(line.substr(7));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return fail(Errc::invalid_argument, Code::bad_env_file,
                  ".env line " + std::to_string(number) + " is not NAME=value.");
    }
    std::string_view value = trimmed(line.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    values[std::string(trimmed(line.substr(0, equals)))] = std::string(value);
  }
  return values;
}

namespace {

/// Longer than that nobody wants to wait for a table.
constexpr int window_max_s = 3'600;

Result<void> load_lakehouse(const Reader& read, Settings& s) {
  using lakehouse::databricks::Isolation;
  s.databricks.host = read.text("DATABRICKS_HOST", "");
  s.databricks.token = read.text("DATABRICKS_TOKEN", "");
  s.databricks.client_id = read.text("DATABRICKS_CLIENT_ID", "");
  s.databricks.client_secret = read.text("DATABRICKS_CLIENT_SECRET", "");
  s.databricks.entra.tenant_id = read.text("ARM_TENANT_ID", "");
  s.databricks.entra.client_id = read.text("ARM_CLIENT_ID", "");
  s.databricks.entra.client_secret = read.text("ARM_CLIENT_SECRET", "");
  s.databricks.entra.login_host = read.text("ARM_LOGIN_HOST", "");
  s.databricks.auth_type = read.text("DATABRICKS_AUTH_TYPE", "");
  s.databricks.federated.token_file = read.text("DATABRICKS_OIDC_TOKEN_FILEPATH", "");
  s.databricks.federated.token =
      read.text(read.text("DATABRICKS_OIDC_TOKEN_ENV", "DATABRICKS_OIDC_TOKEN"), "");
  s.databricks.workspace_id = read.text("DATABRICKS_WORKSPACE_ID", "");
  s.databricks.warehouse_id = read.text("DATABRICKS_WAREHOUSE_ID", "");
  s.databricks.external_location = read.text("DATABRICKS_EXTERNAL_LOCATION", "");
  s.databricks.catalog_storage_root = read.text("DATABRICKS_CATALOG_STORAGE_ROOT", "");
  TRY_ASSIGN(s.databricks.is_exempt_from_masks,
             read.boolean("DATABRICKS_EXEMPT_FROM_MASKS", false));
  s.databricks.shared_catalog = read.text("DATABRICKS_CATALOG", "sluice");
  TRY_ASSIGN(const int window_s, read.integer("DATABRICKS_WINDOW_S", 0, 0, window_max_s));
  s.databricks.window = std::chrono::seconds(window_s);
  const std::string isolation = read.text("DATABRICKS_ISOLATION", "catalog");
  if (isolation != "catalog" && isolation != "schema") {
    return bad("DATABRICKS_ISOLATION", isolation, "catalog or schema");
  }
  s.databricks.isolation = isolation == "schema" ? Isolation::schema : Isolation::catalog;
  TRY_ASSIGN(s.remote_limits.rows_max,
             read.integer("DATABRICKS_QUERY_ROWS_MAX", s.remote_limits.rows_max, std::int64_t{1},
                          std::int64_t{100'000'000}));
  TRY_ASSIGN(s.remote_limits.bytes_max,
             read.integer("DATABRICKS_QUERY_BYTES_MAX", s.remote_limits.bytes_max,
                          std::int64_t{1'000}, std::int64_t{1} << 40U));
  s.lakehouse = read.text("LAKEHOUSE", s.databricks.host.empty() ? "local" : "databricks");
  if (s.lakehouse == "local") return {};
  if (s.lakehouse != "databricks") return bad("LAKEHOUSE", s.lakehouse, "local or databricks");
  TRY_ASSIGN(s.databricks, lakehouse::databricks::checked(std::move(s.databricks)));
  return {};
}

Result<void> load_people(const Reader& read, Settings& s) {
  s.secret_key = read.text("SLUICE_SECRET_KEY", "");
  const std::string memory = read.text("PASSWORD_MEMORY", "19MiB");
  const std::optional<std::uint64_t> bytes = parse_bytes(memory);
  if (!bytes || *bytes < auth::password_memory_bytes_min ||
      *bytes > auth::password_memory_bytes_max) {
    return bad("PASSWORD_MEMORY", memory, "an amount from 8KiB to 1GiB");
  }
  s.password_cost.memory_bytes = *bytes;
  TRY_ASSIGN(s.password_cost.passes, read.integer<std::uint32_t>("PASSWORD_PASSES", 2, 1, 100));
  TRY_ASSIGN(s.open_registration, read.boolean("OPEN_REGISTRATION", false));
  TRY_ASSIGN(s.session_days, read.integer("SESSION_DAYS", 30, 1, 3'650));
  TRY_ASSIGN(s.audit_retention_days, read.integer("AUDIT_RETENTION_DAYS", 365, 0, 36'500));
  s.trusted_proxies = names_of(read.text("TRUSTED_PROXIES", ""));
  return {};
}

}  // namespace

Result<Settings> load_settings(const Lookup& environment,
                               const std::map<std::string, std::string>& env_file) {
  const Reader read(environment, env_file);
  Settings s;
  s.data_storage_path =
      fs::absolute(fs::path(read.text("DATA_STORAGE_PATH", "./data"))).lexically_normal();
  s.database_url =
      read.text("DATABASE_URL", "sqlite:///" + (s.data_storage_path / "metadata.db").string());
  if (s.database_url.rfind("sqlite://", 0) != 0) {
    return bad("DATABASE_URL", "…", "a sqlite:///path, the only kind in this version");
  }
  TRY_ASSIGN(s.api_listen, read.address("API_LISTEN", "127.0.0.1:8001"));
  s.api_url = read.text("API_URL", "http://" + s.api_listen);
  s.api_token = read.text("API_TOKEN", "");
  TRY_ASSIGN(s.mcp_listen, read.address("MCP_LISTEN", "127.0.0.1:8085"));
  s.mcp_server_url = read.text("MCP_SERVER_URL", "http://" + s.mcp_listen);
  s.mcp_api_key = read.text("MCP_API_KEY", "");
  TRY_ASSIGN(s.mcp_enabled, read.boolean("MCP_ENABLED", true));
  TRY_ASSIGN(s.databricks_sync_enabled, read.boolean("DATABRICKS_SYNC_ENABLED", true));
  TRY_ASSIGN(s.databricks_auto_sync, read.boolean("DATABRICKS_AUTO_SYNC", true));
  TRY_ASSIGN(s.databricks_retry_attempts, read.integer("DATABRICKS_RETRY_ATTEMPTS", 3, 1, 100));
  TRY_ASSIGN(s.databricks_retry_interval_s,
             read.integer("DATABRICKS_RETRY_INTERVAL", 300, 1, 86'400));
  s.temporal_address = read.text("TEMPORAL_ADDRESS", "");
  if (!s.temporal_address.empty()) TRY(parse_address(s.temporal_address, "TEMPORAL_ADDRESS"));
  s.temporal_namespace = read.text("TEMPORAL_NAMESPACE", "default");
  TRY_ASSIGN(s.temporal_port, read.integer("TEMPORAL_PORT", 7233, 1, 65'535));
  TRY_ASSIGN(s.temporal_ui_port, read.integer("TEMPORAL_UI_PORT", 8233, 1, 65'535));
  s.temporal_binary = read.text("TEMPORAL_BINARY", "");
  s.temporal_payload_keys = read.text("TEMPORAL_PAYLOAD_KEYS", "");
  if (!s.temporal_payload_keys.empty()) {
    TRY(temporal::parse_payload_keys(s.temporal_payload_keys));
  }
  s.temporal_users = read.text("TEMPORAL_USERS", "");
  TRY(parse_users(s.temporal_users, "TEMPORAL_USERS"));
  TRY_ASSIGN(s.worker_listen, read.address("WORKER_LISTEN", "127.0.0.1:8002"));
  s.allowed_hosts = names_of(read.text("ALLOWED_HOSTS", ""));
  s.metrics_token = read.text("METRICS_TOKEN", "");
  // 100 GiB: more than one file of a person's, less than the disks of most servers.
  TRY_ASSIGN(s.upload_bytes_max,
             read.integer<std::int64_t>("UPLOAD_BYTES_MAX", 100LL << 30, 1, 1LL << 50));
  TRY_ASSIGN(s.upload_idle_s, read.integer<std::int64_t>("UPLOAD_IDLE_S", 86'400, 1, 31'536'000));
  TRY_ASSIGN(s.disk_free_bytes_min,
             read.integer<std::int64_t>("DISK_FREE_BYTES_MIN", 1LL << 30, 0, 1LL << 60));
  if (const std::string limit = read.text("MEMORY_LIMIT", ""); !limit.empty()) {
    const std::optional<std::uint64_t> bytes = parse_bytes(limit);
    if (!bytes || *bytes == 0) return bad("MEMORY_LIMIT", limit, "an amount like 4GB or 512MiB");
    s.memory_limit_bytes = *bytes;
  }
  TRY_ASSIGN(s.keep_source, read.boolean("KEEP_SOURCE", true));
  TRY_ASSIGN(s.profile_wait_s, read.integer<std::int64_t>("PROFILE_WAIT_S", 60, 0, 86'400));
  TRY_ASSIGN(s.scrub_interval_s,
             read.integer<std::int64_t>("SCRUB_INTERVAL_S", 7 * 86'400, 0, 31'536'000));
  TRY_ASSIGN(s.scrub_bytes_per_s,
             read.integer<std::int64_t>("SCRUB_BYTES_PER_S", 16LL << 20, 1 << 16, 1LL << 40));
  TRY(load_people(read, s));
  TRY(load_lakehouse(read, s));
  return s;
}

std::map<std::string, std::string> to_environment(const Settings& s) {
  return {
      {"DATA_STORAGE_PATH", s.data_storage_path.string()},
      {"DATABASE_URL", s.database_url},
      {"API_LISTEN", s.api_listen},
      {"API_URL", s.api_url},
      {"API_TOKEN", s.api_token},
      {"MCP_LISTEN", s.mcp_listen},
      {"MCP_SERVER_URL", s.mcp_server_url},
      {"MCP_API_KEY", s.mcp_api_key},
      {"MCP_ENABLED", std::string(name_of(s.mcp_enabled))},
      {"DATABRICKS_SYNC_ENABLED", std::string(name_of(s.databricks_sync_enabled))},
      {"DATABRICKS_AUTO_SYNC", std::string(name_of(s.databricks_auto_sync))},
      {"DATABRICKS_RETRY_ATTEMPTS", std::to_string(s.databricks_retry_attempts)},
      {"DATABRICKS_RETRY_INTERVAL", std::to_string(s.databricks_retry_interval_s)},
      {"TEMPORAL_ADDRESS", s.temporal_address},
      {"TEMPORAL_NAMESPACE", s.temporal_namespace},
      {"TEMPORAL_PORT", std::to_string(s.temporal_port)},
      {"TEMPORAL_UI_PORT", std::to_string(s.temporal_ui_port)},
      {"TEMPORAL_BINARY", s.temporal_binary},
      {"TEMPORAL_PAYLOAD_KEYS", s.temporal_payload_keys},
      {"TEMPORAL_USERS", s.temporal_users},
      {"WORKER_LISTEN", s.worker_listen},
      {"ALLOWED_HOSTS", joined(s.allowed_hosts)},
      {"METRICS_TOKEN", s.metrics_token},
      {"UPLOAD_BYTES_MAX", std::to_string(s.upload_bytes_max)},
      {"UPLOAD_IDLE_S", std::to_string(s.upload_idle_s)},
      {"DISK_FREE_BYTES_MIN", std::to_string(s.disk_free_bytes_min)},
      {"MEMORY_LIMIT", s.memory_limit_bytes == 0 ? "" : std::to_string(s.memory_limit_bytes)},
      {"KEEP_SOURCE", std::string(name_of(s.keep_source))},
      {"PROFILE_WAIT_S", std::to_string(s.profile_wait_s)},
      {"SCRUB_INTERVAL_S", std::to_string(s.scrub_interval_s)},
      {"SCRUB_BYTES_PER_S", std::to_string(s.scrub_bytes_per_s)},
      {"SLUICE_SECRET_KEY", s.secret_key},
      {"PASSWORD_MEMORY", std::to_string(s.password_cost.memory_bytes)},
      {"PASSWORD_PASSES", std::to_string(s.password_cost.passes)},
      {"OPEN_REGISTRATION", std::string(name_of(s.open_registration))},
      {"SESSION_DAYS", std::to_string(s.session_days)},
      {"AUDIT_RETENTION_DAYS", std::to_string(s.audit_retention_days)},
      {"TRUSTED_PROXIES", joined(s.trusted_proxies)},
      {"LAKEHOUSE", s.lakehouse},
      {"DATABRICKS_HOST", s.databricks.host},
      {"DATABRICKS_TOKEN", s.databricks.token},
      {"DATABRICKS_CLIENT_ID", s.databricks.client_id},
      {"DATABRICKS_CLIENT_SECRET", s.databricks.client_secret},
      {"ARM_TENANT_ID", s.databricks.entra.tenant_id},
      {"ARM_CLIENT_ID", s.databricks.entra.client_id},
      {"ARM_CLIENT_SECRET", s.databricks.entra.client_secret},
      {"ARM_LOGIN_HOST", s.databricks.entra.login_host},
      {"DATABRICKS_AUTH_TYPE", s.databricks.auth_type},
      {"DATABRICKS_OIDC_TOKEN_FILEPATH", s.databricks.federated.token_file},
      // Whichever variable it stood in; the children need not know its name.
      {"DATABRICKS_OIDC_TOKEN", s.databricks.federated.token},
      {"DATABRICKS_WORKSPACE_ID", s.databricks.workspace_id},
      {"DATABRICKS_WAREHOUSE_ID", s.databricks.warehouse_id},
      {"DATABRICKS_EXTERNAL_LOCATION", s.databricks.external_location},
      {"DATABRICKS_CATALOG_STORAGE_ROOT", s.databricks.catalog_storage_root},
      {"DATABRICKS_EXEMPT_FROM_MASKS", std::string(name_of(s.databricks.is_exempt_from_masks))},
      {"DATABRICKS_CATALOG", s.databricks.shared_catalog},
      {"DATABRICKS_WINDOW_S", std::to_string(s.databricks.window.count())},
      {"DATABRICKS_QUERY_ROWS_MAX", std::to_string(s.remote_limits.rows_max)},
      {"DATABRICKS_QUERY_BYTES_MAX", std::to_string(s.remote_limits.bytes_max)},
      {"DATABRICKS_ISOLATION",
       s.databricks.isolation == lakehouse::databricks::Isolation::schema ? "schema" : "catalog"}};
}

}  // namespace sluice::app
