#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace sluice::http {

/// Threads for what may block: as many as there is work, up to a bound; idle ones end after a
/// while. Who posts has made sure that there is a place for it (FairSlots), so that work waits
/// there, in turn, and not here. Jobs must not throw. Safe for concurrent use.
class Threads {
 public:
  /// `kept` stay when there is nothing to do.
  Threads(std::size_t kept, std::size_t most) : kept_(kept), most_(most) {}
  ~Threads() { join(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  /// False after join(), and where the system gives no thread and there is none yet.
  bool post(std::function<void()> job);
  /// Runs what was posted, then ends the threads.
  void join();

 private:
  using Thread = std::list<std::thread>::iterator;
  bool start_one();
  void work(Thread self);

  const std::size_t kept_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::list<std::thread> running_;
  std::list<std::thread> ended_;  ///< To be joined: by whoever posts next.
  std::size_t idle_ = 0;
  bool is_over_ = false;
};

}  // namespace sluice::http
