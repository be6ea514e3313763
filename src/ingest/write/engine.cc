#include "ingest/write/engine.h"

#include <utility>

namespace sluice::ingest {

Engine::Engine(duckdb::Settings settings, std::stop_token stop, RoomCheck room)
    : stop_(std::move(stop)),
      room_(std::move(room)),
      session_(std::async(std::launch::async, [settings = std::move(settings)] {
                 return open(settings);
               }).share()) {}

Engine::Engine(duckdb::Connection& open, std::stop_token stop, RoomCheck room)
    : stop_(std::move(stop)), room_(std::move(room)), open_(&open) {}

Result<std::unique_ptr<Engine::Session>> Engine::open(const duckdb::Settings& settings) {
  TRY_ASSIGN(duckdb::Database database, duckdb::Database::open(settings));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  // Instants are printed back in the zone they are checked against.
  TRY(connection.query("SET TimeZone = 'UTC'"));
  return std::make_unique<Session>(Session{std::move(database), std::move(connection)});
}

Result<duckdb::Connection*> Engine::connection() const {
  if (open_ != nullptr) return open_;
  const Result<std::unique_ptr<Session>>& session = session_.get();
  if (!session) return fail(session.error());
  return &(*session)->connection;
}

Result<duckdb::QueryResult> Engine::query(const std::string& sql) const {
  TRY_ASSIGN(duckdb::Connection * connection, this->connection());
  return connection->query(sql, stop_);
}

}  // namespace sluice::ingest
