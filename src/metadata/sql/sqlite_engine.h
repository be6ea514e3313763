#pragma once

#include <string>

#include "metadata/sql/database_engine.h"

namespace sluice::metadata {

/// SQLite in WAL mode with synchronous=FULL. One transaction writes at a time: BEGIN IMMEDIATE
/// takes the lock, for one that reads first could not wait for it later (SQLITE_BUSY_SNAPSHOT).
class SqliteEngine final : public Engine {
 public:
  /// Creates the file (0600) and its folder where they are missing; opens nothing yet.
  static Result<std::unique_ptr<SqliteEngine>> create(std::string path);

  Result<std::unique_ptr<soci::session>> connect() const override;
  bool is_reusable(soci::session& session) const override;
  void begin_write(soci::session& session) const override;
  std::string_view row_lock() const override { return ""; }
  std::int64_t next_order(soci::session& session) const override;
  Error classify(const soci::soci_error& error) const override;
  /// After an I/O error: the frames of the commit may lie in the log, though nobody sees them until
  /// it is read anew after a crash.
  bool may_have_committed(const soci::soci_error& error) const override;
  std::string file() const override { return path_; }

 private:
  explicit SqliteEngine(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace sluice::metadata
