// The command line: picks a way to run (mains.h), or a command of cli/. Workers begin here too,
// before anything else is made.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/bootstrap.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "app/settings.h"
#include "base/files.h"
#include "cli/commands.h"
#include "ingest/worker/file_worker.h"
#include "query/worker/worker_main.h"

namespace sluice::app {
namespace {

/// What the command line says; a flag wins over the environment of the same meaning.
struct Arguments {
  std::string data_storage_path;
  std::string api_url;
  bool json = false;
  bool no_env_file = false;
  cli::UploadOptions upload;
  cli::PreviewOptions preview;
  std::int64_t limit = 50;
  std::string id;
  std::string sql;
  bool wait = false;
  bool drop_tables = false;
  DatabricksCheckOptions databricks_check;
  UserOptions user;
  cli::TokenOptions token;
};

Result<Settings> resolve(const Arguments& arguments) {
  std::map<std::string, std::string> file;
  if (!arguments.no_env_file && std::filesystem::exists(".env")) {
    TRY_ASSIGN(const std::string text, read_file(".env", 1 << 20));
    TRY_ASSIGN(file, parse_env_file(text));
  }
  const Lookup environment = process_environment();
  return load_settings(
      [&](const std::string& name) -> std::optional<std::string> {
        if (name == "DATA_STORAGE_PATH" && !arguments.data_storage_path.empty()) {
          return arguments.data_storage_path;
        }
        if (name == "API_URL" && !arguments.api_url.empty()) return arguments.api_url;
        return environment(name);
      },
      file);
}

using Part = int (*)(const Settings&);
using Command = std::function<int(const cli::Connection&, cli::Output&)>;

int run_part(const Arguments& arguments, const char* name, Part part) {
  const Result<Settings> settings = resolve(arguments);
  if (!settings) return refuse_start(name, settings.error());
  // What the parts make is for their user alone; a folder that was there keeps its mode.
  ::umask(077);
  block_ending_signals();
  raise_descriptor_limit();
  return part(*settings);
}

int run_command(const Arguments& arguments, const Command& command) {
  const Result<Settings> settings = resolve(arguments);
  if (!settings) return refuse_start("", settings.error());
  const Result<std::string> token = find_token(*settings);
  if (!token) return refuse_start("", token.error());
  cli::Output output{std::cout, std::cerr, arguments.json, ::isatty(STDERR_FILENO) == 1};
  return command({settings->api_url, *token}, output);
}

/// `sluice temporal-gate PROGRAM FOLDER NAMESPACE PORT UI_PORT USERS`, as serve_main.cc writes it;
/// not for people.
int guard_temporal(const std::vector<std::string>& argv) {
  const Result<AllowedUsers> users = parse_users(argv[7], "TEMPORAL_USERS");
  if (!users) return refuse_start("temporal-gate", users.error());
  ::umask(077);
  block_ending_signals();
  return run_temporal_gate(
      {argv[2], argv[3], argv[4], std::stoi(argv[5]), std::stoi(argv[6]), *users});
}

/// The subcommands, and what the one that was called ended with.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "sluice 0.1.0");
    app_.add_option("--data-storage-path", arguments_.data_storage_path,
                    "Instead of DATA_STORAGE_PATH");
    app_.add_flag("--no-env-file", arguments_.no_env_file, "Settings from the environment alone");
    add_part("serve", "Everything on one machine: Temporal, MCP server, API, worker", run_serve);
    add_part("api", "The REST API alone", run_api);
    add_part("worker", "The sync worker alone", run_worker);
    add_part("mcp", "The MCP server alone", run_mcp);
    add_workflow();
    add_databricks();
    add_user();
    add_upload();
    add_preview();
    add_commands();
    add_token();
  }

  int run(int argc, char** argv) {
    CLI11_PARSE(app_, argc, argv);
    return code_;
  }

 private:
  void add_part(const char* name, const char* help, Part part) {
    CLI::App* sub = app_.add_subcommand(name, help);
    sub->fallthrough();
    sub->callback([this, name, part] { code_ = run_part(arguments_, name, part); });
  }

