#include "app/bootstrap.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "app/error_codes.h"
#include "auth/token.h"
#include "base/fault_points.h"
#include "base/files.h"
#include "base/ids.h"
#include "storage/dataset_files.h"

namespace sluice::app {

namespace fs = std::filesystem;

namespace {

/// Keys and tokens are short.
constexpr std::size_t secret_bytes_max = 4096;
/// Some hundred deletions; less than one upload.
constexpr std::uint64_t reserve_bytes = 4 << 20;

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

/// What is kept there; else the new one, which is kept then.
Result<std::string> ensure_secret(const fs::path& path, const std::string& fresh) {
  // Parts may start at the same moment: one makes the secret, all read it.
  if (!fs::exists(path)) TRY(create_file_atomic(path, fresh + "\n", 0600));
  TRY_ASSIGN(std::string secret, read_file(path, secret_bytes_max));
  return without_line_end(std::move(secret));
}

bool is_program(const fs::path& path) {
  return fs::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<DataFolder> prepare_data_folder(const Settings& settings) {
  DataFolder folder(settings.data_storage_path);
  TRY(create_folders(folder.root));
  if (::access(folder.root.c_str(), W_OK | X_OK) != 0) {
    return fail(error_from_errno(errno, "Cannot write to", folder.root.string()));
  }
  return folder;
}

Result<std::string> ensure_mcp_api_key(const Settings& settings, const DataFolder& folder) {
  if (!settings.mcp_api_key.empty()) return settings.mcp_api_key;
  return ensure_secret(folder.mcp_api_key(), random_hex(32));
}

Result<std::string> ensure_secret_key(const Settings& settings, const DataFolder& folder) {
  if (!settings.secret_key.empty()) return settings.secret_key;
  return ensure_secret(folder.secret_key(), random_hex(32));
}

Result<std::string> ensure_decode_token(const DataFolder& folder) {
  return ensure_secret(folder.temporal_decode_token(), random_hex(32));
}

Result<std::string> ensure_payload_keys(const Settings& settings, const DataFolder& folder) {
  if (!settings.temporal_payload_keys.empty()) return settings.temporal_payload_keys;
  return ensure_secret(folder.temporal_payload_keys(), temporal::make_payload_key());
}

Result<std::shared_ptr<const temporal::PayloadSealer>> open_payload_sealer(
    const Settings& settings, const DataFolder& folder) {
  TRY_ASSIGN(const std::string text, ensure_payload_keys(settings, folder));
  TRY_ASSIGN(std::vector<temporal::PayloadKey> keys, temporal::parse_payload_keys(text));
  return std::make_shared<const temporal::PayloadSealer>(std::move(keys));
}

metadata::StoreOptions store_options(const DataFolder& folder) {
  metadata::StoreOptions options;
  options.reserve_bytes = reserve_bytes;
  std::error_code absent;
  for (fs::directory_iterator it(folder.datasets(), absent), end; !absent && it != end;
       it.increment(absent)) {
    if (!storage::is_parquet_file_name(it->path().filename().string())) continue;
    options.refuse_new = "It cannot be the one that knows the Parquet files in " +
                         folder.datasets().string() +
                         ": put the right one back from a backup, or, to begin anew, move that "
                         "folder away.";
    break;
  }
  return options;
}

Result<bool> ensure_first_token(metadata::Store& store, const DataFolder& folder) {
  const TenantId tenant{"default"};
  TRY(store.ensure_tenant(tenant, "Default"));
  if (fs::exists(folder.token())) {
    TRY_ASSIGN(std::string kept, read_file(folder.token(), secret_bytes_max));
    TRY_ASSIGN(const std::optional<metadata::KnownToken> known,
               store.find_token(auth::token_sha256(without_line_end(std::move(kept)))));
    if (known && !known->revoked_at_us) return false;
  }
  // The store first: one that it knows and nobody was told of is of no use, but one in the file
  // that the store does not know would be believed.
  const std::string token = auth::make_token();
  TRY(store.add_token({.tenant = tenant,
                       .sha256 = auth::token_sha256(token),
                       .prefix = auth::token_prefix(token),
                       .name = "first token",
                       .permissions = auth::Permissions::all()}));
  FAULT_POINT("bootstrap.token_added");
  TRY(write_file_atomic(folder.token(), token + "\n", 0600));
  return true;
}

Result<std::string> find_token(const Settings& settings) {
  if (!settings.api_token.empty()) return settings.api_token;
  const DataFolder folder(settings.data_storage_path);
  Result<std::string> token = read_file(folder.token(), secret_bytes_max);
  if (!token) {
    return fail(Errc::unauthenticated, Code::no_token,
                "There is no token at " + folder.token().string() + ".",
                "Start the server here first (sluice serve), or set API_TOKEN.");
  }
  return without_line_end(std::move(*token));
}

fs::path own_program() {
  std::error_code code;
  fs::path path = fs::read_symlink("/proc/self/exe", code);
  return code ? fs::path("/proc/self/exe") : path;
}

Result<fs::path> find_temporal(const Settings& settings) {
  const auto missing = [](const std::string& where) {
    return fail(
        Errc::not_found, Code::temporal_missing, "The temporal program is not " + where + ".",
        "Run make deps, or set TEMPORAL_BINARY, or set TEMPORAL_ADDRESS to a server that runs.");
  };
  if (!settings.temporal_binary.empty()) {
    if (!is_program(settings.temporal_binary)) return missing("at " + settings.temporal_binary);
    return fs::path(settings.temporal_binary);
  }
  // Beside the program first; then a checkout's .deps, seen from build/<preset>/… and from its
  // root.
  fs::path folder = own_program().parent_path();
  if (is_program(folder / "temporal")) return folder / "temporal";
  for (; folder != folder.parent_path(); folder = folder.parent_path()) {
    if (is_program(folder / ".deps/temporal/temporal")) return folder / ".deps/temporal/temporal";
  }
  const char* path = std::getenv("PATH");
  std::istringstream entries(path == nullptr ? "" : path);
  for (std::string entry; std::getline(entries, entry, ':');) {
    if (!entry.empty() && is_program(fs::path(entry) / "temporal"))
      return fs::path(entry) / "temporal";
  }
  return missing("beside sluice, in .deps or on PATH");
}

}  // namespace sluice::app
