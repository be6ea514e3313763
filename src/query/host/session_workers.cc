#include "query/host/session_workers.h"

#include <algorithm>
#include <utility>

namespace sluice::query {
namespace {

bool is_well(SessionWorkers::Entry& entry) {
  return entry.worker.is_at_rest() &&
         std::all_of(entry.session.files.begin(), entry.session.files.end(),
                     [](const OpenedFile& file) { return file.is_still_there(); });
}

Result<FileDescriptor> open_data_file(const DataFile& file, storage::VerifiedFiles& verified,
                                      const storage::VerifiedFiles::Wait& wait) {
  Result<FileDescriptor> opened = verified.open({file.path, file.sha256, file.remedy}, wait);
  if (opened || opened.error().kind == Errc::data_loss) return opened;
  Error& error = opened.error();
  if (error.kind == Errc::deadline_exceeded) {
    return fail(
        query_error(Code::query_deadline, std::move(error.detail), std::move(error.remedy)));
  }
  if (error.kind == Errc::cancelled) {
    return fail(query_cancelled());
  }
  return fail(query_error(Code::query_internal, std::move(error.detail)));
}

}  // namespace

bool OpenedFile::is_still_there() const {
  const Result<storage::FileIdentity> now = storage::identity_of(path);
  return now && *now == identity;
}

Session session_of(const QueryRequest& request) {
  // No part can hold a NUL: names and paths are C strings to the system, SELECTs to the engine.
  std::string key = request.owner;
  const auto add = [&key](const std::string& part) {
    key += '\0';
    key += part;
  };
  add(std::to_string(request.memory_bytes));
  add(std::to_string(request.threads));
  for (const TableSource& table : request.tables) {
    add(std::to_string(table.name.size()));
    for (const std::string& part : table.name) add(part);
    add(std::to_string(table.files.size()));
    for (const DataFile& file : table.files) {
      add(file.path.native());
      add(file.sha256);
    }
    add(table.view_select);
  }
  return {request.owner, std::move(key)};
}

Result<Binding> make_binding(const QueryRequest& request, storage::VerifiedFiles& verified,
                             const storage::VerifiedFiles::Wait& wait,
                             std::vector<FileDescriptor>& files, Session& session) {
  Binding binding;
  binding.memory_bytes = request.memory_bytes;
  binding.threads = std::max(1, request.threads);
  for (const TableSource& table : request.tables) {
    JobTable entry{table.name, table.view_select, files.size(), table.files.size()};
    for (const DataFile& file : table.files) {
      TRY_ASSIGN(FileDescriptor opened, open_data_file(file, verified, wait));
      TRY_ASSIGN(const storage::FileIdentity identity,
                 storage::identity_of(opened, file.path.filename().string()));
      session.files.push_back({file.path, file.sha256, identity});
      files.push_back(std::move(opened));
    }
    binding.tables.push_back(std::move(entry));
  }
  return binding;
}

Result<void> check_session(const QueryRequest& request, const storage::VerifiedFiles& verified,
                           const Session& session) {
  for (const OpenedFile& opened : session.files) {
    if (verified.may_be(opened.identity, opened.sha256)) continue;
    for (const TableSource& table : request.tables) {
      for (const DataFile& file : table.files) {
        if (file.path == opened.path) {
          return fail(storage::damaged_error({file.path, file.sha256, file.remedy}));
        }
      }
    }
  }
  return {};
}

std::list<SessionWorkers::Entry>::iterator SessionWorkers::end_worker(
    std::list<Entry>::iterator at, std::vector<WorkerProcess>& ended) {
  at->worker.kill();
  ended.push_back(std::move(at->worker));
  return entries_.erase(at);
}

template <typename Fits>
std::optional<SessionWorkers::Entry> SessionWorkers::take_first(const Fits& fits,
                                                                std::vector<WorkerProcess>& ended) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (!fits(at->session)) {
      ++at;
    } else if (!is_well(*at)) {
      at = end_worker(at, ended);
    } else {
      Entry entry = std::move(*at);
      entries_.erase(at);
      return entry;
    }
  }
  return std::nullopt;
}

std::optional<SessionWorkers::Entry> SessionWorkers::take(const std::string& key,
                                                          std::vector<WorkerProcess>& ended) {
  return take_first([&](const Session& session) { return session.key == key; }, ended);
}

std::optional<SessionWorkers::Entry> SessionWorkers::take_of(const std::string& owner,
                                                             std::vector<WorkerProcess>& ended) {
  return take_first([&](const Session& session) { return session.owner == owner; }, ended);
}

void SessionWorkers::put(WorkerProcess worker, Session session, std::vector<WorkerProcess>& ended) {
  const auto place = session.files.empty() ? entries_.end() : entries_.begin();
  entries_.insert(place, {std::move(worker), std::move(session), Clock::now()});
  while (entries_.size() > count_max_) end_worker(std::prev(entries_.end()), ended);
}

void SessionWorkers::expire(std::vector<WorkerProcess>& ended) {
  const Clock::time_point now = Clock::now();
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool ends = now - at->since > idle_max_ || !is_well(*at) ||
                      at->worker.resident_bytes() > kept_bytes_max_;
    at = ends ? end_worker(at, ended) : std::next(at);
  }
}

}  // namespace sluice::query
