#pragma once

#include <string>

#include "metadata/sql/database_engine.h"

namespace sluice::metadata {

/// PostgreSQL as far as the tests need it, to run the store's own statements on a database where
/// many write at once. SOCI loads its backend when it is first asked for, so nothing links it.
class PostgresqlEngine final : public Engine {
 public:
  /// `connection` as libpq takes it; `row_lock` is empty in tests of what goes wrong without.
  explicit PostgresqlEngine(std::string connection, std::string row_lock = " FOR UPDATE")
      : connection_(std::move(connection)), row_lock_(std::move(row_lock)) {}

  /// Where tools/postgresql has started one; empty elsewhere.
  static std::string server();
  /// A new database on that server: how to connect to it.
  static std::string make_database();
  static void drop_database(const std::string& connection);

  Result<std::unique_ptr<soci::session>> connect() const override;
  bool is_reusable(soci::session& session) const override;
  void begin_write(soci::session& session) const override { session << "BEGIN"; }
  std::string_view row_lock() const override { return row_lock_; }
  /// A sequence and not the counter's row, on which all tenants' writes would wait for one another.
  std::int64_t next_order(soci::session& session) const override;
  Error classify(const soci::soci_error& error) const override;
  bool may_have_committed(const soci::soci_error&) const override { return false; }

 private:
  const std::string connection_;
  const std::string row_lock_;
};

}  // namespace sluice::metadata
