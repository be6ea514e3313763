#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/accounts.h"
#include "api/context.h"
#include "app/api_metrics.h"
#include "app/bootstrap.h"
#include "app/health.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/files.h"
#include "http/server.h"
#include "intake/context.h"
#include "intake/profiler.h"
#include "intake/retention.h"
#include "intake/scrubber.h"
#include "intake/source_compressor.h"
#include "intake/upload_ingester.h"
#include "lakehouse/remote_tables.h"
#include "query/pool.h"
#include "query/runs/query_runs.h"
#include "sandbox/fork_server.h"
#include "sync/dispatcher.h"
#include "temporal/client.h"
#include "temporal/runtime.h"

namespace sluice::app {

/// Ends the queries that run behind their requests: what they use may go then.
class QueriesEnd {
 public:
  explicit QueriesEnd(query::QueryRuns& runs) : runs_(runs) {}
  QueriesEnd(const QueriesEnd&) = delete;
  QueriesEnd& operator=(const QueriesEnd&) = delete;
  ~QueriesEnd() { runs_.stop(); }

 private:
  query::QueryRuns& runs_;
};

/// All that the API process runs. The members stand in the order in which they are made; each uses
/// only those above it, and they end in reverse: first nobody asks any more, then what works behind
/// requests stops, then what that worked with goes. One in a process and on a data folder.
class ApiServices {
 public:
  /// Starts everything; what was started by then ends where one cannot be. Errors: those of opening
  /// the data folder and its database, of the workers and of listening.
  static Result<std::unique_ptr<ApiServices>> start(const Settings& settings);
  /// Requests are drained for a few seconds, the rest is cut off.
  ~ApiServices();
  ApiServices(const ApiServices&) = delete;
  ApiServices& operator=(const ApiServices&) = delete;

  std::uint16_t port() const { return server_->port(); }
  /// This start made the first token; it lies in the token file.
  bool made_token() const { return made_token_; }
  const DataFolder& folder() const { return *folder_; }

 private:
  explicit ApiServices(const Settings& settings) : settings_(settings) {}
  Result<void> open_storage();
  Result<void> start_workers();
  void make_contexts();
  Result<void> start_dispatching();
  void start_background();
  Result<void> listen();

  const Settings settings_;
  const SystemClock clock_;

  // What is stored.
  std::optional<DataFolder> folder_;
  FileDescriptor lock_;
  std::string mcp_api_key_;
  std::unique_ptr<metadata::Store> store_;
  std::unique_ptr<accounts::Accounts> accounts_;
  bool made_token_ = false;
  std::unique_ptr<storage::DatasetFiles> files_;
  std::unique_ptr<storage::PartialFiles> partial_files_;
  std::shared_ptr<storage::VerifiedFiles> verified_;

  // Who works in processes of their own, and elsewhere.
  std::unique_ptr<sandbox::ForkServer> file_workers_;
  std::unique_ptr<query::WorkerPool> queries_;
  std::unique_ptr<lakehouse::RemoteTables> remote_tables_;
  std::unique_ptr<query::QueryRuns> query_runs_;

  // What handlers, and what works behind them, are given.
  std::unique_ptr<intake::Context> intake_;
  std::unique_ptr<api::Context> context_;

  // What works behind requests.
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::unique_ptr<temporal::Runtime> temporal_runtime_;  ///< With the next two: where sync is on.
  std::unique_ptr<temporal::Client> temporal_client_;
  std::unique_ptr<sync::Dispatcher> dispatcher_;
  std::unique_ptr<intake::RetentionSweeper> sweeper_;
  std::unique_ptr<intake::SourceCompressor> source_compressor_;
  std::unique_ptr<intake::Scrubber> scrubber_;
  std::unique_ptr<intake::Profiler> profiler_;
  std::unique_ptr<intake::UploadIngester> upload_ingester_;
  std::unique_ptr<ApiMetrics> metrics_;
  std::unique_ptr<MetricsRefresher> refresher_;

  // Who asks. Queries behind their requests end first: they use the context, and a warehouse may
  // be working for them.
  std::optional<QueriesEnd> queries_end_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace sluice::app
