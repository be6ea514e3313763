#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::lakehouse::databricks {

/// How tenants are kept apart in Unity Catalog.
enum class Isolation {
  catalog,  ///< A catalog each, `catalog_tenant_{id}`: at most about 1,000 in a metastore.
  schema    ///< Schemas of their own, `tenant_{id}_bronze` and so on, in one shared catalog.
};

/// A service principal of Microsoft Entra ID, which signs in there and not at the workspace.
struct EntraPrincipal {
  std::string tenant_id;  ///< The directory's.
  std::string client_id;
  std::string client_secret;
  std::string login_host;  ///< Empty: Azure's public cloud.
};

/// A token of another identity provider (a Kubernetes cluster, a CI system), which Databricks
/// exchanges for one of its own where a federation policy trusts it. No secret is kept.
struct FederatedIdentity {
  std::string token_file;  ///< Read anew for each exchange: who issues it also replaces it.
  std::string token;       ///< Where there is no file.
};

/// Which workspace, who we are there, and where its tables lie. Holds secrets: never logged.
struct Connection {
  std::string host;       ///< `https://…` without a path; http on loopback only.
  std::string token;      ///< A personal access token; empty with a client id.
  std::string client_id;  ///< Of a service principal, for OAuth machine-to-machine.
  std::string client_secret;
  EntraPrincipal entra;         ///< Used where there is neither a token nor a client id.
  FederatedIdentity federated;  ///< Used where it has a token; client_id, if any, is the principal.
  std::string auth_type;  ///< As the official clients name the ways to sign in; empty: what is set.
  std::string workspace_id;  ///< Digits; empty: as the host says, where it says so.
  std::string warehouse_id;
  std::string external_location;  ///< `s3://…`, `abfss://…`, `gs://…`; empty: bronze is managed.
  std::string catalog_storage_root;   ///< Likewise, of new catalogs; empty: the metastore's.
  bool is_exempt_from_masks = false;  ///< Our principal reads what masks and filters hide.
  Isolation isolation = Isolation::catalog;
  std::string shared_catalog;      ///< With Isolation::schema.
  std::chrono::seconds window{0};  ///< How long syncs wait for each other to wake the warehouse.
};

inline bool is_federated(const Connection& connection) {
  return !connection.federated.token_file.empty() || !connection.federated.token.empty();
}

/// Whether a text may be a workspace's id: digits, which become a header.
bool is_workspace_id(std::string_view text);

/// Completes what people type (a missing `https://`, a slash at the end, a browser's `?o=ID`) and
/// refuses what cannot be: `bad_setting` names the setting. Of several ways to sign in the one of
/// `auth_type` is left.
Result<Connection> checked(Connection connection);

}  // namespace sluice::lakehouse::databricks
