#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/ingest.h"

// What is said between ingest_job.cc and file_worker.cc, as JSON.

namespace sluice::ingest {

/// An ingest, but for its files.
struct IngestOrder {
  bool records = false;
  std::optional<std::uint64_t> packed_from;
  std::optional<Format> hint;
  IngestOptions options;
  bool is_beginning = false;
  std::optional<std::uint64_t> text_bytes_max;
  bool arriving = false;  ///< Messages of Arrival::State follow.
  std::uint64_t disk_free_bytes_min = 0;
  std::uint64_t memory_bytes = 0;
  int threads = 2;
};

struct ProfileOrder {
  std::vector<Column> columns;
  std::uint64_t memory_bytes = 0;
};

/// The files that an ingest leaves in its folder.
inline constexpr const char* table_file = "table.parquet";
inline constexpr const char* rejects_file = "rejects.parquet";

std::string encode(const IngestOrder& order);
std::string encode(const ProfileOrder& order);
std::string encode(const Arrival::State& state);
std::string encode_progress(std::int64_t bytes_read, std::int64_t rows_read);
std::string encode(const IngestedRecords& done);

// These are read in the worker, from us: they throw where the text is not ours.
bool is_ingest_order(std::string_view text);
IngestOrder decode_ingest_order(std::string_view text);
ProfileOrder decode_profile_order(std::string_view text);
Arrival::State decode_arrival(std::string_view text);

// These are read in the process that serves, from a worker that a file may have taken over.
/// Nothing is changed where the text is no progress.
void decode_progress(std::string_view text, IngestProgress& progress);
/// `file_unreadable` where it is not what an ingest can come to: names, types, plan, arithmetic.
Result<IngestedRecords> decode_ingested(std::string_view text);

}  // namespace sluice::ingest
