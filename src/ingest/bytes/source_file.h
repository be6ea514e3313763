#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/files.h"
#include "base/result.h"

namespace sluice::ingest {

/// A file that is still being written by a receiver: how far it has come. Threads: any.
class Arrival {
 public:
  /// So many bytes from the start are in the file.
  void reached(std::uint64_t bytes);
  void complete();
  /// No more will come; readers get `error`.
  void broken(Error error);

  /// How far it has come; `complete`: no more will.
  struct State {
    std::uint64_t bytes = 0;
    bool complete = false;
    bool is_broken = false;
    bool operator==(const State&) const = default;
  };
  State state() const;
  /// Called after each change, by who made it; an empty one ends that. One listener at a time.
  void on_change(std::function<void()> call) const;

  /// Blocks until `bytes` are there or the file is complete. `cancelled` when stopped.
  Result<void> wait_for(std::uint64_t bytes, const std::stop_token& stop) const;

 private:
  void changed();  ///< Under the lock.

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::uint64_t bytes_ = 0;
  bool complete_ = false;
  std::optional<Error> error_;
  mutable std::function<void()> on_change_;
};

/// A source's bytes at any place, from several threads at once; reads wait for what has yet to
/// arrive.
class SourceFile {
 public:
  static Result<SourceFile> open(const std::filesystem::path& path,
                                 std::shared_ptr<const Arrival> arrival = nullptr,
                                 std::stop_token stop = {});

  /// Fills `into` as far as the file goes and gives the number of bytes: less than `size` only at
  /// its end.
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const;

 private:
  SourceFile(FileDescriptor file, std::shared_ptr<const Arrival> arrival, std::stop_token stop)
      : file_(std::move(file)), arrival_(std::move(arrival)), stop_(std::move(stop)) {}

  FileDescriptor file_;
  std::shared_ptr<const Arrival> arrival_;
  std::stop_token stop_;
};

}  // namespace sluice::ingest
