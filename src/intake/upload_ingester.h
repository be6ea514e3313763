#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/background_loop.h"
#include "intake/context.h"

namespace sluice::intake {

/// Makes datasets of the resumable uploads whose last byte has come, in the background,
/// as many at a time as `Context::ingest_slots` lets a tenant's through, in fair turn. The metadata
/// store is its queue: what a process that died left behind is found there when the next one
/// starts, and an upload's file is held while it is worked on, so that two processes never ingest
/// the same one. Runs on threads of its own, which its end stops and joins: what they do is taken
/// up by the next process.
class UploadIngester {
 public:
  /// What a client is told of an upload that failed, as it is kept with the upload; `upload_id` is
  /// the upload's. Any thread.
  using ErrorDocument =
      std::function<std::string(const Error& error, const std::string& upload_id)>;

  /// Starts at once, and looks for work when `Wakes::upload_ingester` says so, and now and then.
  /// The context must outlive it.
  UploadIngester(Context& context, ErrorDocument error_document);

 private:
  struct Job {
    metadata::UploadRecord upload;
    storage::PartialFile file;
    FairSlots::Place place = {};
  };
  BackgroundLoop::Round ingest_next(const std::stop_token& stop);
  /// The uploads that wait, by tenant, the oldest first.
  std::map<std::string, std::vector<metadata::UploadRecord>> due_uploads();
  bool is_due(const metadata::UploadRecord& upload);
  std::optional<Job> take();
  FairSlots::Place turn_of(const std::string& tenant);
  void give_up_turns(const std::map<std::string, std::vector<metadata::UploadRecord>>& due);
  std::optional<Job> take_up(const metadata::UploadRecord& upload);
  void ingest(const std::stop_token& stop, Job& job);
  void settle(const std::stop_token& stop, Job& job, const Error& error);
  void postpone(const std::string& id);
  bool may_be_tried_again(const metadata::UploadRecord& upload, const Error& error);
  /// True where it failed for as long as a client may be silent.
  bool waited_enough(const std::string& id);

  Context& context_;
  const ErrorDocument error_document_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  /// Of tenants who have something due, one each.
  std::map<std::string, FairSlots::Ticket> turns_;
  struct Passing {
    std::chrono::steady_clock::time_point since;
    std::chrono::steady_clock::time_point until;
    int times = 0;
  };
  /// Those that failed in a way that may pass.
  std::map<std::string, Passing> passing_;
  BackgroundLoop loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
