#pragma once

#include <soci/soci.h>

#include <string_view>

#include "dataset/dataset.h"
#include "metadata/sql/database_engine.h"

/// Locks of a write, which end with its transaction. A write that reads and then writes takes its
/// lock first, in a statement of its own, and reads afterwards: PostgreSQL shows a statement what
/// was there when the statement began, so one that waits for a lock and reads in the same breath
/// reads what the other has replaced meanwhile. Order: tenant, dataset, all else. What is not there
/// locks nothing. Throws soci::soci_error.
namespace sluice::metadata {

/// For what is counted or chosen among all of a tenant's: table names, open uploads.
void lock_tenant(const Engine& engine, soci::session& session, const TenantId& tenant);
/// For the dataset, its versions, its sync state and its wants.
void lock_dataset(const Engine& engine, soci::session& session, std::string_view dataset_id);

}  // namespace sluice::metadata
