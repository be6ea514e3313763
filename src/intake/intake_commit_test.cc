// Files and the row that names them: together, or neither. A real store, real files and real
// file workers; commits are made to fail at fault points.
#include "intake/intake_commit.h"

#include <cstdlib>

#include "intake/retention.h"
#include "intake/test_intake.h"
#include "intake/unused_files.h"
#include "metadata/error_codes.h"

namespace sluice::intake {
namespace {

constexpr Micros day_us = 86'400'000'000;

class NewDatasetTest : public IntakeTest {
 protected:
  void TearDown() override {
    ::unsetenv("SLUICE_FAULT");
    IntakeTest::TearDown();
  }
  void fail_once_at(const std::string& point) {
    const std::string action = point + ":fail_once=" + (folder_ / random_hex(4)).string();
    ::setenv("SLUICE_FAULT", action.c_str(), 1);
  }
  std::size_t stored() { return files_->list()->size(); }
  std::size_t wants() { return static_cast<std::size_t>(store_->outbox_depth_and_oldest()->rows); }
};

TEST_F(NewDatasetTest, IsWholeBeforeAnybodyIsWoken) {
  const std::uint64_t profiler = context_.wakes.profiler.count();
  const std::uint64_t dispatcher = context_.wakes.dispatcher.count();
  const Dataset made = small_dataset(tenant_);
  const DatasetVersion version = store_->get_version(made.id, 1).value();
  EXPECT_EQ(version.row_count, 3);
  EXPECT_EQ(version.source_name, "d.csv");
  EXPECT_FALSE(version.source_sha256.empty()) << "a small original's digest is taken at once";
  EXPECT_TRUE(verified_.open({files_->root() / version.file_name, version.sha256, {}}));
  EXPECT_EQ(stored(), 2U) << "data and the original";
  EXPECT_EQ(wants(), 1U);
  EXPECT_NE(context_.wakes.profiler.count(), profiler);
  EXPECT_NE(context_.wakes.dispatcher.count(), dispatcher);
}

TEST_F(NewDatasetTest, WithoutAutomaticSyncNothingIsWanted) {
  Context quiet{.store = *store_,
                .files = *files_,
                .partial_files = *partial_files_,
                .verified = verified_,
                .file_workers = *file_workers_,
                .clock = clock_,
                .options = {.auto_sync = false, .keep_source = false}};
  const metadata::NewDataset dataset = new_dataset(tenant_);
  Source source;
  source.request.source = written("q.csv", "a\n1\n");
  Converted made = convert(quiet, source).value();
  name_files(made, dataset.id + ".parquet");
  ASSERT_TRUE(commit_new(quiet, made, dataset));
  EXPECT_EQ(wants(), 0U);
  EXPECT_EQ(stored(), 1U) << "KEEP_SOURCE=false";
}

TEST_F(NewDatasetTest, RowsThatDoNotFitHaveAFileOfTheirOwn) {
  const metadata::NewDataset dataset = new_dataset(tenant_);
  Converted made = converted("a,b\n1,x\n2,y,z\n3,z\n", dataset.id + ".parquet");
  const Dataset stored_one = commit_new(context_, made, dataset).value();
  EXPECT_EQ(stored_one.current.rows_rejected, 1);
  EXPECT_EQ(stored_one.current.rejects_file, dataset.id + ".rejects.parquet");
  EXPECT_FALSE(stored_one.current.rejects_sha256.empty());
  EXPECT_EQ(stored(), 3U);
}

TEST_F(NewDatasetTest, ARefusedTransactionLeavesNoFile) {
  const Dataset first = small_dataset(tenant_);
  Converted again = converted("a,b\n1,x\n", version_file_name(first.id));
  const Result<Dataset> refused = commit_version(context_, again, first, {}, 7);
  EXPECT_EQ(refused.error().code, "version_replaced");
  EXPECT_EQ(stored(), 2U) << "those of the first version";
  Converted right = converted("a,b\n1,x\n", version_file_name(first.id));
  EXPECT_EQ(commit_version(context_, right, first, {}, 1)->current.version, 2);
  EXPECT_EQ(stored(), 4U);
}

TEST_F(NewDatasetTest, ANameThatIsTakenStaysWhoseItIs) {
  const Dataset first = small_dataset(tenant_);
  Converted other = converted("a\n9\n", first.current.file_name);
  EXPECT_EQ(commit_new(context_, other, new_dataset(tenant_)).error().code, "storage_file_exists");
  EXPECT_TRUE(verified_.open({files_->root() / first.current.file_name, first.current.sha256, {}}));
}

#ifdef SLUICE_FAULT_POINTS
TEST_F(NewDatasetTest, ACommitWhoseAnswerWasLostIsFound) {
  fail_once_at("create_dataset.after_commit");
  const metadata::NewDataset dataset = new_dataset(tenant_);
  Converted made = converted("a,b\n1,x\n", dataset.id + ".parquet");
  const Result<Dataset> found = commit_new(context_, made, dataset);
  EXPECT_EQ(stored(), 2U) << "the files of a dataset that exists";
  ASSERT_TRUE(found) << to_line(found.error());
  EXPECT_EQ(found->id, dataset.id);
  EXPECT_EQ(wants(), 1U);

  fail_once_at("add_version.after_commit");
  Converted next = converted("a,b\n2,y\n", version_file_name(dataset.id));
  const Result<Dataset> second = commit_version(context_, next, *found);
  EXPECT_EQ(stored(), 4U);
  ASSERT_TRUE(second) << to_line(second.error());
  EXPECT_EQ(second->current.version, 2);
}

TEST_F(NewDatasetTest, OneThatDidNotHappenLeavesItsFilesToTheSweeper) {
  fail_once_at("create_dataset.before_commit");
  const metadata::NewDataset dataset = new_dataset(tenant_);
  Converted made = converted("a,b\n1,x\n", dataset.id + ".parquet");
  const Result<Dataset> unknown = commit_new(context_, made, dataset);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, metadata::Code::commit_unknown);
  EXPECT_EQ(stored(), 2U) << "nobody can say yet that they are nobody's";
  ASSERT_TRUE(sweep_unused_files(*store_, *files_, clock_));
  EXPECT_EQ(stored(), 2U);
  clock_.ahead_us = day_us;
  const RetentionSweeper sweeper(context_);
  EXPECT_TRUE(soon([&] { return stored() == 0; })) << "the database did not know them";
}

TEST_F(NewDatasetTest, TheSweeperKeepsFilesThatTheDatabaseKnows) {
  const Dataset made = small_dataset(tenant_);
  context_.undecided.add(made.current.file_name, clock_.now_us());
  context_.undecided.add("00000000-0000-7000-8000-000000000000.parquet", clock_.now_us());
  EXPECT_EQ(context_.undecided.size(), 2U);
  ASSERT_TRUE(context_.undecided.decide(*store_, *files_, clock_.now_us()));
  EXPECT_EQ(context_.undecided.size(), 2U) << "it may still be being committed";
  ASSERT_TRUE(context_.undecided.decide(*store_, *files_, clock_.now_us() + day_us));
  EXPECT_EQ(context_.undecided.size(), 0U);
  EXPECT_EQ(stored(), 2U);
}
#endif

}  // namespace
}  // namespace sluice::intake
