#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "ingest/bytes/source_file.h"
#include "intake/conversion.h"

namespace sluice::intake {

/// The conversion of a large upload while it is still arriving, so that a CSV is Parquet soon after
/// its last byte. Holds an ingest place: given up where the client is slow, since others wait for
/// it. It converts on a thread of its own, which reads what the receiver has written so far; all
/// members but `stop` are for the thread that receives. The context must outlive it.
class EagerConversion {
 public:
  /// Null where it is not worth it, or where fewer than two ingest places are free: a slow client
  /// may hold its place long, and others must not wait for that.
  static std::unique_ptr<EagerConversion> begin(Context& context, Source source,
                                                const TenantId& tenant,
                                                std::uint64_t announced_bytes);
  /// Stops the conversion and waits until it has ended; what it made is removed.
  ~EagerConversion();
  EagerConversion(const EagerConversion&) = delete;
  EagerConversion& operator=(const EagerConversion&) = delete;

  /// So many bytes are in the file. Where they came too slowly it abandons the conversion.
  void reached(std::uint64_t bytes);
  /// What it makes is of no use: the options came too late, say. Stops it, blocks until it has
  /// ended (about a second), and gives the place back. The bytes must still be received.
  void abandon();
  /// Ends `finish` soon, with `cancelled`. Any thread.
  void stop() { stop_.request_stop(); }
  /// All bytes came: blocks until the conversion has ended, gives the place back, and throws what
  /// it threw. To be called once. Empty where it was abandoned: to be converted in turn.
  std::optional<Result<Converted>> finish();

 private:
  EagerConversion(Context& context, Source source, FairSlots::Place place);

  std::shared_ptr<ingest::Arrival> arrival_;
  std::stop_source stop_;
  FairSlots::Place place_;
  bool abandoned_ = false;
  std::uint64_t step_from_ = 0;
  std::chrono::steady_clock::time_point step_began_;
  std::optional<Result<Converted>> result_;  ///< Written by the thread, read after it ended.
  std::atomic<bool> done_ = false;
  std::exception_ptr thrown_;
  std::jthread thread_;  ///< Last: joined before what it writes to goes.
};

}  // namespace sluice::intake
