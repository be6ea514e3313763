#pragma once

#include "base/fair_slots.h"

namespace sluice::intake {

/// Conversions at a time, of all tenants and of one; the rest waits in turn, without a thread. Each
/// may take two threads and ForkServer::job_memory_bytes; one is always left to another tenant.
inline constexpr FairSlots::Limits ingest_places{
    .places = 3, .owner_max = 2, .reserve = 1, .waiting_max = 1'024, .owner_waiting_max = 256};

/// Profiles at a time, of all tenants and of one. Each is a file worker.
inline constexpr FairSlots::Limits profile_places{.places = 2, .owner_max = 1};

}  // namespace sluice::intake
