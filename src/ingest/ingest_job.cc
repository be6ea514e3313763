#include "ingest/ingest_job.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <boost/json/parse.hpp>

#include "duckdb/error_codes.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/worker/job_wire.h"
#include "ingest/worker/preview_wire.h"
#include "sandbox/error_codes.h"
#include "sandbox/job.h"

namespace sluice::ingest {
namespace {

/// Waiting for a client's bytes is the client's time; afterwards a worker that waits for itself is
/// given up.
constexpr int wall_for_cpu = 10;
/// Somebody waits for a preview, in a place that others want; what takes longer is for an upload.
constexpr std::uint64_t preview_cpu_s = 30;
constexpr std::chrono::seconds preview_wall{60};

std::uint64_t bytes_of(const FileDescriptor& file) {
  struct stat info {};
  return ::fstat(file.get(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

/// Carries an arrival's changes from the thread that receives to the one that waits for the worker.
class ArrivalFeed {
 public:
  explicit ArrivalFeed(const Arrival* arrival)
      : arrival_(arrival), changed_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (arrival_ != nullptr) {
      arrival_->on_change([fd = changed_.get()] { ::eventfd_write(fd, 1); });
    }
  }
  ArrivalFeed(const ArrivalFeed&) = delete;
  ArrivalFeed& operator=(const ArrivalFeed&) = delete;
  ~ArrivalFeed() {
    if (arrival_ != nullptr) arrival_->on_change({});
  }
  int readable() const { return arrival_ == nullptr ? -1 : changed_.get(); }

  /// Says what is new.
  Result<void> tell(sandbox::Job& job) {
    eventfd_t count = 0;
    ::eventfd_read(changed_.get(), &count);
    const Arrival::State now = arrival_->state();
    if (now == told_) return {};
    told_ = now;
    return job.tell(encode(now));
  }
  bool is_over() const { return arrival_ == nullptr || told_.complete || told_.is_broken; }

 private:
  const Arrival* arrival_;
  FileDescriptor changed_;
  Arrival::State told_;
};

IngestOrder order_of(const IngestRequest& request, std::uint64_t memory_bytes,
                     std::uint64_t disk_free_bytes_min) {
  IngestOrder order;
  order.packed_from = request.packed_from;
  order.hint = request.hint;
  order.options = request.options;
  order.is_beginning = request.is_beginning;
  order.text_bytes_max = request.text_bytes_max;
  order.disk_free_bytes_min = disk_free_bytes_min;
  order.memory_bytes = memory_bytes;
  order.threads = request.threads;
  return order;
}

/// In words that fit the file; the engine's advice is for those who run an engine.
Error about_the_file(Error error, const sandbox::JobLimits& limits) {
  if (error.code != duckdb::Code::duckdb_out_of_memory) return error;
  return {Errc::unprocessable, sandbox::Code::file_unreadable,
          "Reading the file needs more memory than an ingest may take (" +
              std::to_string(limits.address_bytes >> 30U) + " GiB in all).",
          "Split the file. A workbook takes less as CSV, which is read piece by piece."};
}

}  // namespace

std::unique_ptr<sandbox::ForkServer> start_file_workers(std::uint64_t job_memory_bytes) {
  sandbox::ForkServerOptions options;
  options.arguments = {"file-worker"};
  options.job_memory_bytes = job_memory_bytes;
  return sandbox::ForkServer::start(std::move(options));
}

std::uint64_t preview_memory_bytes(std::uint64_t job_memory_bytes) { return job_memory_bytes / 4; }

std::uint64_t profile_memory_bytes(std::uint64_t job_memory_bytes) {
  return job_memory_bytes / 1'000 * 512;
}

Result<IngestedRecords> ingest_in_worker(sandbox::ForkServer& workers, const IngestRequest& request,
                                         bool records, std::uint64_t disk_free_bytes_min) {
  TRY_ASSIGN(FileDescriptor source, open_file(request.source));
  const sandbox::JobLimits limits = sandbox::limits_for(bytes_of(source));
  IngestOrder order = order_of(request, workers.job_memory_bytes(), disk_free_bytes_min);
  order.records = records;
  order.arriving = request.arrival != nullptr;
  std::vector<FileDescriptor> files;
  files.push_back(std::move(source));
  TRY_ASSIGN(sandbox::Job job, sandbox::Job::begin(workers, request.temp_folder, encode(order),
                                                   std::move(files), limits, request.stop));
  ArrivalFeed feed(request.arrival.get());
  const auto wall = std::chrono::seconds(limits.cpu_s * wall_for_cpu);
  if (feed.is_over()) job.allow(wall);
  sandbox::Job::Listener listener;
  listener.listen_to = feed.readable();
  listener.on_call = [&]() -> Result<void> {
    TRY(feed.tell(job));
    if (feed.is_over()) job.allow(wall);
    return {};
  };
  if (request.progress) {
    listener.on_progress = [&](const std::string& text) {
      decode_progress(text, *request.progress);
    };
  }
  if (request.arrival) TRY(feed.tell(job));  // What had come before we listened.
  const Result<std::string> answer = job.result(listener);
  job.end();
  if (!answer) return fail(about_the_file(answer.error(), limits));
  TRY_ASSIGN(IngestedRecords done, decode_ingested(*answer));
  TRY_ASSIGN(const bool made, job.folder().take(table_file, request.output));
  bool with_rejects = false;
  if (made && done.ingested.rows_rejected > 0) {
    TRY_ASSIGN(with_rejects, job.folder().take(rejects_file, request.rejects_output));
  }
  if (!made || with_rejects != (done.ingested.rows_rejected > 0)) {
    return fail(Errc::internal, sandbox::Code::worker_output,
                "A worker did not leave the file it was to make.");
  }
  return done;
}

Result<Preview> preview_in_worker(sandbox::ForkServer& workers, const PreviewRequest& request,
                                  std::uint64_t disk_free_bytes_min) {
  const IngestRequest& ingest = request.ingest;
  TRY_ASSIGN(FileDescriptor source, open_file(ingest.source));
  const PreviewOrder order{
      order_of(ingest, preview_memory_bytes(workers.job_memory_bytes()), disk_free_bytes_min),
      request.rows_max, request.rejects_max};
  sandbox::JobLimits limits = sandbox::limits_for(bytes_of(source));
  limits.cpu_s = preview_cpu_s;
  std::vector<FileDescriptor> files;
  files.push_back(std::move(source));
  TRY_ASSIGN(sandbox::Job job, sandbox::Job::begin(workers, ingest.temp_folder, encode(order),
                                                   std::move(files), limits, ingest.stop));
  job.allow(preview_wall);
  const Result<std::string> answer = job.result();
  if (!answer) return fail(about_the_file(answer.error(), limits));
  return decode_preview(*answer, order);
}

Result<std::string> profile_in_worker(sandbox::ForkServer& workers, FileDescriptor parquet,
                                      const std::filesystem::path& temp_folder,
                                      const std::vector<Column>& columns,
                                      const std::stop_token& stop) {
  const sandbox::JobLimits limits = sandbox::limits_for(bytes_of(parquet));
  std::vector<FileDescriptor> files;
  files.push_back(std::move(parquet));
  TRY_ASSIGN(sandbox::Job job,
             sandbox::Job::begin(
                 workers, temp_folder,
                 encode(ProfileOrder{columns, profile_memory_bytes(workers.job_memory_bytes())}),
                 std::move(files), limits, stop));
  job.allow(std::chrono::seconds(limits.cpu_s * wall_for_cpu));
  Result<std::string> profile = job.result();
  if (!profile) return fail(about_the_file(profile.error(), limits));
  boost::system::error_code bad;
  const boost::json::value parsed = boost::json::parse(*profile, bad);
  if (!bad && parsed.is_array() && parsed.as_array().size() == columns.size()) return profile;
  return fail(sandbox::broken_answer());
}

}  // namespace sluice::ingest
