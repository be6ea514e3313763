#include "intake/upload_ingester.h"

#include <algorithm>
#include <array>

#include "base/error_codes.h"
#include "base/fault_points.h"
#include "base/log.h"
#include "base/retry_policy.h"
#include "intake/error_codes.h"
#include "intake/intake_commit.h"
#include "intake/upload_limits.h"
#include "intake/upload_metadata.h"
#include "metadata/error_codes.h"
#include "storage/error_codes.h"

namespace sluice::intake {
namespace {

using metadata::UploadRecord;
using metadata::UploadState;
using Time = std::chrono::steady_clock;

/// A wake may be lost with the process that was to hear it; this finds what is there all the same.
constexpr std::chrono::seconds poll_interval{2};
/// One that was being ingested when a process died may have been the reason: the server is to be
/// seen serving first, for `serve` ends where a part dies while it starts.
constexpr std::chrono::seconds broken_off_wait{1};
/// After a failure that may pass (a full disk, a locked database); doubles with each attempt.
constexpr RetryPolicy while_it_may_pass{.first_interval = std::chrono::seconds(10),
                                        .max_interval = std::chrono::minutes(5)};

bool is_complete(const Context& context, const UploadRecord& upload) {
  if (upload.state != UploadState::receiving) return true;
  // All bytes came, and the process died before it could say so.
  const Result<std::uint64_t> size = context.partial_files.size(upload.id);
  return !upload.unchecked_from && size && static_cast<std::int64_t>(*size) == upload.bytes_total;
}

void log_failure(const UploadRecord& upload, const char* what, const Error& error) {
  log::error(what, {{"upload_id", upload.id},
                    {"tenant", upload.tenant.value},
                    {"code", error.code.text()},
                    {"error", error.detail}});
}

/// Not what the client sent: somebody who runs Sluice should know of it.
bool is_ours(const Error& error) {
  switch (error.kind) {
    case Errc::internal:
    case Errc::data_loss:
    case Errc::unavailable:
    case Errc::resource_exhausted:
    case Errc::deadline_exceeded:
      return true;
    default:
      return false;
  }
}

/// Nothing of the file: every byte of it was acknowledged, and a disk that is full for an hour must
/// not cost it.
bool is_of_the_machine(const Error& error) {
  using enum metadata::Code;
  constexpr std::array of_the_store{
      commit_unknown,         metadata_columns_damaged, metadata_conflict, metadata_damaged,
      metadata_disk,          metadata_failed,          metadata_locked,   metadata_pool_exhausted,
      metadata_state_damaged, metadata_status_damaged};
  return error.code == BaseCode::disk_full ||
         std::any_of(of_the_store.begin(), of_the_store.end(),
                     [&](metadata::Code code) { return error.code == code; });
}

}  // namespace

UploadIngester::UploadIngester(Context& context, ErrorDocument error_document)
    : context_(context),
      error_document_(std::move(error_document)),
      loop_({.name = "upload-ingester",
             .poll_interval = poll_interval,
             .wake = &context.wakes.upload_ingester,
             .threads = ingest_places.places},
            [this](const std::stop_token& stop) { return ingest_next(stop); }) {}

BackgroundLoop::Round UploadIngester::ingest_next(const std::stop_token& stop) {
  std::optional<Job> job = take();
  if (!job) return BackgroundLoop::Round::idle;
  ingest(stop, *job);
  return BackgroundLoop::Round::more;
}

std::map<std::string, std::vector<UploadRecord>> UploadIngester::due_uploads() {
  std::map<std::string, std::vector<UploadRecord>> due;
  const Result<std::vector<UploadRecord>> uploads = context_.store.unfinished_uploads();
  if (!uploads) log::error("cannot read the uploads", {{"error", to_line(uploads.error())}});
  if (!uploads) return due;
  for (const UploadRecord& upload : *uploads) {
    if (is_due(upload)) due[upload.tenant.value].push_back(upload);
  }
  return due;
}

bool UploadIngester::is_due(const UploadRecord& upload) {
  const auto running = context_.running.find(upload.tenant, upload.id);
  if (running && running->resumable) return false;
  if (upload.state == UploadState::ingesting && Time::now() < started_ + broken_off_wait) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto later = passing_.find(upload.id);
    if (later != passing_.end() && later->second.until > Time::now()) return false;
  }
  return is_complete(context_, upload);
}