  CLI::App* add_command(const char* name, const char* help, Command command) {
    return add_command(app_, name, help, std::move(command));
  }
  CLI::App* add_command(CLI::App& parent, const char* name, const char* help, Command command) {
    CLI::App* sub = parent.add_subcommand(name, help);
    sub->fallthrough();
    sub->add_flag("--json", arguments_.json, "One JSON document on standard output");
    sub->add_option("--api-url", arguments_.api_url, "Instead of API_URL");
    sub->callback(
        [this, command = std::move(command)] { code_ = run_command(arguments_, command); });
    return sub;
  }

  void add_workflow() {
    CLI::App* workflow =
        app_.add_subcommand("workflow", "The history of a dataset's sync at Temporal, opened");
    workflow->fallthrough();
    workflow->add_option("id", arguments_.id, "The dataset's id")->required();
    workflow->callback([this] {
      const Result<Settings> settings = resolve(arguments_);
      code_ = settings ? run_workflow(*settings, arguments_.id)
                       : refuse_start("workflow", settings.error());
    });
  }

  void add_databricks() {
    CLI::App* databricks = app_.add_subcommand("databricks", "The workspace of DATABRICKS_HOST");
    databricks->require_subcommand(1);
    databricks->fallthrough();
    CLI::App* check = databricks->add_subcommand(
        "check", "Would a first sync pass there, and what is to be done? Wakes no warehouse");
    check->fallthrough();
    DatabricksCheckOptions& options = arguments_.databricks_check;
    check->add_flag("--json", options.json, "One JSON document on standard output");
    check->add_flag("--statement", options.with_statement,
                    "Send one SELECT 1 as well, which wakes the warehouse");
    check->add_option("--tenant", options.tenant, "Whose catalog to look for");
    check->callback(
        [this] { code_ = run_databricks_check(resolve(arguments_), arguments_.databricks_check); });
  }

  void add_user() {
    CLI::App* user = app_.add_subcommand("user", "People of this install: in its database");
    user->require_subcommand(1);
    user->fallthrough();
    UserOptions& options = arguments_.user;
    const auto add_way = [&](const char* name, const char* help,
                             int (*way)(const Settings&, const UserOptions&)) {
      CLI::App* sub = user->add_subcommand(name, help);
      sub->fallthrough();
      sub->add_flag("--json", options.json, "One JSON document on standard output");
      sub->callback([this, way] {
        const Result<Settings> settings = resolve(arguments_);
        if (!settings) {
          code_ = refuse_start("user", settings.error());
          return;
        }
        ::umask(077);
        code_ = way(*settings, arguments_.user);
      });
      return sub;
    };
    CLI::App* add = add_way("add",
                            "Add somebody, or give them a role in one more tenant; asks for "
                            "the password, or reads a line of standard input",
                            run_user_add);
    CLI::App* list = add_way("list", "Who is there", run_user_list);
    CLI::App* remove = add_way("remove", "Take somebody out of a tenant", run_user_remove);
    for (CLI::App* sub : {add, remove}) {
      sub->add_option("name", options.login, "An e-mail address, or a name")->required();
      sub->add_option("--tenant", options.tenant, "Of which tenant; `default` without it");
    }
    list->add_option("--tenant", options.tenant, "Of this tenant alone")->default_str("");
    add->add_option("--role", options.role, "viewer, editor or owner")
        ->check(CLI::IsMember({"viewer", "editor", "owner"}));
  }

