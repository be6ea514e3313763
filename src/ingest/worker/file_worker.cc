#include "ingest/worker/file_worker.h"

#include <dlfcn.h>
#include <iconv.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "base/error_codes.h"
#include "base/sql_text.h"
#include "duckdb/engine_session.h"
#include "duckdb/error_codes.h"
#include "duckdb/parquet_options.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/error_codes.h"
#include "ingest/sources.h"
#include "ingest/worker/job_wire.h"
#include "ingest/worker/preview_job.h"
#include "lakehouse/medallion/silver_plan_maker.h"
#include "profile/profile.h"
#include "sandbox/fork_server_main.h"
#include "sandbox/job.h"
#include "sandbox/lock_in.h"
#include "storage/streamed_file.h"

namespace sluice::ingest {
namespace {

constexpr std::chrono::milliseconds progress_interval{50};
constexpr int profile_threads = 2;

/// Where glibc keeps its character sets, which are loaded when one is first used.
std::vector<std::filesystem::path> character_sets() {
  Dl_info info{};
  // NOLINTNEXTLINE: a function's address as data, which POSIX allows for dladdr.
  if (::dladdr(reinterpret_cast<void*>(&::iconv_open), &info) == 0) return {};
  return {std::filesystem::path(info.dli_fname).parent_path() / "gconv"};
}

/// Tells how far the ingest is, in a thread of its own, while it lives.
class Reporter {
 public:
  Reporter(const IngestProgress& progress, sandbox::JobAnswer& answer)
      : thread_([this, &progress, &answer](const std::stop_token& stop) {
          std::string told;
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, stop, progress_interval,
                                 [&stop] { return stop.stop_requested(); })) {
            const std::string now = encode_progress(progress.bytes_read, progress.rows_read);
            if (now != told) answer.progress(now);
            told = now;
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

/// What the asker says of an upload that is still coming in. Its thread ends with the process.
std::shared_ptr<const Arrival> follow_arrival() {
  auto arrival = std::make_shared<Arrival>();
  std::thread([arrival] {
    std::string text;
    try {
      while (sandbox::receive_told(text)) {
        const Arrival::State state = decode_arrival(text);
        arrival->reached(state.bytes);
        if (state.is_broken) {
          arrival->broken({Errc::cancelled, BaseCode::cancelled, "The upload ended.", {}});
        }
        if (state.complete) arrival->complete();
      }
    } catch (const std::exception& broken) {  // Whoever waits for bytes must hear of it.
      arrival->broken({Errc::internal, BaseCode::internal_error, broken.what(), {}});
    }
  }).detach();
  return arrival;
}

RoomCheck room_in(const sandbox::Order& order, std::uint64_t free_bytes_min) {
  const storage::DiskBudget budget{
      [fd = order.folder.get()]() -> Result<std::uint64_t> {
        struct statvfs info {};
        if (::fstatvfs(fd, &info) != 0) {
          return fail(error_from_errno(errno, "statvfs", "the folder"));
        }
        return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
      },
      free_bytes_min};
  return [budget](std::uint64_t bytes) { return budget.check(bytes); };
}

/// Makes ready for an ingest of the order's first file into its folder.
Result<IngestRequest> request_of(const IngestOrder& wanted, duckdb::ReadyEngine& ready,
                                 const sandbox::Order& order) {
  const std::filesystem::path folder = path_of(order.folder);
  TRY(ready.allow({wanted.memory_bytes, wanted.threads, folder / "spill"}));
  IngestRequest request;
  request.source = path_of(order.files.at(0));
  request.packed_from = wanted.packed_from;
  request.hint = wanted.hint;
  request.options = wanted.options;
  request.is_beginning = wanted.is_beginning;
  request.text_bytes_max = wanted.text_bytes_max;
  request.output = folder / table_file;
  request.rejects_output = folder / rejects_file;
  request.temp_folder = folder / "temp";
  request.room = room_in(order, wanted.disk_free_bytes_min);
  request.threads = wanted.threads;
  TRY(create_folders(request.temp_folder));
  return request;
}

Result<std::string> ingest(duckdb::ReadyEngine& ready, const sandbox::Order& order,
                           sandbox::JobAnswer& answer) {
  const IngestOrder wanted = decode_ingest_order(order.text);
  TRY_ASSIGN(IngestRequest request, request_of(wanted, ready, order));
  request.progress = std::make_shared<IngestProgress>();
  if (wanted.arriving) request.arrival = follow_arrival();
  const Engine engine(ready.connection, {}, request.room);
  const Reporter reporter(*request.progress, answer);
  TRY_ASSIGN(
      const IngestedRecords done,
      ingest_with(engine, request, wanted.records ? std::optional(Format::records) : std::nullopt));
  return encode(done);
}

Result<std::string> preview(duckdb::ReadyEngine& ready, const sandbox::Order& order) {
  const PreviewOrder wanted = decode_preview_order(order.text);
  TRY_ASSIGN(const IngestRequest request, request_of(wanted.ingest, ready, order));
  const Engine engine(ready.connection, {}, request.room);
  TRY_ASSIGN(const Preview made, make_preview(engine, request, wanted));
  return encode(made);
}

Result<std::string> profile(duckdb::ReadyEngine& ready, const sandbox::Order& order) {
  const ProfileOrder wanted = decode_profile_order(order.text);
  TRY(ready.allow({wanted.memory_bytes, profile_threads, path_of(order.folder) + "/spill"}));
  TRY(ready.connection.query("SET preserve_insertion_order = false"));  // Nobody asks for it.
  return profile::make_profile(
      ready.connection,
      "read_parquet(" + quote_literal(path_of(order.files.at(0))) + ", hive_partitioning=false)",
      wanted.columns, {});
}

/// The boundary where what a reader throws ends; in this process there is nobody further up.
Result<std::string> guarded(duckdb::ReadyEngine& ready, const sandbox::Order& order,
                            sandbox::JobAnswer& answer) {
  try {
    if (is_ingest_order(order.text)) return ingest(ready, order, answer);
    if (is_preview_order(order.text)) return preview(ready, order);
    return profile(ready, order);
  } catch (const std::bad_alloc&) {
    return fail(Errc::resource_exhausted, duckdb::Code::duckdb_out_of_memory,
                "There is no more memory.");
  } catch (const std::exception& broken) {
    return fail(Errc::internal, Code::exception, broken.what());
  }
}

int work(Result<duckdb::ReadyEngine>& ready) {
  sandbox::Order order;
  sandbox::JobAnswer answer;
  if (!sandbox::receive_order(order, answer, character_sets())) return 0;
  if (!ready) {
    answer.error(ready.error());
  } else if (duckdb::is_engine_order(order.text)) {
    duckdb::serve_engine_session(*ready, order, answer);
  } else if (const Result<std::string> done = guarded(*ready, order, answer)) {
    answer.done(*done);
  } else {
    answer.error(done.error());
  }
  // The answer is out; tearing the engine down would only cost time. The asker ends this process.
  std::string until_then;
  while (sandbox::receive_told(until_then)) {
  }
  return 0;
}

/// A worker begins with an empty heap and never gives back: it asks the kernel for a lot at once,
/// for all its threads in one place, since arenas of their own grow by a page each time.
void grow_in_large_steps() {
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TOP_PAD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

/// An engine that has written and read a file of ours once: what it loads, binds and sets aside at
/// first use is then there in every fork.
Result<duckdb::ReadyEngine> warm_engine() {
  TRY_ASSIGN(duckdb::ReadyEngine ready, duckdb::ReadyEngine::open());
  const FileDescriptor memory(::memfd_create("warm-up", MFD_CLOEXEC));
  if (!memory) return fail(error_from_errno(errno, "Cannot make", "a file in memory"));
  const std::string file = quote_literal(path_of(memory));
  const std::string relation = "read_parquet(" + file + ", hive_partitioning=false)";
  TRY(ready.connection.query(
      "COPY (SELECT 1 AS id, 1.5::DOUBLE AS amount, DATE '2024-01-31' AS day, true AS flag, "
      "TIMESTAMP '2024-01-31 10:00:00' AS at, 'some text' AS note) TO " +
      file + " " + duckdb::parquet_options(6)));
  TRY(ready.connection.query("DESCRIBE SELECT * FROM " + relation));
  TRY(lakehouse::medallion::make_plan(
      ready.connection, relation,
      {{"id", "id", "BIGINT", ""}, {"day", "day", "DATE", ""}, {"note", "note", "VARCHAR", ""}}));
  return ready;
}

}  // namespace

int file_worker_main() {
  sandbox::enter_early_limits();
  grow_in_large_steps();
  Result<duckdb::ReadyEngine> ready = warm_engine();
  return sandbox::fork_server_main([&ready] { return work(ready); });
}

}  // namespace sluice::ingest
