#include "ingest/bytes/source_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "ingest/bytes/file_reader.h"

namespace sluice::ingest {

void Arrival::reached(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ = bytes;
  changed();
}

void Arrival::complete() {
  const std::lock_guard lock(mutex_);
  complete_ = true;
  changed();
}

void Arrival::broken(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  changed();
}

void Arrival::changed() {
  changed_.notify_all();
  if (on_change_) on_change_();
}

Arrival::State Arrival::state() const {
  const std::lock_guard lock(mutex_);
  return {bytes_, complete_, error_.has_value()};
}

void Arrival::on_change(std::function<void()> call) const {
  const std::lock_guard lock(mutex_);
  on_change_ = std::move(call);
}

Result<void> Arrival::wait_for(std::uint64_t bytes, const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return error_ || complete_ || bytes_ >= bytes; });
  if (error_) return fail(*error_);
  if (!complete_ && bytes_ < bytes) return fail(cancelled());
  return {};
}

Result<SourceFile> SourceFile::open(const std::filesystem::path& path,
                                    std::shared_ptr<const Arrival> arrival, std::stop_token stop) {
  TRY_ASSIGN(FileDescriptor file, open_file(path));
  return SourceFile(std::move(file), std::move(arrival), std::move(stop));
}

Result<std::size_t> SourceFile::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  if (stop_.stop_requested()) return fail(cancelled());
  if (arrival_) TRY(arrival_->wait_for(offset + size, stop_));
  std::size_t got = 0;
  while (got < size) {
    const ssize_t more =
        ::pread(file_.get(), into + got, size - got, static_cast<off_t>(offset + got));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return fail(error_from_errno(errno, "Cannot read", "the source"));
    if (more == 0) break;
    got += static_cast<std::size_t>(more);
  }
  return got;
}

}  // namespace sluice::ingest
