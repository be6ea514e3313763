// For tests only: no product code opens PostgreSQL.
#include "metadata/testing/postgresql_engine.h"

#include <cstdlib>

#include "base/ids.h"
#include "metadata/error_codes.h"

namespace sluice::metadata {
namespace {

constexpr char backend[] = "postgresql";
constexpr std::string_view name_key = " dbname=";

std::string at(const std::string& database) {
  return PostgresqlEngine::server() + std::string(name_key) + database;
}

}  // namespace

std::string PostgresqlEngine::server() {
  const char* connection = std::getenv("SLUICE_TEST_POSTGRESQL");
  return connection == nullptr ? "" : connection;
}

std::string PostgresqlEngine::make_database() {
  const std::string name = "t_" + random_hex(8);
  soci::session admin(backend, at("postgres"));
  admin << "CREATE DATABASE " + name;
  soci::session made(backend, at(name));
  made << "CREATE SEQUENCE outbox_order";
  return at(name);
}

void PostgresqlEngine::drop_database(const std::string& connection) {
  soci::session admin(backend, at("postgres"));
  admin << "DROP DATABASE " + connection.substr(connection.rfind(name_key) + name_key.size());
}

Result<std::unique_ptr<soci::session>> PostgresqlEngine::connect() const {
  try {
    return std::make_unique<soci::session>(backend, connection_);
  } catch (const soci::soci_error& error) {
    return fail(classify(error));
  }
}

bool PostgresqlEngine::is_reusable(soci::session& session) const {
  try {
    session << "ROLLBACK";  // Outside a transaction it does nothing.
    return true;
  } catch (const soci::soci_error&) {
    return false;
  }
}

std::int64_t PostgresqlEngine::next_order(soci::session& session) const {
  long long order = 0;
  session << "SELECT nextval('outbox_order')", soci::into(order);
  return order;
}

Error PostgresqlEngine::classify(const soci::soci_error& error) const {
  // Without SOCI's PostgreSQL header the state is not to be had, only the words.
  const std::string what = error.get_error_message();
  const bool conflict = what.find("violates") != std::string::npos;
  return {conflict ? Errc::conflict : Errc::internal,
          conflict ? Code::metadata_conflict : Code::metadata_failed, what, ""};
}

}  // namespace sluice::metadata
