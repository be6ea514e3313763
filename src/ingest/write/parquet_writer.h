#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "ingest/write/batch_queue.h"
#include "ingest/write/engine.h"

namespace sluice::ingest {

/// Writes the queue's batches, in their order, to a Parquet file (snappy) and gives the number of
/// rows. Where the queue was failed with an error, that error is the answer. Ends only once no
/// producer can be waiting. On error the file may exist: the caller removes it.
Result<std::int64_t> write_parquet(const Engine& engine, BatchQueue& queue, std::size_t columns,
                                   const std::filesystem::path& output);

/// The same while `produce` fills the queue in a thread of its own: its error is the answer, and an
/// exception goes on in the caller.
Result<std::int64_t> write_while(const Engine& engine, BatchQueue& queue, std::size_t columns,
                                 const std::filesystem::path& output,
                                 const std::function<Result<void>()>& produce);

}  // namespace sluice::ingest
