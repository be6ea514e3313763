#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace sluice::cli {

/// Exit codes of all commands.
inline constexpr int exit_ok = 0;
inline constexpr int exit_refused = 1;      ///< The server refused, or its answer made no sense.
inline constexpr int exit_usage = 2;        ///< Bad arguments, or a file that cannot be read.
inline constexpr int exit_sync_failed = 3;  ///< --wait ended with a sync that is not `synced`.
inline constexpr int exit_unreachable = 4;  ///< No server there.

/// Where to send requests.
struct Connection {
  std::string api_url;
  std::string token;
};

/// Where to write. `json`: exactly one document to `out`. `progress`: `err` is a terminal.
struct Output {
  std::ostream& out;
  std::ostream& err;
  bool json = false;
  bool progress = false;
};

struct UploadOptions {
  std::string path;
  std::string name;  ///< Empty: the file's name without its ending.
  std::string description;
  std::string options;     ///< How to read the file: a JSON object (docs/api.md), or empty.
  std::string dataset_id;  ///< Not empty: a new version of this dataset.
  bool wait = false;       ///< Until the sync has ended.
  /// Of an archive with several tables, a dataset for each, named as it is; with --json an array of
  /// what was answered to those that were taken.
  bool each = false;
};

struct PreviewOptions {
  std::string path;
  std::string options;  ///< As of an upload.
  std::int64_t limit = 20;
};

struct TokenOptions {
  std::string name;
  std::vector<std::string> scopes = {"read", "query"};
  std::int64_t expires_in_days = 0;  ///< 0: it does not end.
};

/// Each blocks until done and gives an exit code; what went wrong is one line on `err`.
int upload(const Connection& connection, const UploadOptions& options, Output& output);
int preview(const Connection& connection, const PreviewOptions& options, Output& output);
int list(const Connection& connection, std::int64_t limit, Output& output);
int status(const Connection& connection, const std::string& id, bool wait, Output& output);
int query(const Connection& connection, const std::string& id, const std::string& sql,
          Output& output);
int sync(const Connection& connection, const std::string& id, bool wait, Output& output);
int remove(const Connection& connection, const std::string& id, bool drop_tables, Output& output);
/// The secret is on `out` alone, this once.
int create_token(const Connection& connection, const TokenOptions& options, Output& output);
int list_tokens(const Connection& connection, Output& output);
int revoke_token(const Connection& connection, const std::string& id, Output& output);

}  // namespace sluice::cli
