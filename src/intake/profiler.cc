#include "intake/profiler.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "base/fault_points.h"
#include "base/files.h"
#include "base/log.h"
#include "ingest/ingest_job.h"
#include "intake/error_codes.h"
#include "sandbox/error_codes.h"

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
                   {"code", error.code.text()},
                   {"error", to_line(error)}});
}

}  // namespace

Profiler::Profiler(Context& context)
    : context_(context),
      loop_({.name = "profiler",
             .poll_interval = poll_interval,
             .wake = &context.wakes.profiler,
             .threads = profile_places.places},
            [this](const std::stop_token& stop) { return profile_next(stop); }) {}

Result<std::vector<UnprofiledVersion>> Profiler::due_in_turn() {
  TRY_ASSIGN(std::vector<UnprofiledVersion> due,
             context_.store.due_profiles(context_.clock.now_us()));
  std::map<std::string, std::uint64_t> served;
  for (const UnprofiledVersion& each : due) {
    const auto before = served_.find(each.tenant.value);
    served[each.tenant.value] = before == served_.end() ? 0 : before->second;
  }
  std::stable_sort(due.begin(), due.end(),
                   [&](const UnprofiledVersion& a, const UnprofiledVersion& b) {
                     return served[a.tenant.value] < served[b.tenant.value];
                   });
  served_ = std::move(served);  // Who wants nothing any more is forgotten.
  return due;
}

std::optional<Profiler::Job> Profiler::take() {
  const std::lock_guard lock(taking_);
  const auto away = [this](const Error& error) {
    if (!store_away_) log::error("cannot profile versions", {{"error", to_line(error)}});
    store_away_ = true;
    return std::nullopt;
  };
  Result<std::vector<UnprofiledVersion>> due = due_in_turn();
  if (!due) return away(due.error());
  for (UnprofiledVersion& todo : *due) {
    FairSlots::Place place = places_.try_take(todo.tenant.value);
    if (!place) continue;
    const Result<void> begun = context_.store.profiling_began(
        todo.dataset_id, todo.version.version, context_.clock.now_us() + next_attempt_after_us);
    if (!begun) return away(begun.error());
    served_[todo.tenant.value] = ++count_;
    store_away_ = false;
    return Job{std::move(todo), std::move(place)};
  }
  store_away_ = false;
  return std::nullopt;
}

BackgroundLoop::Round Profiler::profile_next(const std::stop_token& stop) {
  const std::optional<Job> job = take();
  if (!job) return BackgroundLoop::Round::idle;
  const UnprofiledVersion& todo = job->todo;
  FAULT_POINT("profiler.began");
  Result<void> done;
  try {
    done = profile(todo, stop);
  } catch (const std::exception& broken) {  // As at a request: it must not take the server along.
    done = fail(Errc::internal, BaseCode::internal_error, broken.what());
  }
  if (done) return BackgroundLoop::Round::more;
  if (!stop.stop_requested()) {
    log_about(todo, "a profile cannot be made yet", done.error());
    return BackgroundLoop::Round::more;
  }
  const Result<void> stopped =
      context_.store.profiling_stopped(todo.dataset_id, todo.version.version);
  if (!stopped) log_about(todo, "a profile waits longer than it must", stopped.error());
  return BackgroundLoop::Round::idle;
}

Result<void> Profiler::profile(const UnprofiledVersion& todo, const std::stop_token& stop) {
  std::string made;
  if (todo.attempts < profile_attempts_max) {
    Result<std::string> profile = make(todo, stop);
    // What the file itself does to its reader it does again.
    if (!profile && profile.error().code != sandbox::Code::file_unreadable)
      return fail(profile.error());
    if (!profile) log_about(todo, "a version goes without a profile", profile.error());
    made = profile.value_or("");
  } else {
    log_about(todo, "a version goes without a profile",
              {Errc::internal, Code::profile_gave_up, "profile_attempts_max was reached.", {}});
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
