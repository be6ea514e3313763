#pragma once

#include "base/error_code.h"

namespace sluice::temporal {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_TEMPORAL_CODES(CODE)                                                         \
  CODE(bad_payload_keys, "`TEMPORAL_PAYLOAD_KEYS` cannot be read.")                         \
  CODE(bad_payloads, "What was sent to be opened is not a list of payloads.")               \
  CODE(history_malformed, "A workflow's history cannot be read.")                           \
  CODE(nondeterminism, "The workflow's code no longer fits a history.")                     \
  CODE(search_attribute_type, "A search attribute of ours exists with another type.")       \
  CODE(task_queue, "A worker was given no task queue.")                                     \
  CODE(temporal_already_exists, "What was to be made at Temporal exists already.")          \
  CODE(temporal_deadline_exceeded, "Temporal, or a workflow, did not answer in time.")      \
  CODE(temporal_error, "Temporal failed for a reason that has no code of its own.")         \
  CODE(temporal_failed_precondition, "Temporal refuses the call in the present state.")     \
  CODE(temporal_invalid_argument, "Temporal does not take the call.")                       \
  CODE(temporal_malformed, "What Temporal sent cannot be read.")                            \
  CODE(temporal_metrics, "Two parts of one process want Temporal's metrics.")               \
  CODE(temporal_namespace_not_found, "The Temporal server does not have the namespace.")    \
  CODE(temporal_not_found, "Temporal does not know the workflow.")                          \
  CODE(temporal_permission_denied, "Temporal refuses our identity.")                        \
  CODE(temporal_resource_exhausted, "Temporal is overloaded, or a quota of it is used up.") \
  CODE(temporal_runtime, "Temporal's core did not start.")                                  \
  CODE(temporal_unauthenticated, "Temporal does not take our credentials.")                 \
  CODE(temporal_unavailable, "The Temporal server cannot be reached.")                      \
  CODE(temporal_worker, "The worker could not be made.")                                    \
  CODE(worker_drain, "Activities still ran when the worker had to stop.")                   \
  CODE(worker_running, "The worker was started twice.")                                     \
  CODE(workflow_already_running, "A workflow of this id runs, or has run, already.")        \
  CODE(workflow_code_blocks, "Workflow code called the server, which it must not.")         \
  CODE(workflow_task, "A step of a workflow failed in the worker.")
SLUICE_ERROR_CODES(Code, SLUICE_TEMPORAL_CODES)

}  // namespace sluice::temporal
