#pragma once

#include <string>
#include <string_view>

namespace sluice::lakehouse::databricks {

/// What to do about a quota of Unity Catalog's that is used up, by what was counted and where:
/// `Cannot create 1 Schema(s) in Catalog 16e3… (estimated count: 50, limit: 50).` Empty where the
/// message does not say that. Databricks raises quotas for account teams alone; the Free Edition's
/// stay as they are.
std::string quota_remedy(std::string_view message);

/// The same for `kind` (`catalog`, `schema`, `table`, `volume`) in `parent` (`metastore`,
/// `catalog`, `schema`), in any letters. Empty for any other kind.
std::string quota_remedy(std::string_view kind, std::string_view parent, std::string_view limit);

}  // namespace sluice::lakehouse::databricks
