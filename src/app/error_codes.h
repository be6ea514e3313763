#pragma once

#include "base/error_code.h"

namespace sluice::app {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_APP_CODES(CODE)                                                                 \
  CODE(already_running, "Another Sluice runs on the same data folder.")                        \
  CODE(bad_env_file, "A line of `.env` is not NAME=value.")                                    \
  CODE(child_ended, "A part ended while it was starting.")                                     \
  CODE(child_not_ready, "A part was not ready in time.")                                       \
  CODE(memory_limit, "The memory that all parts may take is too little to work with.")         \
  CODE(memory_unknown, "The machine does not say how much memory it has.")                     \
  CODE(no_network_namespace, "The machine does not let us make a network for Temporal alone.") \
  CODE(no_payload_keys, "The keys of Temporal's payloads are not in the data folder.")         \
  CODE(no_sock_diag, "The kernel does not say whose process connects.")                        \
  CODE(no_token, "There is no token in the data folder.")                                      \
  CODE(passwords_differ, "The two passwords that were typed differ.")                          \
  CODE(stopped, "It was stopped while it was starting.")                                       \
  CODE(temporal_ended, "The Temporal server ended.")                                           \
  CODE(temporal_missing, "The Temporal program is not there.")                                 \
  CODE(temporal_not_ready, "The Temporal server does not become ready.")
SLUICE_ERROR_CODES(Code, SLUICE_APP_CODES)

}  // namespace sluice::app
