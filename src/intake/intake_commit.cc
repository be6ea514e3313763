// From files that are converted to a version that is committed.
#include "intake/intake_commit.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/fault_points.h"
#include "base/ids.h"
#include "base/log.h"
#include "metadata/error_codes.h"

namespace sluice::intake {
namespace {

constexpr std::chrono::seconds commit_lookup{3};
constexpr std::chrono::milliseconds commit_lookup_pause{100};

/// The name of a version's files, from before they are published until a transaction has it or they
/// are gone.
class Announced {
 public:
  Announced(const storage::DatasetFiles& files, std::string name)
      : files_(files), name_(std::move(name)), said_(files_.announce(name_)) {}
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;
  ~Announced() {
    if (!undecided_) files_.settle(name_);
  }
  const Result<void>& said() const { return said_; }
  /// It is somebody else's to settle.
  void leave_undecided() { undecided_ = true; }

 private:
  const storage::DatasetFiles& files_;
  std::string name_;
  Result<void> said_;
  bool undecided_ = false;
};

/// What a commit whose answer was lost came to. A database may work on it a little longer than the
/// connection lived, so it is asked for some seconds, each time on a session that still works.
std::optional<Dataset> find_committed(const metadata::Store& store, const std::string& file_name) {
  const auto until = std::chrono::steady_clock::now() + commit_lookup;
  for (;;) {
    Result<metadata::FileOwner> owner = store.find_by_file_name(file_name);
    if (owner) {
      owner->dataset.current = std::move(owner->version);
      return std::move(owner->dataset);
    }
    if (std::chrono::steady_clock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(commit_lookup_pause);
  }
}

/// The files are durable before anything names them. What a failed transaction leaves is taken away
/// again; of one whose end is not known, only the database can say later whose they are.
template <typename Commit>
Result<Dataset> publish_and_commit(Context& context, Converted& converted, Commit commit) {
  Announced announced(context.files, converted.version.file_name);
  TRY(announced.said());
  TRY(publish(context, converted));
  FAULT_POINT("upload.published");
  Result<Dataset> dataset = commit(converted.version);
  if (!dataset && dataset.error().code == metadata::Code::commit_unknown) {
    const std::string& file_name = converted.version.file_name;
    std::optional<Dataset> found = find_committed(context.store, file_name);
    log::warn("the answer to a commit was lost",
              {{"file_name", file_name}, {"found", found ? "yes" : "no"}});
    if (!found) {
      announced.leave_undecided();
      context.undecided.add(file_name, context.clock.now_us());
      return dataset;
    }
    dataset = std::move(*found);
  }
  if (!dataset) {
    unpublish(context.files, converted.version);
    return dataset;
  }
  FAULT_POINT("upload.committed");
  context.wakes.source_compressor.notify();
  context.wakes.profiler.notify();
  context.wakes.dispatcher.notify();
  return dataset;
}

/// What goes into the outbox with a version.
std::optional<metadata::Want> wanted(const Context& context, bool may_sync) {
  if (!may_sync || !context.options.auto_sync) return std::nullopt;
  return metadata::Want{};
}

}  // namespace

std::string version_file_name(const std::string& dataset_id) {
  return dataset_id + "-" + random_hex(6) + ".parquet";
}

Result<Dataset> commit_new(Context& context, Converted& converted,
                           const metadata::NewDataset& dataset, std::string_view upload_id) {
  SyncState initial;
  initial.lakehouse = context.options.lakehouse;
  return publish_and_commit(context, converted, [&](const DatasetVersion& version) {
    return context.store.create_dataset(
        dataset, version, wanted(context, context.options.sync_possible), initial, upload_id);
  });
}

Result<Dataset> commit_version(Context& context, Converted& converted, const Dataset& dataset,
                               std::string_view upload_id, std::optional<std::int64_t> follows) {
  return publish_and_commit(context, converted, [&](const DatasetVersion& version) {
    return context.store.add_version(dataset.tenant, dataset.id, version,
                                     wanted(context, sync_enabled(context, dataset)), upload_id,
                                     follows);
  });
}

Result<Dataset> dataset_from_upload(Context& context, const ReceivedUpload& upload) {
  Source source;
  source.request.source = upload.path;
  source.request.options = upload.options;
  source.request.progress = upload.progress;
  source.request.stop = upload.stop;
  source.label = upload.metadata.file_name;
  TRY_ASSIGN(Converted converted, convert(context, source));
  const metadata::UploadRecord& record = upload.record;
  name_files(converted, record.file_name);
  // A process that died between publishing and committing left them: no version has these names,
  // for they get there in the transaction that settles the upload.
  unpublish(context.files, converted.version);
  if (record.is_version) {
    TRY_ASSIGN(const metadata::DatasetRecord renewed,
               context.store.get_dataset(record.tenant, record.dataset_id));
    return commit_version(context, converted, renewed.dataset, record.id);
  }
  metadata::NewDataset dataset;
  dataset.id = record.dataset_id;
  dataset.tenant = record.tenant;
  dataset.name = upload.metadata.dataset_name();
  dataset.description = upload.metadata.description;
  return commit_new(context, converted, dataset, record.id);
}

}  // namespace sluice::intake
