#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/retry_policy.h"
#include "cli/api_client.h"

namespace sluice::cli {

/// Above this a file is sent so that it can be resumed: below, sending it again costs less than the
/// requests do.
inline constexpr std::uint64_t resumable_bytes_min = 64ULL << 20;

/// How a lost connection is waited for. The deadline is for what was waited without a byte more
/// there.
inline constexpr RetryPolicy default_patience{.first_interval = std::chrono::milliseconds(500),
                                              .max_interval = std::chrono::milliseconds(30'000),
                                              .deadline = std::chrono::milliseconds(600'000)};

/// What to tell while it goes: bytes that the server has, or has ingested, of all; and what it
/// waits for.
struct Watcher {
  std::function<void(const char* doing, std::uint64_t done, std::uint64_t total)> on_progress;
  std::function<void(const Error& error, std::chrono::milliseconds pause)> on_lost;
};

/// Sends the file by tus 1.0.0, going on where it was after a lost connection or a server that was
/// started again, and waits until it is ingested. Gives the dataset. Errors: those of the server,
/// also of the ingest; `unavailable` when patience ends.
Result<Answer> upload_resumable(ApiClient& api, const UploadOptions& options,
                                const Watcher& watcher,
                                const RetryPolicy& patience = default_patience);

}  // namespace sluice::cli