std::optional<UploadIngester::Job> UploadIngester::take() {
  const auto due = due_uploads();
  give_up_turns(due);
  for (const auto& [tenant, uploads] : due) {
    FairSlots::Place place = turn_of(tenant);
    if (!place) continue;
    for (const UploadRecord& upload : uploads) {
      std::optional<Job> job = take_up(upload);
      if (!job) continue;
      job->place = std::move(place);
      return job;
    }
  }
  return std::nullopt;
}

/// The place where its turn has come; else it waits for it, and wakes us.
FairSlots::Place UploadIngester::turn_of(const std::string& tenant) {
  {
    const std::lock_guard lock(mutex_);
    const auto waiting = turns_.find(tenant);
    if (waiting != turns_.end()) {
      FairSlots::Place place = waiting->second.take();
      if (place) turns_.erase(waiting);
      return place;
    }
  }
  // Not under the lock: the turn may come at once, and says so.
  std::optional<FairSlots::Ticket> turn =
      context_.ingest_slots.ask(tenant, [this] { context_.wakes.upload_ingester.notify(); });
  if (!turn) return {};
  FairSlots::Place place = turn->take();
  if (place) return place;
  const std::lock_guard lock(mutex_);
  turns_.try_emplace(tenant, std::move(*turn));
  return {};
}

/// Of tenants who want nothing any more.
void UploadIngester::give_up_turns(const std::map<std::string, std::vector<UploadRecord>>& due) {
  std::vector<FairSlots::Ticket> given_up;  // Their ends may give a turn on: not under the lock.
  const std::lock_guard lock(mutex_);
  for (auto turn = turns_.begin(); turn != turns_.end();) {
    if (due.contains(turn->first)) {
      ++turn;
      continue;
    }
    given_up.push_back(std::move(turn->second));
    turn = turns_.erase(turn);
  }
}

std::optional<UploadIngester::Job> UploadIngester::take_up(const UploadRecord& upload) {
  Result<storage::PartialFile> file = context_.partial_files.lock(upload.id);
  if (!file) {
    // Held: by a thread that ingests it, or by a request whose answer is on its way.
    if (file.error().code != storage::Code::upload_locked)
      log_failure(upload, "cannot open", file.error());
    return std::nullopt;
  }
  if (upload.state == UploadState::receiving) {
    Result<void> durable = file->sync();
    if (durable) durable = context_.store.upload_received(upload.id);
    if (!durable) {
      log_failure(upload, "cannot take up an upload", durable.error());
      return std::nullopt;
    }
  }
  Result<UploadRecord> begun = context_.store.upload_ingesting(
      upload.id, context_.clock.now_us() + context_.options.upload_idle_us);
  if (begun) return Job{std::move(*begun), std::move(*file)};
  const ErrorCode& code = begun.error().code;
  if (code == metadata::Code::upload_not_found || code == metadata::Code::upload_settled) {
    if (const Result<void> removed = file->remove(); !removed) {
      log_failure(upload, "cannot remove a partial file", removed.error());
    }
  } else {
    log_failure(upload, "cannot begin to ingest an upload", begun.error());
  }
  return std::nullopt;
}

