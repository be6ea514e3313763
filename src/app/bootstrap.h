#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/settings.h"
#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::app {

/// Where things lie below DATA_STORAGE_PATH.
struct DataFolder {
  explicit DataFolder(std::filesystem::path root_in) : root(std::move(root_in)) {}
  std::filesystem::path root;
  std::filesystem::path token() const { return root / "token"; }
  std::filesystem::path mcp_api_key() const { return root / "mcp_api_key"; }
  std::filesystem::path secret_key() const { return root / "secret_key"; }
  std::filesystem::path temporal_payload_keys() const { return root / "temporal_payload_keys"; }
  std::filesystem::path temporal_decode_token() const { return root / "temporal_decode_token"; }
  std::filesystem::path datasets() const { return root / "storage" / "datasets"; }
  std::filesystem::path uploads() const { return root / "storage" / "uploads"; }
  std::filesystem::path query_results() const { return root / "storage" / "query_results"; }
  std::filesystem::path remote_queries() const { return root / "storage" / "remote_queries"; }
  std::filesystem::path lakehouse() const { return root / "lakehouse"; }
  std::filesystem::path temporal() const { return root / "temporal"; }
};

/// Makes the folder, mode 0700, and proves that it can be written: one clear error where not.
Result<DataFolder> prepare_data_folder(const Settings& settings);

/// MCP_API_KEY, or the kept one, or a new one that is kept (mode 0600).
Result<std::string> ensure_mcp_api_key(const Settings& settings, const DataFolder& folder);

/// SLUICE_SECRET_KEY, or the kept one, or a new one that is kept (mode 0600).
Result<std::string> ensure_secret_key(const Settings& settings, const DataFolder& folder);

/// TEMPORAL_PAYLOAD_KEYS, or the kept ones, or a new one that is kept (mode 0600).
Result<std::string> ensure_payload_keys(const Settings& settings, const DataFolder& folder);
/// What seals all that we send to Temporal, with those keys.
Result<std::shared_ptr<const temporal::PayloadSealer>> open_payload_sealer(
    const Settings& settings, const DataFolder& folder);
/// What whoever wants payloads decoded must show; made at the first start and kept (mode 0600).
Result<std::string> ensure_decode_token(const DataFolder& folder);

/// How the API and the worker open the metadata: an empty database beside Parquet files is refused,
/// for it cannot be the one that knows them.
metadata::StoreOptions store_options(const DataFolder& folder);

/// Makes the tenant `default`, and sees to it that the token file (mode 0600) holds a token that is
/// valid: true where it made one. The token itself is shown nowhere.
Result<bool> ensure_first_token(metadata::Store& store, const DataFolder& folder);

/// API_TOKEN, or the token file: for the command line.
Result<std::string> find_token(const Settings& settings);

/// TEMPORAL_BINARY, or beside our own program, or `.deps/temporal/temporal`, or on PATH.
Result<std::filesystem::path> find_temporal(const Settings& settings);

/// Our own program, for starting the parts.
std::filesystem::path own_program();

}  // namespace sluice::app
