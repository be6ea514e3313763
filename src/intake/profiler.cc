#include "intake/profiler.h"

#include <chrono>
#include <exception>

#include "base/fault.h"
#include "base/files.h"
#include "base/log.h"
#include "ingest/ingest_job.h"

namespace sluice::intake {
namespace {

using metadata::UnprofiledVersion;

/// What another process committed, and what waits for its next try, is found by asking.
constexpr std::chrono::seconds poll_interval{1};
/// An attempt that has not come back by then died with its process, or is tried again.
constexpr Micros next_attempt_after_us = 5'000'000;

void log_about(const UnprofiledVersion& todo, const char* what, const Error& error) {
  log::warn(what, {{"tenant", todo.tenant.value},
                   {"dataset_id", todo.dataset_id},
                   {"version", std::to_string(todo.version.version)},
                   {"code", error.code},
                   {"error", to_line(error)}});
}

}  // namespace

Profiler::Profiler(Context& context)
    : context_(context), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Profiler::~Profiler() { thread_.request_stop(); }

void Profiler::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t seen = context_.wakes.profiler.count();
    if (profile_next(stop)) continue;
    context_.wakes.profiler.wait_for(seen, stop, poll_interval);
  }
}

bool Profiler::profile_next(const std::stop_token& stop) {
  const auto next = context_.store.next_unprofiled(context_.clock.now_us());
  Result<void> begun;
  if (next && *next) {
    begun = context_.store.profiling_began((*next)->dataset_id, (*next)->version.version,
                                           context_.clock.now_us() + next_attempt_after_us);
  }
  if (!next || !begun) {
    const Error& error = next ? begun.error() : next.error();
    if (!store_away_) log::error("cannot profile versions", {{"error", to_line(error)}});
    store_away_ = true;
    return false;
  }
  store_away_ = false;
  if (!*next) return false;

  const UnprofiledVersion& todo = **next;
  FAULT_POINT("profiler.began");
  Result<void> done;
  try {
    done = profile(todo, stop);
  } catch (const std::exception& broken) {  // As at a request: it must not take the server along.
    done = fail(Errc::internal, "internal_error", broken.what());
  }
  if (done) return true;
  if (!stop.stop_requested()) {
    log_about(todo, "a profile cannot be made yet", done.error());
    return true;
  }
  const Result<void> stopped =
      context_.store.profiling_stopped(todo.dataset_id, todo.version.version);
  if (!stopped) log_about(todo, "a profile waits longer than it must", stopped.error());
  return false;
}

Result<void> Profiler::profile(const UnprofiledVersion& todo, const std::stop_token& stop) {
  std::string made;
  if (todo.attempts < profile_attempts_max) {
    Result<std::string> profile = make(todo, stop);
    // What the file itself does to its reader it does again.
    if (!profile && profile.error().code != "file_unreadable") return fail(profile.error());
    if (!profile) log_about(todo, "a version goes without a profile", profile.error());
    made = profile.value_or("");
  } else {
    log_about(todo, "a version goes without a profile",
              {Errc::internal, "profile_gave_up", "profile_attempts_max was reached.", {}});
  }
  FAULT_POINT("profiler.made");
  TRY_ASSIGN(const bool changed,
             context_.store.save_profile(todo.dataset_id, todo.version.version, made));
  if (changed) context_.wakes.dispatcher.notify();
  return {};
}

Result<std::string> Profiler::make(const UnprofiledVersion& todo, const std::stop_token& stop) {
  TRY_ASSIGN(FileDescriptor parquet, context_.files.open_for_reading(todo.version.file_name));
  TRY(context_.verified.verify(
      parquet, {context_.files.root() / todo.version.file_name, todo.version.sha256, {}},
      {.stop = stop}));
  return ingest::profile_in_worker(context_.file_workers, std::move(parquet),
                                   context_.files.temporary_folder(), todo.version.columns, stop);
}

}  // namespace sluice::intake
