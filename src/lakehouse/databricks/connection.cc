#include "lakehouse/databricks/connection.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "base/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

tl::unexpected<Error> bad_setting(const std::string& name, const std::string& problem,
                                  const std::string& remedy) {
  return fail(Errc::invalid_argument, BaseCode::bad_setting, name + " " + problem + ".", remedy);
}

bool is_loopback(std::string_view host) {
  for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
    if (host == name || (host.starts_with(name) && host[name.size()] == ':')) return true;
  }
  return false;
}

Result<std::string> checked_host(std::string host) {
  while (host.ends_with('/')) host.pop_back();
  if (host.find("://") == std::string::npos) host = "https://" + host;
  const bool is_https = host.starts_with("https://");
  const std::string_view place = std::string_view(host).substr(is_https ? 8 : 7);
  if (!is_https && !host.starts_with("http://")) {
    return bad_setting("DATABRICKS_HOST", "is no https address",
                       "Give the workspace's address: https://adb-….azuredatabricks.net");
  }
  if (place.empty() || place.find_first_of("/?#@ \\") != std::string_view::npos) {
    return bad_setting("DATABRICKS_HOST", "is more than the address of a workspace",
                       "Give it without a path: https://adb-….azuredatabricks.net");
  }
  if (!is_https && !is_loopback(place)) {
    return bad_setting("DATABRICKS_HOST", "would send the token unencrypted",
                       "Use https; http is for loopback only.");
  }
  return host;
}

bool is_header_safe(std::string_view secret) {
  return std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<void> check_credentials(const Connection& connection) {
  const bool has_client = !connection.client_id.empty() || !connection.client_secret.empty();
  if (connection.token.empty() && !has_client) {
    return bad_setting("DATABRICKS_TOKEN", "is missing",
                       "Set it, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.");
  }
  if (!connection.token.empty() && has_client) {
    return bad_setting("DATABRICKS_TOKEN", "is set beside DATABRICKS_CLIENT_ID",
                       "Set one of the two.");
  }
  if (has_client && (connection.client_id.empty() || connection.client_secret.empty())) {
    return bad_setting(
        connection.client_id.empty() ? "DATABRICKS_CLIENT_ID" : "DATABRICKS_CLIENT_SECRET",
        "is missing", "A client id and its secret go together.");
  }
  if (!is_header_safe(connection.token + connection.client_id + connection.client_secret)) {
    return bad_setting("DATABRICKS_TOKEN or DATABRICKS_CLIENT_SECRET",
                       "holds a blank or a character that is not ASCII",
                       "Copy it again, without a line end.");
  }
  return {};
}

/// What may stand in a path of a URL and in a name without quotes.
bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '_' || c == '-';
  });
}

Result<std::string> checked_location(std::string location) {
  while (location.ends_with('/')) location.pop_back();
  if (location.empty()) return location;
  constexpr std::array<std::string_view, 5> schemes{"s3://", "abfss://", "gs://", "r2://",
                                                    "s3a://"};
  const bool is_cloud = std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
    return location.starts_with(scheme) && location.size() > scheme.size();
  });
  if (!is_cloud || location.find_first_of(" '`\\\n\t") != std::string::npos) {
    return bad_setting("DATABRICKS_EXTERNAL_LOCATION", "is no cloud address",
                       "Give a folder below an external location: s3://bucket/folder. A volume's "
                       "path cannot hold tables.");
  }
  return location;
}

}  // namespace

Result<Connection> checked(Connection connection) {
  if (connection.host.empty()) {
    return bad_setting("DATABRICKS_HOST", "is missing", "Set it, or LAKEHOUSE=local.");
  }
  TRY_ASSIGN(connection.host, checked_host(std::move(connection.host)));
  TRY(check_credentials(connection));
  if (!is_plain_name(connection.warehouse_id)) {
    return bad_setting("DATABRICKS_WAREHOUSE_ID",
                       connection.warehouse_id.empty() ? "is missing" : "is no id of a warehouse",
                       "It stands behind the warehouse's name, on its page.");
  }
  TRY_ASSIGN(connection.external_location,
             checked_location(std::move(connection.external_location)));
  if (connection.isolation == Isolation::schema && !is_plain_name(connection.shared_catalog)) {
    return bad_setting("DATABRICKS_CATALOG", "is no name of a catalog",
                       "Small letters, digits, - and _.");
  }
  return connection;
}

}  // namespace sluice::lakehouse::databricks
