#include "api/source_compressor.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "storage/packed_source.h"

namespace sluice::api {

SourceCompressor::SourceCompressor(const storage::DatasetFiles& files)
    : files_(files), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SourceCompressor::wake() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  woken_.notify_all();
}

void SourceCompressor::run(const std::stop_token& stop) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait(lock, stop, [this] { return wanted_; });
      if (stop.stop_requested()) return;
      wanted_ = false;
    }
    const Result<std::vector<std::string>> names = files_.list();
    if (!names) {
      log::error("cannot list the stored files", {{"error", to_line(names.error())}});
      continue;
    }
    std::set<std::string> there;
    for (const std::string& name : *names) {
      if (!name.ends_with(".source")) continue;
      there.insert(name);
      if (stop.stop_requested() || settled_.count(name) > 0) continue;
      const Result<bool> packed = storage::pack_source(files_, name, stop);
      const bool gone = !packed && packed.error().kind == Errc::not_found;
      if (!packed && !gone && !stop.stop_requested()) {
        log::error("cannot pack an original; it stays as it is",
                   {{"file_name", name}, {"error", to_line(packed.error())}});
      }
    }
    settled_ = std::move(there);
  }
}

}  // namespace sluice::api
