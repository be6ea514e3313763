#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace sluice::lakehouse::databricks {

/// For how long each statement keeps a warehouse awake (docs/databricks.md). Two rules share out
/// the time from the submission that wakes it to the moment at which it stops by itself:
///
/// - Each moment in which statements of ours wait or run is shared equally among them.
/// - Idle time is paid by whoever makes it begin anew. The statement that wakes the warehouse pays
///   the whole time until the auto-stop; one that comes within the idle time of another pays what
///   it lengthens that by, which is how long the warehouse was idle before it.
///
/// So the shares of a waking add up to the time awake. Only statements of this process are seen:
/// where others keep the warehouse awake too, the shares say more than it would have slept without
/// us.
///
/// Times are given, so that it needs no clock. Threads: safe for concurrent use.
class AwakeMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A statement under way.
  struct Use {
    double begun_at_share = 0;           ///< Inside: the shared time so far, in nanoseconds.
    std::chrono::nanoseconds idle = {};  ///< The idle time that it pays.
  };

  /// After how long without work the warehouse stops; 0: it never does, or that is not known, and
  /// no idle time is counted.
  void set_auto_stop(std::chrono::nanoseconds after);
  Use begin(Time now);
  /// What the statement pays, its idle time included. Once for each begin().
  std::chrono::nanoseconds end(const Use& use, Time now);

 private:
  void advance(Time now);

  std::mutex mutex_;
  std::chrono::nanoseconds auto_stop_{0};
  std::int64_t under_way_ = 0;
  double share_ns_ = 0;  ///< What one that was under way all the time would have paid for work.
  Time at_ = {};         ///< Of share_ns_.
  std::optional<Time> paid_until_;  ///< While none is under way: when the warehouse stops.
};

/// Syncs that waited for each other, so that one waking of the warehouse carries them all: they
/// share equally the idle time that the first of them to begin would pay. Threads: safe.
class Waking {
 public:
  void add(const std::string& sync);
  /// What that sync pays where it would pay `idle` by itself; its part is added once.
  std::chrono::nanoseconds share(const std::string& sync, std::chrono::nanoseconds idle);

 private:
  std::mutex mutex_;
  std::set<std::string> unpaid_;
  std::int64_t syncs_ = 0;
  std::optional<std::chrono::nanoseconds> idle_;  ///< Of the first that began.
};

}  // namespace sluice::lakehouse::databricks
