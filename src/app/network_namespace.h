#pragma once

#include "base/result.h"

namespace sluice::app {

/// Moves this process, and what it starts from now on, into a network namespace of its own, in
/// which there is nothing but an empty loopback: what listens there is reached by nobody outside.
/// Sockets that are open stay where they are. As an ordinary user by way of a user namespace, in
/// which it is the same user. The process must have one thread. `unavailable` where the machine
/// does not allow it; then the process may be in a user namespace already, and should end.
Result<void> enter_own_network();

}  // namespace sluice::app
