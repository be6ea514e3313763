#pragma once

#include "app/settings.h"

/// The ways to run, one per subcommand; each returns the process's exit code. 0: ended as asked; 1: could not
/// start, or broke, with one line that says why on standard error.
namespace sluice::app {

int run_serve(const Settings& settings);
int run_api(const Settings& settings);
int run_worker(const Settings& settings);
int run_mcp(const Settings& settings);

}  // namespace sluice::app
