#include "lakehouse/databricks/connection.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

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

Result<std::string> checked_host(std::string host, const std::string& setting,
                                 const std::string& example) {
  while (host.ends_with('/')) host.pop_back();
  if (host.find("://") == std::string::npos) host = "https://" + host;
  const bool is_https = host.starts_with("https://");
  const std::string_view place = std::string_view(host).substr(is_https ? 8 : 7);
  if (!is_https && !host.starts_with("http://")) {
    return bad_setting(setting, "is no https address", "Give an address: " + example);
  }
  if (place.empty() || place.find_first_of("/?#@ \\") != std::string_view::npos) {
    return bad_setting(setting, "is more than an address", "Give it without a path: " + example);
  }
  if (!is_https && !is_loopback(place)) {
    return bad_setting(setting, "would send secrets unencrypted",
                       "Use https; http is for loopback only.");
  }
  return host;
}

/// `https://host/?o=123#job/4`, as a browser shows it: the workspace's id is taken off the host.
std::string take_workspace_id(std::string& host) {
  const std::size_t at = host.find("?o=");
  if (at == std::string::npos) return {};
  const std::string_view rest = std::string_view(host).substr(at + 3);
  std::string id(rest.substr(0, rest.find_first_of("&#")));
  if (!is_workspace_id(id)) return {};
  host.resize(at);
  return id;
}

bool is_header_safe(std::string_view secret) {
  return std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// The name of the first of them that is empty; or nothing.
std::string missing_of(std::initializer_list<std::pair<const char*, std::string_view>> settings) {
  for (const auto& [name, value] : settings) {
    if (value.empty()) return name;
  }
  return {};
}

Result<void> check_entra(EntraPrincipal& entra) {
  const std::string missing = missing_of({{"ARM_TENANT_ID", entra.tenant_id},
                                          {"ARM_CLIENT_ID", entra.client_id},
                                          {"ARM_CLIENT_SECRET", entra.client_secret}});
  if (!missing.empty()) {
    return bad_setting(missing, "is missing",
                       "ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET go together.");
  }
  // It becomes a part of a path.
  const bool is_plain = std::all_of(entra.tenant_id.begin(), entra.tenant_id.end(), [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '.';
  });
  if (!is_plain) {
    return bad_setting("ARM_TENANT_ID", "is no id of a directory",
                       "It stands on the directory's overview in the Azure portal.");
  }
  if (entra.login_host.empty()) entra.login_host = "https://login.microsoftonline.com";
  TRY_ASSIGN(entra.login_host, checked_host(std::move(entra.login_host), "ARM_LOGIN_HOST",
                                            "https://login.microsoftonline.com"));
  return {};
}

/// Leaves the credentials of the way that DATABRICKS_AUTH_TYPE names. The names are those of
/// Databricks' own clients (docs.databricks.com/dev-tools/auth/env-vars).
Result<void> keep_named(Connection& connection) {
  const std::string& type = connection.auth_type;
  FederatedIdentity& federated = connection.federated;
  if (type.empty()) return {};
  const bool is_file = type == "file-oidc";
  const bool is_env = type == "env-oidc";
  if (!is_file && !is_env && type != "pat" && type != "oauth-m2m" &&
      type != "azure-client-secret") {
    return bad_setting("DATABRICKS_AUTH_TYPE", "names no way that Sluice signs in",
                       "One of pat, oauth-m2m, azure-client-secret, file-oidc, env-oidc; or leave "
                       "it out.");
  }
  if (type != "pat") connection.token.clear();
  if (type == "pat" || type == "azure-client-secret") connection.client_id.clear();
  if (type != "oauth-m2m") connection.client_secret.clear();
  if (type != "azure-client-secret") connection.entra = {};
  if (!is_file) federated.token_file.clear();
  if (!is_env) federated.token.clear();
  if (is_file && federated.token_file.empty()) {
    return bad_setting("DATABRICKS_OIDC_TOKEN_FILEPATH", "is missing",
                       "DATABRICKS_AUTH_TYPE=file-oidc reads the token there.");
  }
  if (is_env && federated.token.empty()) {
    return bad_setting("DATABRICKS_OIDC_TOKEN", "is missing",
                       "DATABRICKS_AUTH_TYPE=env-oidc reads the token there, or in the variable "
                       "that DATABRICKS_OIDC_TOKEN_ENV names.");
  }
  return {};
}

Result<void> check_credentials(Connection& connection) {
  TRY(keep_named(connection));
  EntraPrincipal& entra = connection.entra;
  FederatedIdentity& federated = connection.federated;
  // A token of a CI system may be around for other reasons: it counts where there is nothing else.
  const bool has_secret = !connection.token.empty() || !connection.client_secret.empty();
  if (has_secret) federated = {};
  if (!federated.token_file.empty()) federated.token.clear();
  const bool has_client = !connection.client_id.empty() || !connection.client_secret.empty();
  const bool has_entra = !(entra.tenant_id + entra.client_id + entra.client_secret).empty();
  if (connection.token.empty() && !has_client && !is_federated(connection)) {
    if (has_entra) return check_entra(entra);
    return bad_setting("DATABRICKS_TOKEN", "is missing",
                       "Set it, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or "
                       "DATABRICKS_OIDC_TOKEN_FILEPATH, or for a principal of Entra ID "
                       "ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.");
  }
  // Terraform's variables may be around for other reasons.
  entra = {};
  if (!connection.token.empty() && has_client) {
    return bad_setting("DATABRICKS_TOKEN", "is set beside DATABRICKS_CLIENT_ID",
                       "Set one of the two, or say by DATABRICKS_AUTH_TYPE which counts.");
  }
  if (has_client && !is_federated(connection)) {
    const std::string missing =
        missing_of({{"DATABRICKS_CLIENT_ID", connection.client_id},
                    {"DATABRICKS_CLIENT_SECRET", connection.client_secret}});
    if (!missing.empty()) {
      return bad_setting(missing, "is missing", "A client id and its secret go together.");
    }
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

Result<std::string> checked_location(std::string location, const std::string& setting) {
  while (location.ends_with('/')) location.pop_back();
  if (location.empty()) return location;
  constexpr std::array<std::string_view, 5> schemes{"s3://", "abfss://", "gs://", "r2://",
                                                    "s3a://"};
  const bool is_cloud = std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
    return location.starts_with(scheme) && location.size() > scheme.size();
  });
  if (!is_cloud || location.find_first_of(" '`\\\n\t") != std::string::npos) {
    return bad_setting(setting, "is no cloud address",
                       "Give a folder below an external location: s3://bucket/folder. A volume's "
                       "path cannot hold tables.");
  }
  return location;
}

}  // namespace

