#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/password.h"
#include "base/result.h"
#include "lakehouse/databricks/connection.h"
#include "lakehouse/remote_tables.h"

namespace sluice::app {

/// Every setting of docs/settings.md, resolved. Environment first, then `.env`, then the default.
struct Settings {
  std::filesystem::path data_storage_path;  ///< Absolute.
  std::string database_url;
  std::string api_listen;
  std::string api_url;
  std::string api_token;  ///< Empty: read from the token file.
  std::string mcp_listen;
  std::string mcp_server_url;
  std::string mcp_api_key;  ///< Empty: made or read by ensure_mcp_api_key.
  bool mcp_enabled = true;
  bool databricks_sync_enabled = true;
  bool databricks_auto_sync = true;
  int databricks_retry_attempts = 3;
  int databricks_retry_interval_s = 300;
  std::string temporal_address;  ///< Empty: `serve` supervises a server of its own.
  std::string temporal_namespace;
  std::int64_t upload_bytes_max = 0;
  std::int64_t upload_idle_s =
      0;  ///< A resumable upload is removed when nothing came for this long.
  std::int64_t disk_free_bytes_min = 0;
  std::uint64_t memory_limit_bytes = 0;  ///< 0: a share of what the machine has.
  bool keep_source = true;
  std::int64_t profile_wait_s = 60;   ///< So long a sync waits for its version's profile.
  std::int64_t scrub_interval_s = 0;  ///< 0: stored files are not read again.
  std::int64_t scrub_bytes_per_s = 0;
  int temporal_port = 7233;
  int temporal_ui_port = 8233;
  std::string temporal_binary;        ///< Empty: looked for.
  std::string temporal_payload_keys;  ///< Empty: made or read by ensure_payload_keys.
  std::string temporal_users;         ///< Who may reach the supervised server besides our own user.
  std::string worker_listen;
  std::vector<std::string> allowed_hosts;  ///< Names that /health and /metrics answer to, too.
  std::string metrics_token;               ///< Empty: /metrics asks for none.
  std::string secret_key;                  ///< Empty: made or read by ensure_secret_key.
  auth::PasswordCost password_cost;
  bool open_registration = false;
  int session_days = 30;                         ///< Without a refresh.
  int audit_retention_days = 365;                ///< 0: for ever.
  std::vector<std::string> trusted_proxies;      ///< Addresses whose X-Forwarded-… are believed.
  std::string lakehouse;                         ///< `local` or `databricks`.
  lakehouse::databricks::Connection databricks;  ///< With `databricks`: checked.
  lakehouse::RemoteLimits remote_limits;

  /// Whether uploads may be synced at all; the dataset's own flag comes on top (settled question
  /// 7).
  bool sync_possible() const { return databricks_sync_enabled && mcp_enabled; }
};

/// A name's value, or nothing where it is unset; the seam over getenv.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's environment.
Lookup process_environment();
/// `KEY=value` lines, `#` comments, optional quotes and `export`. Errors name the line.
Result<std::map<std::string, std::string>> parse_env_file(std::string_view text);

/// A value that cannot be understood is an invalid_argument that names the setting and what it
/// takes.
Result<Settings> load_settings(const Lookup& environment,
                               const std::map<std::string, std::string>& env_file);

/// The environment in which a child process resolves to the same settings.
std::map<std::string, std::string> to_environment(const Settings& settings);

/// Users of this machine.
struct AllowedUsers {
  bool everybody = false;
  std::vector<unsigned> uids = {};
};
/// Names or numbers, apart by commas; `*` for everybody.
Result<AllowedUsers> parse_users(std::string_view text, std::string_view setting);

/// `host:port` taken apart; the host may be a name, an IPv4 address or `[::1]`.
struct Address {
  std::string host;
  int port = 0;
};
Result<Address> parse_address(std::string_view text, std::string_view setting);

}  // namespace sluice::app
