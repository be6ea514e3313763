#pragma once

#include <future>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "duckdb/database.h"
#include "ingest/bytes/disk_budget.h"

namespace sluice::ingest {

/// The engine and session of one job, stopped from outside by the token. It opens in a thread of
/// its own, which takes as long as parsing a small file: whoever needs it first waits for it. Then
/// one thread at a time. Only in a worker, or a test: a process that serves may open none.
class Engine {
 public:
  Engine(duckdb::Settings settings, std::stop_token stop, RoomCheck room = {});
  /// The same with a session that is open already; it must outlive this.
  Engine(duckdb::Connection& open, std::stop_token stop, RoomCheck room = {});

  Result<duckdb::Connection*> connection() const;
  /// `cancelled` where the stop came before or during the statement.
  Result<duckdb::QueryResult> query(const std::string& sql) const;
  bool stopped() const { return stop_.stop_requested(); }
  /// For what the engine writes.
  const RoomCheck& room() const { return room_; }

 private:
  struct Session {
    duckdb::Database database;
    duckdb::Connection connection;
  };
  static Result<std::unique_ptr<Session>> open(const duckdb::Settings& settings);

  std::stop_token stop_;
  RoomCheck room_;
  duckdb::Connection* open_ = nullptr;
  std::shared_future<Result<std::unique_ptr<Session>>> session_;
};

}  // namespace sluice::ingest
