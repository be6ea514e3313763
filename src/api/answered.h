#pragma once

#include <chrono>
#include <functional>

#include "base/fair_slots.h"
#include "base/result.h"
#include "http/message.h"

namespace sluice::api {

/// A handler's result as the answer: an error becomes problem+json, and is logged where it is ours.
http::Response answered(const http::Request& request, Result<http::Response> result);

/// What a handler does once its request has a place, on a thread. It keeps the place as long as it
/// works; what it streams must hold it.
using PlacedHandler = std::function<Result<http::Response>(http::Request&, FairSlots::Place)>;

/// Says why the place did not come.
using Refusal = std::function<Error(http::NoTurn)>;

/// Goes on with `handler` when the request's owner has a place; until then the request holds no
/// thread.
http::Response later(FairSlots& slots, std::chrono::milliseconds wait, Refusal refusal,
                     PlacedHandler handler);

/// The usual refusal: 503 `code`. `name` and the limits are told.
Refusal busy(const ErrorCode& code, std::string what, const char* name,
             const FairSlots::Limits& limits);

/// The client went away while its request waited.
Error client_is_gone();

}  // namespace sluice::api
