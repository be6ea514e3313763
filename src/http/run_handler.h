#pragma once

#include "http/exchange.h"
#include "http/session.h"

namespace sluice::http {

/// A handler's whole life on a blocking thread: calls it, hands its answer to the exchange and
/// writes a StreamBody to its end. What it throws becomes a 500.
void run_handler(const ServerCore& core, const Handler& handler, Exchange& exchange);

}  // namespace sluice::http