void UploadIngester::ingest(const std::stop_token& stop, Job& job) {
  const UploadRecord& upload = job.upload;
  const RunningUploads::Entry running =
      context_.running.add(upload.id, upload.tenant, true, upload.created_at_us);
  running->ingesting = true;
  const std::stop_callback forward(stop, [&running] { running->stop.request_stop(); });
  FAULT_POINT("upload.ingesting");
  const auto make = [&]() -> Result<Dataset> {
    if (upload.attempts > upload_attempts_max) {
      return fail(Errc::internal, Code::upload_gave_up,
                  "Ingesting was begun " + std::to_string(upload_attempts_max) +
                      " times (upload_attempts_max) and never came to an end.");
    }
    TRY_ASSIGN(const std::uint64_t size, job.file.size());
    if (static_cast<std::int64_t>(size) != upload.bytes_total) {
      return fail(Errc::data_loss, Code::upload_lost,
                  "Bytes of the upload are missing on our disk.", "Upload the file again.");
    }
    ReceivedUpload received;
    received.record = upload;
    TRY_ASSIGN(received.metadata, parse_upload_metadata(upload.metadata));
    TRY_ASSIGN(received.options, ingest::options_from_json(received.metadata.options));
    received.path = job.file.path();
    received.progress = running->progress;
    received.stop = running->stop.get_token();
    return dataset_from_upload(context_, received);
  };
  Result<Dataset> made = fail(Errc::internal, Code::upload_not_begun, "");
  try {
    made = make();
  } catch (const std::exception& broken) {  // As at a request: it must not take the server along.
    made = fail(Errc::internal, BaseCode::internal_error, broken.what());
  }
  if (!made) return settle(stop, job, made.error());
  log::info("upload ingested", {{"upload_id", upload.id},
                                {"tenant", upload.tenant.value},
                                {"dataset_id", made->id},
                                {"version", std::to_string(made->current.version)}});
  if (const Result<void> removed = job.file.remove(); !removed) {
    log_failure(upload, "cannot remove a partial file", removed.error());
  }
}

void UploadIngester::settle(const std::stop_token& stop, Job& job, const Error& error) {
  const UploadRecord& upload = job.upload;
  Result<void> noted;
  bool keep = false;
  if (error.kind == Errc::cancelled && stop.stop_requested()) {
    keep = true;
    noted = context_.store.upload_postponed(upload.id, false);
  } else if (may_be_tried_again(upload, error)) {
    keep = true;
    noted = context_.store.upload_postponed(upload.id, !is_of_the_machine(error));
    postpone(upload.id);
    log::info("upload postponed", {{"upload_id", upload.id}, {"error", to_line(error)}});
  } else {
    noted = context_.store.upload_failed(upload.id, error_document_(error, upload.id));
    if (is_ours(error)) log_failure(upload, "upload failed", error);
  }
  if (!noted) {
    // What the store does not know, it would have us do again: with the file.
    postpone(upload.id);
    return log_failure(upload, "cannot note an upload's state", noted.error());
  }
  if (keep) {  // Unless it was removed meanwhile: then nobody else would take the file away.
    const Result<UploadRecord> there = context_.store.get_upload(upload.tenant, upload.id);
    if (there || there.error().kind != Errc::not_found) return;
  }
  if (const Result<void> removed = job.file.remove(); !removed) {
    log_failure(upload, "cannot remove a partial file", removed.error());
  }
}

void UploadIngester::postpone(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto now = Time::now();
  std::erase_if(passing_, [&](const auto& entry) {
    return entry.second.until + 2 * while_it_may_pass.max_interval < now;
  });
  Passing& passing = passing_.try_emplace(id, Passing{now, now, 0}).first->second;
  passing.until = now + while_it_may_pass.interval_after(++passing.times);
}

bool UploadIngester::may_be_tried_again(const UploadRecord& upload, const Error& error) {
  if (!is_retryable(error.kind)) return false;
  return is_of_the_machine(error) ? !waited_enough(upload.id)
                                  : upload.attempts < upload_attempts_max;
}

bool UploadIngester::waited_enough(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = passing_.find(id);
  return found != passing_.end() && Time::now() - found->second.since >
                                        std::chrono::microseconds(context_.options.upload_idle_us);
}

}  // namespace sluice::intake
