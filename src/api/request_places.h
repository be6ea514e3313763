#pragma once

#include <string>

#include "base/fair_slots.h"

namespace sluice::api {

/// What may go on at a time, of all tenants and of one; the rest waits in turn, without a thread.
/// Each place is a thread while it is used, which a slow client may hold for long: the reserve is
/// what others find then. Those of conversions: intake/job_places.h. The sum of what holds a thread
/// stays well below `threads_max` (http/server.h); exports and remote queries are counted in
/// app/memory_budget.cc too: more of them is more memory.
inline constexpr FairSlots::Limits upload_places{
    .places = 64, .owner_max = 32, .reserve = 8, .waiting_max = 1'024, .owner_waiting_max = 256};
/// Previews of files, each in a worker; one is always left to another tenant.
inline constexpr FairSlots::Limits preview_places{
    .places = 3, .owner_max = 2, .reserve = 1, .waiting_max = 256, .owner_waiting_max = 64};
/// Originals that are being sent.
inline constexpr FairSlots::Limits download_places{
    .places = 32, .owner_max = 16, .reserve = 4, .waiting_max = 256, .owner_waiting_max = 64};
/// Large query answers: each holds a query worker as long as it is read.
inline constexpr FairSlots::Limits export_places{
    .places = 3, .owner_max = 2, .reserve = 1, .waiting_max = 2, .owner_waiting_max = 1};
/// Queries that fetch tables of a lakehouse elsewhere, for as long as a warehouse takes.
inline constexpr FairSlots::Limits remote_query_places{
    .places = 8, .owner_max = 4, .reserve = 2, .waiting_max = 256, .owner_waiting_max = 64};
/// Passwords that are hashed: each takes a core and PASSWORD_MEMORY. The owner is an address.
inline constexpr FairSlots::Limits password_places{
    .places = 2, .owner_max = 1, .reserve = 0, .waiting_max = 256, .owner_waiting_max = 32};
/// Requests that wait for a profile. They hold no thread; one that finds no place does not wait.
inline constexpr FairSlots::Limits profile_wait_places{
    .places = 256, .owner_max = 64, .reserve = 16};

/// `uploads_max, 64; of a tenant 32`: the limits, for an error's detail.
std::string in_words(const char* name, const FairSlots::Limits& limits);

}  // namespace sluice::api
