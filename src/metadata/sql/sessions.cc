#include "metadata/sql/sessions.h"

#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <thread>

#include "base/files.h"

namespace sluice::metadata {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite://";
/// Longer than any transaction of ours, even on a slow disk under a full checkpoint.
constexpr int busy_timeout_ms = 10'000;
/// Switching to WAL can meet SQLITE_BUSY without the busy handler being asked, when several start.
constexpr int wal_tries = 200;
constexpr std::chrono::milliseconds wal_pause{50};
/// After a checkpoint the log is cut back to this, so that one big burst does not keep its disk for
/// ever.
constexpr char journal_limit_pragma[] = "PRAGMA journal_size_limit = 67108864";

Error error_from_sqlite(int result, const std::string& message) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, "metadata_locked",
              "The metadata database stayed locked: " + message + ".", "Try again in a moment."};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Errc::unavailable, "metadata_disk",
              "The metadata database cannot be read or written: " + message + ".",
              "Check the disk's free space and the rights on the data folder."};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::data_loss, "metadata_damaged",
              "The metadata database is damaged: " + message + ".",
              "Restore the data folder from a backup."};
    case SQLITE_CONSTRAINT:
      return {Errc::conflict, "metadata_conflict", "The metadata refuse this: " + message + ".",
              ""};
    default:
      return {Errc::internal, "metadata_failed", "The metadata database failed: " + message + ".",
              ""};
  }
}

sqlite_api::sqlite3* handle_of(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

Result<void> pragma(sqlite_api::sqlite3* handle, const char* sql) {
  const int result = sqlite_api::sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) {
    return fail(error_from_sqlite(result, sqlite_api::sqlite3_errmsg(handle)));
  }
  return {};
}

Result<void> use_wal(sqlite_api::sqlite3* handle) {
  for (int i = 1;; ++i) {
    Result<void> done = pragma(handle, "PRAGMA journal_mode = WAL");
    if (done || done.error().code != "metadata_locked" || i == wal_tries) return done;
    std::this_thread::sleep_for(wal_pause);
  }
}

Result<void> create_file(const std::filesystem::path& path) {
  if (path.has_parent_path()) TRY(create_folders(path.parent_path()));
  // mknod makes the file without opening it: to close a descriptor of a database that another
  // thread has open would drop that one's locks (POSIX; sqlite.org/howtocorrupt.html section 2.2).
  if (::mknod(path.c_str(), S_IFREG | 0600, 0) != 0 && errno != EEXIST) {
    return fail(error_from_errno(errno, "Cannot create", path.string()));
  }
  return {};
}

}  // namespace

Error error_from_soci(const soci::soci_error& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return error_from_sqlite(sqlite != nullptr ? sqlite->result() : SQLITE_ERROR,
                           error.get_error_message());
}

Transaction::Transaction(soci::session& session) : session_(session) {
  session_ << "BEGIN IMMEDIATE";
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    session_ << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // SQLite has rolled back by itself (a full disk); there is nothing left to undo.
  }
}

void Transaction::commit() {
  session_ << "COMMIT";
  open_ = false;
}

Lease::~Lease() {
  if (sessions_ != nullptr) sessions_->give_back(std::move(session_));
}

Result<std::unique_ptr<Sessions>> Sessions::open(std::string_view url, StoreOptions options) {
  if (!url.starts_with(sqlite_scheme)) {
    // The URL is not repeated: it may hold a password.
    const std::string scheme(url.substr(0, std::min(url.find(':'), std::size_t{20})));
    return fail(Errc::invalid_argument, "metadata_url",
                "DATABASE_URL has the scheme '" + scheme + "', which this Sluice does not know.",
                "Use sqlite:///absolute/path.");
  }
  const std::string path(url.substr(sqlite_scheme.size()));
  if (path.empty() || path.back() == '/' || path.find('"') != std::string::npos ||
      path.find('\0') != std::string::npos) {
    return fail(Errc::invalid_argument, "metadata_url", "DATABASE_URL names no file.",
                "Use sqlite:///absolute/path, without quotes.");
  }
  TRY(create_file(path));
  return std::unique_ptr<Sessions>(new Sessions(path, options));
}

Result<std::unique_ptr<soci::session>> Sessions::connect() const {
  try {
    auto session = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + path_ + "\"");
    sqlite_api::sqlite3* handle = handle_of(*session);
    sqlite_api::sqlite3_busy_timeout(handle, busy_timeout_ms);
    TRY(use_wal(handle));
    TRY(pragma(handle, "PRAGMA synchronous = FULL"));
    TRY(pragma(handle, "PRAGMA foreign_keys = ON"));
    TRY(pragma(handle, journal_limit_pragma));
    return session;
  } catch (const soci::soci_error& error) {
    return fail(error_from_soci(error));
  }
}

Result<Lease> Sessions::lease() {
  std::unique_lock lock(mutex_);
  const bool free = returned_.wait_for(lock, std::chrono::milliseconds(options_.lease_wait_ms),
                                       [this] { return leased_ < options_.sessions_max; });
  if (!free) {
    return fail(Errc::resource_exhausted, "metadata_pool_exhausted",
                "All " + std::to_string(options_.sessions_max) + " metadata sessions are busy.",
                "Try again in a moment.");
  }
  ++leased_;
  if (!idle_.empty()) {
    std::unique_ptr<soci::session> session = std::move(idle_.back());
    idle_.pop_back();
    return Lease(this, std::move(session));
  }
  lock.unlock();
  Result<std::unique_ptr<soci::session>> session = connect();
  if (!session) {
    give_back(nullptr);
    return fail(std::move(session).error());
  }
  return Lease(this, std::move(*session));
}

void Sessions::give_back(std::unique_ptr<soci::session> session) {
  // One whose ROLLBACK failed would begin no transaction any more.
  if (session != nullptr && sqlite_api::sqlite3_get_autocommit(handle_of(*session)) == 0) {
    session.reset();
  }
  {
    const std::lock_guard lock(mutex_);
    --leased_;
    if (session != nullptr) idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

}  // namespace sluice::metadata
