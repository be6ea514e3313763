#include "base/background_loop.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

/// What the kernel shows of a thread: 15 bytes and a NUL.
constexpr std::size_t thread_name_bytes_max = 15;

void name_thread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, thread_name_bytes_max).c_str());
}

/// What a body threw, or nothing.
template <typename Body>
std::optional<std::string> failure_of(const Body& body) {
  try {
    body();
    return std::nullopt;
  } catch (const std::exception& broken) {
    return broken.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

BackgroundLoop::BackgroundLoop(Options options, Work work)
    : options_(std::move(options)),
      work_(std::move(work)),
      wake_(options_.wake != nullptr ? *options_.wake : own_wake_) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
  }
}

BackgroundLoop::~BackgroundLoop() { stop(); }

void BackgroundLoop::wake() { wake_.notify(); }

void BackgroundLoop::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void BackgroundLoop::run(const std::stop_token& stop) {
  name_thread(options_.name);
  if (options_.on_thread_start) options_.on_thread_start();
  std::string last_failure;
  while (!stop.stop_requested()) {
    const std::uint64_t seen = wake_.count();
    const std::optional<Round> round = attempt(stop, last_failure);
    if (!round) {
      pause_for(options_.pause_after_failure, stop);
      continue;
    }
    if (*round == Round::more) continue;
    if (options_.poll_interval) {
      wake_.wait_for(seen, stop, *options_.poll_interval);
    } else {
      wake_.wait(seen, stop);
    }
  }
}

std::optional<BackgroundLoop::Round> BackgroundLoop::attempt(const std::stop_token& stop,
                                                             std::string& last_failure) {
  std::optional<Round> round;
  const std::optional<std::string> failure = failure_of([&] { round = work_(stop); });
  if (!failure) {
    if (!last_failure.empty()) {
      log::info("background work goes on", {{"loop", options_.name}});
    }
    last_failure.clear();
    return round;
  }
  if (*failure != last_failure) {
    log::error("background work broke; it is tried again",
               {{"loop", options_.name}, {"error", *failure}});
  }
  last_failure = *failure;
  return std::nullopt;
}

std::jthread guarded_thread(std::string name, std::function<void(const std::stop_token&)> body) {
  return std::jthread(
      [name = std::move(name), body = std::move(body)](const std::stop_token& stop) {
        name_thread(name);
        if (const auto failure = failure_of([&] { body(stop); })) {
          log::error("a thread broke", {{"thread", name}, {"error", *failure}});
        }
      });
}

bool pause_for(std::chrono::microseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace sluice
