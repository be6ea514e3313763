#pragma once

#include "base/error.h"

namespace sluice::app {

/// Blocks SIGTERM and SIGINT for this thread and all that it starts, and ignores SIGPIPE. Call it
/// first in main.
void block_ending_signals();

/// Raises the limit of open descriptors to the most that the system lets us have: connections,
/// files and workers share it. What we start inherits it.
void raise_descriptor_limit();

/// Waits until the process is asked to end.
void wait_for_end();

/// True once it was asked to end; takes the signal.
bool end_requested();

/// The one clear line of a start that failed: `sluice api: cause remedy`. Gives the exit code 1.
int refuse_start(const char* part, const Error& error);

}  // namespace sluice::app
