#pragma once

#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "dataset/dataset.h"
#include "dataset/sync_cost.h"
#include "dataset/sync_status.h"
#include "lakehouse/medallion/silver_plan.h"
#include "metadata/records.h"

namespace sluice::api {

// Values of the rooms below as the JSON of the description. Pure. Keys are a contract with every
// client: add, never rename or drop one.

/// The schema Dataset. `enabled`: it is synced, by the settings' switches and its own flag;
/// `damage` is all that is known of this dataset's files, perhaps of others' too, which are
/// skipped.
boost::json::object dataset_json(const Dataset& dataset, const SyncState& state, bool enabled,
                                 const std::vector<metadata::Damage>& damage);

/// The answer of `/{id}/databricks/status`.
boost::json::object status_json(const Dataset& dataset, const SyncState& state, bool enabled,
                                const std::vector<metadata::Damage>& damage);

/// `columns` of a schema and of a preview: each column's type and why, and what silver makes of it.
boost::json::array columns_json(const std::vector<Column>& columns,
                                const lakehouse::medallion::Plan& plan);

/// The answer of `/{id}/schema`: each column's type and why, and what silver makes of it.
boost::json::object schema_json(const Dataset& dataset, const lakehouse::medallion::Plan& plan);

/// The cost of a run, or of many; what is not known is null.
boost::json::object cost_json(const SyncCost& cost);

}  // namespace sluice::api
