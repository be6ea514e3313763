#include "metadata/sql/sqlite_engine.h"

#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "metadata/error_codes.h"
#include "metadata/sql/statement.h"

namespace sluice::metadata {
namespace {

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
      return {Errc::unavailable, Code::metadata_locked,
              "The metadata database stayed locked: " + message + ".", "Try again in a moment."};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Errc::unavailable, Code::metadata_disk,
              "The metadata database cannot be read or written: " + message + ".",
              "Check the disk's free space and the rights on the data folder."};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::data_loss, Code::metadata_damaged,
              "The metadata database is damaged: " + message + ".",
              "Restore the data folder from a backup."};
    case SQLITE_CONSTRAINT:
      return {Errc::conflict, Code::metadata_conflict, "The metadata refuse this: " + message + ".",
              ""};
    default:
      return {Errc::internal, Code::metadata_failed,
              "The metadata database failed: " + message + ".", ""};
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
    if (done || done.error().code != Code::metadata_locked || i == wal_tries) return done;
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

/// SQLITE_ERROR for what did not come from SQLite.
int result_of(const soci::soci_error& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return sqlite != nullptr ? sqlite->result() : SQLITE_ERROR;
}

}  // namespace

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::create(std::string path) {
  TRY(create_file(path));
  return std::unique_ptr<SqliteEngine>(new SqliteEngine(std::move(path)));
}

Result<std::unique_ptr<soci::session>> SqliteEngine::connect() const {
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
    return fail(classify(error));
  }
}

bool SqliteEngine::is_reusable(soci::session& session) const {
  return sqlite_api::sqlite3_get_autocommit(handle_of(session)) != 0;
}

void SqliteEngine::begin_write(soci::session& session) const { session << "BEGIN IMMEDIATE"; }

std::int64_t SqliteEngine::next_order(soci::session& session) const {
  SqlStatement(session, "UPDATE counters SET value = value + 1 WHERE name = 'outbox'").run();
  std::int64_t order = 0;
  SqlStatement(session, "SELECT value FROM counters WHERE name = 'outbox'").out(order).next();
  return order;
}

Error SqliteEngine::classify(const soci::soci_error& error) const {
  return error_from_sqlite(result_of(error), error.get_error_message());
}

bool SqliteEngine::may_have_committed(const soci::soci_error& error) const {
  return (result_of(error) & 0xff) == SQLITE_IOERR;
}

}  // namespace sluice::metadata
