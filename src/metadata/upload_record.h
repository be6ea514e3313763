#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "dataset/dataset.h"

namespace sluice::metadata {

enum class UploadState {
  receiving,  ///< Bytes are still to come.
  waiting,    ///< All are there; it is to be ingested.
  ingesting,  ///< A process has begun to ingest it, and may have died since.
  done,       ///< The dataset, or its new version, is there.
  failed,     ///< `error_json` says why; nothing became visible.
};
std::string_view name_of(UploadState state);
std::optional<UploadState> parse_upload_state(std::string_view text);

/// A resumable upload as the store has it; a value. How many bytes have arrived, the size of its
/// partial file says.
struct UploadRecord {
  std::string id;  ///< UUIDv7.
  TenantId tenant;
  UploadState state = UploadState::receiving;
  std::int64_t bytes_total = 0;
  /// While a chunk with a checksum arrives: where it began. What lies behind does not count.
  std::optional<std::int64_t> unchecked_from;
  std::string metadata;       ///< What the client said of it, in the client's form; opaque here.
  std::string dataset_id;     ///< Of the dataset to make, chosen beforehand, or the one to renew.
  bool is_version = false;    ///< A new version of `dataset_id`.
  std::string file_name;      ///< Of the Parquet file to make: chosen beforehand as well.
  std::int64_t attempts = 0;  ///< Times that ingesting it was begun.
  std::string error_json;     ///< Of a failed one; opaque here.
  Micros created_at_us = 0;
  Micros expires_at_us = 0;  ///< It may be removed then, unless it is being ingested.
};

}  // namespace sluice::metadata
