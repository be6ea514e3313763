#pragma once

#include <string>

#include "base/result.h"

namespace sluice::lakehouse::databricks {

/// How tenants are kept apart in Unity Catalog.
enum class Isolation {
  catalog,  ///< A catalog each, `catalog_tenant_{id}`: at most about 1,000 in a metastore.
  schema    ///< Schemas of their own, `tenant_{id}_bronze` and so on, in one shared catalog.
};

/// Which workspace, who we are there, and where its tables lie. Holds secrets: never logged.
struct Connection {
  std::string host;       ///< `https://…` without a path; http on loopback only.
  std::string token;      ///< A personal access token; empty with a client id.
  std::string client_id;  ///< Of a service principal, for OAuth machine-to-machine.
  std::string client_secret;
  std::string warehouse_id;
  std::string external_location;  ///< `s3://…`, `abfss://…`, `gs://…`; empty: bronze is managed.
  Isolation isolation = Isolation::catalog;
  std::string shared_catalog;  ///< With Isolation::schema.
};

/// Completes what people type (a missing `https://`, a slash at the end) and refuses what cannot
/// be: `bad_setting` names the setting.
Result<Connection> checked(Connection connection);

}  // namespace sluice::lakehouse::databricks
