#pragma once

#include "http/exchange.h"
#include "http/session.h"

namespace sluice::http {

/// Runs the step with its place and those that follow it as far as they find places of their own;
/// leaves the answer, or what goes on later, with the exchange. Then streams its body, if it has
/// one. Never throws. On a thread that may block, for as long as handler and client take.
void run_step(ServerCore& core, Exchange& exchange, Later step, FairSlots::Place place);

/// The turn did not come: leaves what the step says to that with the exchange.
void refuse_step(ServerCore& core, Exchange& exchange, Later step, NoTurn why);

/// As run_step for a handler that needs no place.
void run_handler(ServerCore& core, const Handler& handler, Exchange& exchange);

/// A route's handler as the first step: what it streams holds the place.
Later first_step(const ServerCore& core, const Route& route);

}  // namespace sluice::http