  void add_token() {
    CLI::App* token = app_.add_subcommand("token", "API tokens of the tenant");
    token->require_subcommand(1);
    token->fallthrough();
    CLI::App* create =
        add_command(*token, "create", "Make one; its secret is printed this once",
                    [this](auto& c, auto& o) { return cli::create_token(c, arguments_.token, o); });
    create->add_option("name", arguments_.token.name, "What it is for")->required();
    create
        ->add_option("--scope", arguments_.token.scopes,
                     "read, query, write, admin; several times, or by commas. Else read and query")
        ->delimiter(',')
        ->check(CLI::IsMember({"read", "query", "write", "admin"}));
    create
        ->add_option("--expires-in-days", arguments_.token.expires_in_days,
                     "It ends after so many days")
        ->check(CLI::Range(1, 3'650));
    add_command(*token, "list", "Those that there are",
                [](auto& c, auto& o) { return cli::list_tokens(c, o); });
    CLI::App* revoke =
        add_command(*token, "revoke", "Nobody takes it any more",
                    [this](auto& c, auto& o) { return cli::revoke_token(c, arguments_.id, o); });
    revoke->add_option("id", arguments_.id, "The token's id")->required();
  }

  void add_upload() {
    CLI::App* upload =
        add_command("upload", "Send a file: CSV, Excel, JSON, Parquet", [this](auto& c, auto& o) {
          arguments_.upload.wait = arguments_.wait;
          return cli::upload(c, arguments_.upload, o);
        });
    upload->add_option("file", arguments_.upload.path, "The file")->required();
    upload->add_option("--name", arguments_.upload.name,
                       "The dataset's name; the file's name without it");
    upload->add_option("--description", arguments_.upload.description, "What it is");
    upload->add_option("--options", arguments_.upload.options,
                       "How to read the file, as JSON: '{\"delimiter\": \";\"}'");
    CLI::Option* dataset = upload->add_option("--dataset", arguments_.upload.dataset_id,
                                              "A new version of this dataset");
    upload
        ->add_flag("--each", arguments_.upload.each,
                   "Of an archive with several tables, a dataset for each")
        ->excludes(dataset);
    upload->add_flag("--wait", arguments_.wait, "Wait until the sync has ended");
  }

  void add_preview() {
    CLI::App* preview =
        add_command("preview", "What a file would become, without storing it",
                    [this](auto& c, auto& o) { return cli::preview(c, arguments_.preview, o); });
    preview->add_option("file", arguments_.preview.path, "The file")->required();
    preview->add_option("--options", arguments_.preview.options,
                        "How to read the file, as JSON: '{\"delimiter\": \";\"}'");
    preview->add_option("--limit", arguments_.preview.limit, "At most so many rows")
        ->check(CLI::Range(1, 200));
  }

  void add_commands() {
    CLI::App* list = add_command("ls", "List the datasets", [this](auto& c, auto& o) {
      return cli::list(c, arguments_.limit, o);
    });
    list->add_option("--limit", arguments_.limit, "At most so many")->check(CLI::Range(1, 500));
    CLI::App* status = add_command(
        "status", "How a dataset's sync stands",
        [this](auto& c, auto& o) { return cli::status(c, arguments_.id, arguments_.wait, o); });
    CLI::App* query = add_command(
        "query", "SQL over `dataset` and `dataset_clean`",
        [this](auto& c, auto& o) { return cli::query(c, arguments_.id, arguments_.sql, o); });
    CLI::App* sync = add_command("sync", "Sync a dataset by hand", [this](auto& c, auto& o) {
      return cli::sync(c, arguments_.id, arguments_.wait, o);
    });
    CLI::App* remove = add_command("rm", "Delete a dataset", [this](auto& c, auto& o) {
      return cli::remove(c, arguments_.id, arguments_.drop_tables, o);
    });
    for (CLI::App* sub : {status, query, sync, remove}) {
      sub->add_option("id", arguments_.id, "The dataset's id")->required();
    }
    for (CLI::App* sub : {status, sync}) {
      sub->add_flag("--wait", arguments_.wait, "Wait until the sync has ended");
    }
    query->add_option("sql", arguments_.sql, "One SELECT")->required();
    remove->add_flag("--drop-tables", arguments_.drop_tables, "Drop its lakehouse tables as well");
  }

  CLI::App app_{"Takes a file, answers SQL on it at once, and carries it into a lakehouse.",
                "sluice"};
  Arguments arguments_;
  int code_ = 0;
};

}  // namespace
}  // namespace sluice::app

int main(int argc, char** argv) {
  // Before anything else: a worker locks itself in and must not have opened or started anything.
  if (argc == 2 && std::string_view(argv[1]) == "query-worker") {
    return sluice::query::query_worker_main();
  }
  if (argc == 2 && std::string_view(argv[1]) == "file-worker") {
    return sluice::ingest::file_worker_main();
  }
  try {
    if (argc == 8 && std::string_view(argv[1]) == "temporal-gate") {
      return sluice::app::guard_temporal({argv, argv + argc});
    }
    return sluice::app::CommandLine().run(argc, argv);
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "sluice: %s\n", broken.what());
    return 1;
  }
}
