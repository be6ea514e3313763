#pragma once

#include <stop_token>
#include <string>

#include "dataset/dataset.h"
#include "lakehouse/databricks/provisioning.h"

namespace sluice::lakehouse::databricks {

/// Grants a tenant's group what the tenant has: by the catalog where the tenant has one of its own
/// and our principal may grant on it (it owns the catalog, or has MANAGE), else by the schemas,
/// which Sluice made and owns. A workspace without such a group, or a principal that may not grant,
/// still syncs: the tables are right, and who may read them is the administrator's. Gives what was
/// not granted, and what to do about it, for the run's warning; empty where nothing is missing. The
/// only error is `cancelled`.
Result<std::string> grant_to_group(UnityCatalog& catalog, const TenantId& tenant,
                                   const TenantPlaces& places, Isolation isolation,
                                   const std::stop_token& stop, CallCount& calls);

}  // namespace sluice::lakehouse::databricks