bool is_workspace_id(std::string_view text) {
  return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), is_digit);
}

Result<Connection> checked(Connection connection) {
  if (connection.host.empty()) {
    return bad_setting("DATABRICKS_HOST", "is missing", "Set it, or LAKEHOUSE=local.");
  }
  const std::string pasted_id = take_workspace_id(connection.host);
  if (connection.workspace_id.empty()) connection.workspace_id = pasted_id;
  TRY_ASSIGN(connection.host, checked_host(std::move(connection.host), "DATABRICKS_HOST",
                                           "https://adb-….azuredatabricks.net"));
  if (!connection.workspace_id.empty() && !is_workspace_id(connection.workspace_id)) {
    return bad_setting("DATABRICKS_WORKSPACE_ID", "is no number",
                       "It stands behind `?o=` in the workspace's address.");
  }
  TRY(check_credentials(connection));
  if (!is_plain_name(connection.warehouse_id)) {
    return bad_setting("DATABRICKS_WAREHOUSE_ID",
                       connection.warehouse_id.empty() ? "is missing" : "is no id of a warehouse",
                       "It stands behind the warehouse's name, on its page.");
  }
  TRY_ASSIGN(connection.external_location, checked_location(std::move(connection.external_location),
                                                            "DATABRICKS_EXTERNAL_LOCATION"));
  TRY_ASSIGN(connection.catalog_storage_root,
             checked_location(std::move(connection.catalog_storage_root),
                              "DATABRICKS_CATALOG_STORAGE_ROOT"));
  if (connection.isolation == Isolation::schema && !is_plain_name(connection.shared_catalog)) {
    return bad_setting("DATABRICKS_CATALOG", "is no name of a catalog",
                       "Small letters, digits, - and _.");
  }
  return connection;
}

}  // namespace sluice::lakehouse::databricks
