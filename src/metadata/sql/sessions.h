#pragma once

#include <soci/soci.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metadata/store.h"

namespace sluice::metadata {

/// What a SOCI exception means to our callers. Only the engine's own message goes into it: SOCI's
/// text repeats bound values, which may be secrets.
Error error_from_soci(const soci::soci_error& error);

/// BEGIN … COMMIT that writes: rolls back unless committed. IMMEDIATE takes SQLite's write lock at
/// once, since a transaction that reads first cannot wait for it later (SQLITE_BUSY_SNAPSHOT).
/// Throws soci::soci_error.
class Transaction {
 public:
  explicit Transaction(soci::session& session);
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
      : sessions_(std::exchange(other.sessions_, nullptr)), session_(std::move(other.session_)) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease();
  soci::session& operator*() { return *session_; }

 private:
  friend class Sessions;
  Lease(Sessions* sessions, std::unique_ptr<soci::session> session)
      : sessions_(sessions), session_(std::move(session)) {}
  Sessions* sessions_;
  std::unique_ptr<soci::session> session_;
};

/// A bounded pool of sessions to one database, opened when first needed. Thread-safe; outlives its
/// leases.
class Sessions {
 public:
  /// Checks the URL and creates the file (0600) and its folder; opens nothing yet.
  static Result<std::unique_ptr<Sessions>> open(std::string_view url, StoreOptions options);
  /// `resource_exhausted` after options.lease_wait_ms without a free one.
  Result<Lease> lease();
  const std::string& path() const { return path_; }

 private:
  friend class Lease;
  Sessions(std::string path, StoreOptions options) : path_(std::move(path)), options_(options) {}
  Result<std::unique_ptr<soci::session>> connect() const;
  void give_back(std::unique_ptr<soci::session> session);

  const std::string path_;
  const StoreOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<soci::session>> idle_;
  std::size_t leased_ = 0;
};

}  // namespace sluice::metadata
