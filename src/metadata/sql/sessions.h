#pragma once

#include <soci/soci.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metadata/sql/database_engine.h"
#include "metadata/store.h"

namespace sluice::metadata {

/// BEGIN … COMMIT that writes: rolls back unless committed. Throws soci::soci_error.
class Transaction {
 public:
  Transaction(const Engine& engine, soci::session& session);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  soci::session& session_;
  bool open_ = true;
};

class Sessions;

/// A session for one call by one thread; goes back at the end of its life.
class Lease {
 public:
  Lease(Lease&& other) noexcept
      : sessions_(std::exchange(other.sessions_, nullptr)),
        session_(std::move(other.session_)),
        discarded_(other.discarded_) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease();
  soci::session& operator*() { return *session_; }
  /// No one uses the session after this lease: what became of its transaction is not known.
  void discard() { discarded_ = true; }

 private:
  friend class Sessions;
  Lease(Sessions* sessions, std::unique_ptr<soci::session> session)
      : sessions_(sessions), session_(std::move(session)) {}
  Sessions* sessions_;
  std::unique_ptr<soci::session> session_;
  bool discarded_ = false;
};

/// A bounded pool of sessions to one database, opened when first needed. Thread-safe; outlives its
/// leases.
class Sessions {
 public:
  /// Picks the engine that the URL names; opens nothing yet.
  static Result<std::unique_ptr<Sessions>> open(std::string_view url, StoreOptions options);
  Sessions(std::unique_ptr<const Engine> engine, StoreOptions options)
      : engine_(std::move(engine)), options_(std::move(options)) {}
  /// `resource_exhausted` after options.lease_wait_ms without a free one.
  Result<Lease> lease();
  const Engine& engine() const { return *engine_; }

 private:
  friend class Lease;
  Result<std::unique_ptr<soci::session>> connect() const;
  void give_back(std::unique_ptr<soci::session> session);

  const std::unique_ptr<const Engine> engine_;
  const StoreOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<soci::session>> idle_;
  std::size_t leased_ = 0;
};

}  // namespace sluice::metadata
