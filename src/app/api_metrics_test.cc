// Where each figure of /metrics comes from. A real store and idle pools; no server.
#include "app/api_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "metadata/test_store.h"

namespace sluice::app {
namespace {

/// Real sources; the pools have no workers, for none is asked for.
class ApiMetricsTest : public metadata::StoreTest {
 protected:
  void SetUp() override {
    metadata::StoreTest::SetUp();
    files_ = storage::DatasetFiles::open(folder_ / "datasets").value();
    scrubber_.emplace(*store_, *files_, verified_, clock_, intake::ScrubberOptions{});
    query::PoolConfig config;
    config.worker_binary = "/bin/false";
    config.warm = 0;
    queries_ = query::WorkerPool::start(config).value();
    sandbox::ForkServerOptions workers;
    workers.binary = "/bin/false";
    file_workers_ = sandbox::ForkServer::start(workers);
  }
  void TearDown() override {
    file_workers_.reset();
    queries_.reset();
    scrubber_.reset();
    metadata::StoreTest::TearDown();
  }

  /// The value in the line of the text form that begins so; empty: there is none.
  static std::string value_of(const prometheus::Registry& registry, const std::string& name) {
    const std::string text = "\n" + prometheus::TextSerializer().Serialize(registry.Collect());
    const std::size_t at = text.find("\n" + name + " ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  storage::VerifiedFiles verified_;
  std::unique_ptr<storage::DatasetFiles> files_;
  std::optional<intake::Scrubber> scrubber_;
  std::unique_ptr<query::WorkerPool> queries_;
  std::unique_ptr<sandbox::ForkServer> file_workers_;
};

TEST_F(ApiMetricsTest, EachFigureIsAskedOfWhoKnowsIt) {
  prometheus::Registry registry;
  ApiMetrics metrics(registry, {*store_, *queries_, *scrubber_, *file_workers_, clock_});
  metrics.refresh();
  for (const char* name :
       {"datasets_pending_age_seconds", "datasets_outbox_depth", "datasets_damaged_files",
        "query_queued", "query_workers{state=\"idle\"}", "query_workers{state=\"bound\"}",
        "query_workers{state=\"running\"}", "datasets_scrubbed_bytes_total",
        "file_workers_broken_total"}) {
    EXPECT_EQ(value_of(registry, name), "0") << name;
  }

  created("one");
  created("two");
  clock_.advance_us(2'500'000);
  file_workers_->note_broken();
  metrics.refresh();
  metrics.refresh();  // What is counted elsewhere is not counted twice.
  EXPECT_EQ(value_of(registry, "datasets_outbox_depth"), "2");
  EXPECT_EQ(value_of(registry, "datasets_pending_age_seconds"), "2.5");
  EXPECT_EQ(value_of(registry, "file_workers_broken_total"), "1");
}

}  // namespace
}  // namespace sluice::app
