#pragma once

#include "base/error_code.h"

namespace sluice::duckdb {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_DUCKDB_CODES(CODE)                                                          \
  CODE(duckdb_append, "The engine did not take a row.")                                    \
  CODE(duckdb_arrow, "The engine did not take a batch of rows.")                           \
  CODE(duckdb_connect, "The engine did not open a session.")                               \
  CODE(duckdb_data, "The engine met a value that it cannot work with.")                    \
  CODE(duckdb_error, "The engine failed for a reason that has no code of its own.")        \
  CODE(duckdb_interrupt, "The engine's work was stopped.")                                 \
  CODE(duckdb_io, "The engine could not read or write a file.")                            \
  CODE(duckdb_no_row, "A statement of Sluice's own gave no row.")                          \
  CODE(duckdb_not_here,                                                                    \
       "An engine was to be opened in a process that serves tenants, which is forbidden.") \
  CODE(duckdb_open, "The engine did not open.")                                            \
  CODE(duckdb_out_of_memory, "The work needs more memory than it may take.")               \
  CODE(duckdb_setting, "The engine does not take a setting that Sluice gives it.")         \
  CODE(duckdb_sql, "The engine does not take a statement.")
SLUICE_ERROR_CODES(Code, SLUICE_DUCKDB_CODES)

}  // namespace sluice::duckdb
