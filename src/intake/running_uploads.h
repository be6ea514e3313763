#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "dataset/dataset.h"
#include "ingest/ingest.h"

namespace sluice::intake {

/// An upload that this process is working on: an ordinary one from its first byte to its answer, a
/// resumable one while it is ingested. Any thread may read it.
struct RunningUpload {
  std::string id;  ///< The request's id, or the resumable upload's.
  TenantId tenant;
  Micros created_at_us = 0;
  bool resumable = false;  ///< The metadata store knows the rest of it.
  std::atomic<std::int64_t> bytes_received{0};
  std::atomic<std::int64_t> bytes_total{-1};  ///< -1 until known.
  std::atomic<bool> ingesting{false};
  std::shared_ptr<ingest::IngestProgress> progress = std::make_shared<ingest::IngestProgress>();
  std::stop_source stop;  ///< Ends the ingest.
};

/// The uploads that run in this process. Thread-safe.
class RunningUploads {
 public:
  /// Keeps an upload listed for its own life. The RunningUploads must outlive it.
  class Entry {
   public:
    Entry(Entry&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), upload_(std::move(other.upload_)) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (owner_ != nullptr) owner_->remove(upload_);
    }
    RunningUpload* operator->() const { return upload_.get(); }
    RunningUpload& operator*() const { return *upload_; }

   private:
    friend class RunningUploads;
    Entry(RunningUploads* owner, std::shared_ptr<RunningUpload> upload)
        : owner_(owner), upload_(std::move(upload)) {}
    RunningUploads* owner_;
    std::shared_ptr<RunningUpload> upload_;
  };

  Entry add(std::string id, TenantId tenant, bool resumable, Micros now_us);
  /// Null where nothing of that id and tenant runs. Clients choose request ids, so that several may
  /// share one: the newest.
  std::shared_ptr<RunningUpload> find(const TenantId& tenant, std::string_view id) const;
  /// Newest first.
  std::vector<std::shared_ptr<RunningUpload>> list(const TenantId& tenant) const;

 private:
  void remove(const std::shared_ptr<RunningUpload>& upload);
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<RunningUpload>> uploads_;
};

}  // namespace sluice::intake
