#pragma once

#include <string>

#include "app/settings.h"

/// The ways to run, one per subcommand; each returns the process's exit code. 0: ended as asked; 1:
/// could not start, or broke, with one line that says why on standard error.
namespace sluice::app {

int run_serve(const Settings& settings);
int run_api(const Settings& settings);
int run_worker(const Settings& settings);
int run_mcp(const Settings& settings);

/// Prints the history of a dataset's workflow, its payloads opened with the keys that lie here.
int run_workflow(const Settings& settings, const std::string& dataset_id);

struct DatabricksCheckOptions {
  bool json = false;
  bool with_statement = false;
  std::string tenant = "default";
};
/// Prints what a look at the workspace found, of settings that may be refused themselves. Exit code
/// 0 where a first sync would pass, 1 where not.
int run_databricks_check(const Result<Settings>& settings, const DatabricksCheckOptions& options);

struct UserOptions {
  std::string login;
  std::string tenant;  ///< Empty: `default`, or for a list all of them.
  std::string role = "viewer";
  bool json = false;
};
/// People of an install, in its database: for whoever may read the data folder, whether or not the
/// API runs. The password comes from the terminal, or is the first line of standard input; somebody
/// who is known already keeps theirs, and becomes a member with that role.
int run_user_add(const Settings& settings, const UserOptions& options);
/// Of one tenant; of all where it is empty.
int run_user_list(const Settings& settings, const UserOptions& options);
/// From one tenant.
int run_user_remove(const Settings& settings, const UserOptions& options);

/// What `serve` starts instead of Temporal: a process that runs it, where it can in a network of
/// its own, and lets in only who may.
struct TemporalGateOptions {
  std::string program;
  std::string folder;
  std::string namespace_name;
  int port = 0;
  int ui_port = 0;
  AllowedUsers users;
};
int run_temporal_gate(const TemporalGateOptions& options);

}  // namespace sluice::app
