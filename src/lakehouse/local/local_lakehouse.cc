#include "lakehouse/local/local_lakehouse.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <set>
#include <system_error>
#include <thread>

#include "base/fault_points.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/list_folder.h"
#include "base/log.h"
#include "dataset/names.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/leftovers.h"
#include "lakehouse/local/delta_schema.h"
#include "lakehouse/local/table_content.h"
#include "lakehouse/want_fence.h"

namespace sluice::lakehouse {

namespace fs = std::filesystem;

namespace {

/// Longer than any silver build; then something holds the lock that should not.
constexpr std::chrono::seconds lock_wait{600};
constexpr std::chrono::milliseconds lock_poll{20};

/// Makes the folder, and its names down from root survive power loss.
Result<void> create_durable_folders(const fs::path& root, const fs::path& folder) {
  std::error_code code;
  if (fs::exists(folder, code)) return {};
  TRY(create_folders(folder));
  for (fs::path parent = folder; parent != root && parent.has_relative_path();) {
    parent = parent.parent_path();
    TRY(fsync_folder(parent));
  }
  return {};
}

/// At the start, and whenever work begins: somebody may have deleted them meanwhile.
Result<void> make_folders(const fs::path& root) {
  for (const char* name : {"locks", "spill", "trash"}) {
    TRY(create_folders(root / name));
    if (std::string(name) != "locks") sweep_leftovers(root / name);
  }
  return {};
}

/// The data files of ours in a table's folder, its partitions included.
Result<std::vector<fs::path>> data_files(const fs::path& folder) {
  std::vector<fs::path> files;
  TRY_ASSIGN(const std::vector<fs::path> entries, list_folder(folder));
  for (const fs::path& entry : entries) {
    const std::string name = entry.filename().string();
    if (name.starts_with("sluice-v")) files.push_back(entry);
    std::error_code code;
    if (!name.starts_with("_batch=") || !fs::is_directory(entry, code)) continue;
    TRY_ASSIGN(const std::vector<fs::path> inner, list_folder(entry));
    for (const fs::path& file : inner) {
      if (file.filename().string().starts_with("sluice-v")) files.push_back(file);
    }
  }
  return files;
}

/// Data files that the table does not name any more, and half-written commits. Under the lock, so
/// nobody of ours is writing here. What cannot be removed now is tried again at the next version.
void sweep_table(const fs::path& folder, const std::set<std::string>& kept) {
  const auto say = [&](const std::string& error) {
    log::warn("Old files of a table could not be removed",
              {{"folder", folder.string()}, {"error", error}});
  };
  const Result<std::vector<fs::path>> files = data_files(folder);
  if (!files) return say(to_line(files.error()));
  std::error_code code;
  for (const fs::path& path : *files) {
    if (kept.contains(path.lexically_relative(folder).string())) continue;
    fs::remove(path, code);
    if (code) say(code.message());
    // The partition's folder, if that was its last file; rmdir(2) refuses otherwise.
    if (path.parent_path() != folder) ::rmdir(path.parent_path().c_str());
  }
  const Result<std::vector<fs::path>> commits = list_folder(folder / "_delta_log");
  if (!commits) return say(to_line(commits.error()));
  for (const fs::path& path : *commits) {
    if (!path.filename().string().starts_with(".commit-")) continue;
    fs::remove(path, code);
    if (code) say(code.message());
  }
}

Result<void> check_names(const TenantId& tenant, const std::string& table_name) {
  // Both become parts of paths; the caller is the MCP server, whose arguments come from the
  // network.
  if (is_tenant_id(tenant.value) && table_name_from(table_name) == table_name) return {};
  return fail(Errc::invalid_argument, Code::bad_table_name,
              "Not a tenant or table name: " + tenant.value + ", " + table_name + ".");
}

std::string three_part_name(const TenantId& tenant, Layer layer, const std::string& table_name) {
  if (layer == Layer::bronze) return bronze_name(tenant, table_name);
  if (layer == Layer::silver) return silver_name(tenant, table_name);
  return catalog_name(tenant) + ".silver." + table_name + "_quarantine";
}

/// Names are the caller's, so they prove nothing: the table itself says whose it is.
Result<void> check_owner(const TableRequest& request, Layer layer, const std::string& owner) {
  if (owner == request.dataset_id) return {};
  return fail(
      Errc::conflict, Code::table_of_another_dataset,
      three_part_name(request.tenant, layer, request.table_name) + " belongs to another dataset.",
      "Drop that table, or give the dataset another name.");
}

/// Nobody else writes it: the lock is held. It need not survive power loss, which ends all that
/// could be late.
Result<WantFence> fence_in(const FileDescriptor& lock, const std::string& table_name) {
  char text[64] = {};
  const ssize_t got = ::pread(lock.get(), text, sizeof text, 0);
  if (got < 0) return fail(error_from_errno(errno, "Cannot read the lock of", table_name));
  return want_fence_from({text, static_cast<std::size_t>(got)});
}

Result<void> raise_fence(const FileDescriptor& lock, const TableRequest& request) {
  TRY_ASSIGN(const WantFence fence, fence_in(lock, request.table_name));
  const std::optional<WantFence> next = raised(request, fence);
  if (!next) return {};
  const std::string text = to_text(*next);
  if (::ftruncate(lock.get(), 0) != 0 || ::lseek(lock.get(), 0, SEEK_SET) != 0) {
    return fail(error_from_errno(errno, "Cannot write the lock of", request.table_name));
  }
  return write_all(lock.get(), text, request.table_name);
}

}  // namespace

Result<std::unique_ptr<Lakehouse>> LocalLakehouse::open(const fs::path& root,
                                                        sandbox::ForkServer& workers) {
  TRY(make_folders(root));
  TRY_ASSIGN(LandingFolder landing, LandingFolder::open(root / "landing"));
  return std::unique_ptr<Lakehouse>(
      std::make_unique<LocalLakehouse>(root, std::move(landing), workers));
}

fs::path LocalLakehouse::folder_of(const TenantId& tenant, Layer layer,
                                   const std::string& table_name) const {
  const fs::path catalog = root_ / catalog_name(tenant);
  if (layer == Layer::bronze) return catalog / "bronze" / table_name;
  return catalog / "silver" / (table_name + (layer == Layer::silver ? "_clean" : "_quarantine"));
}

Result<FileDescriptor> LocalLakehouse::lock_tables(const TableRequest& request) const {
  const std::string& table_name = request.table_name;
  TRY(check_names(request.tenant, table_name));
  TRY(make_folders(root_));
  const fs::path path = root_ / "locks" / (request.tenant.value + "." + table_name);
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path.string()));
  const auto deadline = std::chrono::steady_clock::now() + lock_wait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR && errno != EWOULDBLOCK) {
      return fail(error_from_errno(errno, "Cannot lock", path.string()));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(Errc::unavailable, Code::table_busy,
                  "Other work on the table " + table_name + " does not end.");
    }
    if (request.stop.stop_requested()) return fail(work_stopped());
    std::this_thread::sleep_for(lock_poll);
  }
  TRY_ASSIGN(const WantFence fence, fence_in(fd, table_name));
  TRY(check_fence(request, fence));
  return fd;
}

TableState LocalLakehouse::state_of(const TenantId& tenant, Layer layer,
                                    const std::string& table_name,
                                    const DeltaSnapshot& snapshot) const {
  const DeltaFile& file = *snapshot.file();
  TableState state;
  state.table = three_part_name(tenant, layer, table_name);
  state.kind = layer == Layer::bronze ? "external" : "managed";
  state.location = folder_of(tenant, layer, table_name).string();
  state.data_file = file.path;
  state.row_count = file.row_count;
  state.columns = columns_of_schema(snapshot.schema_json);
  state.version = std::strtoll(tag_of(file, tag_version).c_str(), nullptr, 10);
  state.sha256 = tag_of(file, tag_sha256);
  state.file_sha256 = tag_of(file, tag_file_sha256);
  // Of a bronze table from before there was that tag: its file is the version's own.
  if (state.file_sha256.empty() && layer == Layer::bronze) state.file_sha256 = state.sha256;
  return state;
}

Result<std::optional<TableState>> LocalLakehouse::find_table(const TenantId& tenant, Layer layer,
                                                             const std::string& table_name) {
  TRY(check_names(tenant, table_name));
  TRY_ASSIGN(const DeltaSnapshot snapshot,
             DeltaLog(folder_of(tenant, layer, table_name)).snapshot());
  if (snapshot.file() == nullptr) return std::nullopt;
  return state_of(tenant, layer, table_name, snapshot);
}

Result<fs::path> LocalLakehouse::landing_path(const TableRequest& request) {
  TRY(check_names(request.tenant, request.table_name));
  TRY(make_folders(root_));
  return landing_.new_path(request.table_name);
}

Result<std::optional<TableState>> LocalLakehouse::find_bronze(const TableRequest& request) {
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request));
  TRY_ASSIGN(std::optional<TableState> there, look_at_bronze(request));
  // Also where nothing is to be done: a drop from before this want would take away what it found.
  TRY(raise_fence(lock, request));
  return there;
}

Result<std::optional<TableState>> LocalLakehouse::look_at_bronze(
    const TableRequest& request) const {
  const fs::path folder = folder_of(request.tenant, Layer::bronze, request.table_name);
  TRY_ASSIGN(const DeltaSnapshot snapshot, DeltaLog(folder).snapshot());
  const std::string name = bronze_name(request.tenant, request.table_name);
  if (snapshot.log_version >= 0) TRY(check_owner(request, Layer::bronze, snapshot.dataset_id));
  if (!request.rebuild && holds(snapshot, request, folder)) {
    return state_of(request.tenant, Layer::bronze, request.table_name, snapshot);
  }
  const DeltaFile* file = snapshot.file();
  if (file != nullptr && file->batch && *file->batch > request.version) {
    return fail(Errc::conflict, Code::newer_version_loaded,
                name + " holds version " + std::to_string(*file->batch) + " already.");
  }
  return std::nullopt;
}

Result<void> LocalLakehouse::replace(const TableRequest& request, Layer layer,
                                     std::vector<Column> columns,
                                     std::optional<NewContent> content) const {
  const fs::path folder = folder_of(request.tenant, layer, request.table_name);
  TRY(create_durable_folders(root_, folder / "_delta_log"));
  const DeltaLog log(folder);
  TRY_ASSIGN(const DeltaSnapshot base, log.snapshot());
  if (base.log_version >= 0) TRY(check_owner(request, layer, base.dataset_id));
  DeltaReplace change{request.dataset_id, request.version, std::move(columns), std::nullopt};
  std::set<std::string> kept;
  if (content) {
    DeltaFile& file = change.file.emplace();
    // Never a name that was there before: a reader of an old snapshot must not find other rows
    // under it.
    file.path = "sluice-v" + std::to_string(request.version) + "-" + random_hex(8) + ".parquet";
    if (layer == Layer::bronze) {
      // polars finds partition values in the path only.
      const std::string partition = "_batch=" + std::to_string(request.version);
      TRY(create_durable_folders(folder, folder / partition));
      file.path = partition + "/" + file.path;
    }
    file.row_count = content->row_count;
    file.tags = std::move(content->tags);
    if (content->sha256.empty()) {
      TRY_ASSIGN(content->sha256, sha256_file_hex(content->file));
    }
    file.tags[tag_file_sha256] = content->sha256;
    if (layer == Layer::bronze) file.batch = request.version;
    TRY(publish_file(content->file, folder / file.path));
    std::error_code code;
    const std::uintmax_t bytes = fs::file_size(folder / file.path, code);
    if (code)
      return fail(error_from_errno(code.value(), "Cannot read", (folder / file.path).string()));
    file.bytes = static_cast<std::int64_t>(bytes);
    verified_->remember(folder / file.path, content->sha256);
    kept.insert(file.path);
  }
  FAULT_POINT("lakehouse.published");
  TRY(log.replace(base, change, clock_.now_us() / 1000));
  FAULT_POINT("lakehouse.committed");
  for (const DeltaFile& file : base.files) kept.insert(file.path);
  sweep_table(folder, kept);
  return {};
}

Result<TableState> LocalLakehouse::load_bronze(const TableRequest& request,
                                               const fs::path& landed) {
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request));
  TRY_ASSIGN(std::optional<TableState> there, look_at_bronze(request));
  TRY(raise_fence(lock, request));
  std::error_code code;
  if (there) {
    fs::remove(landed, code);
    return std::move(*there);
  }
  TRY_ASSIGN(const std::string sha256, sha256_file_hex(landed));
  if (sha256 != request.sha256) {
    fs::remove(landed, code);
    return fail(Errc::data_loss, Code::landed_file_damaged,
                "The downloaded Parquet file is not the one that was asked for.",
                "It is downloaded again at the next try.");
  }
  TRY_ASSIGN(ParquetJob job, ParquetJob::open(workers_, root_ / "spill", {landed}, request.stop));
  TRY(job.check_columns(0, request.columns));
  TRY_ASSIGN(const std::int64_t rows, job.row_count(0));
  TRY(replace(request, Layer::bronze, request.columns,
              NewContent{landed, rows, tags_for(request), sha256}));
  TableRequest made = request;
  made.rebuild = false;
  TRY_ASSIGN(there, look_at_bronze(made));
  if (there) return std::move(*there);
  return fail(Errc::internal, Code::bronze_vanished,
              "The bronze table is not as it was just written.");
}

Result<void> LocalLakehouse::drop_tables(const TableRequest& request) {
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request));
  const auto layers = {Layer::quarantine, Layer::silver, Layer::bronze};
  for (const Layer layer : layers) {
    const fs::path folder = folder_of(request.tenant, layer, request.table_name);
    const DeltaLog log(folder);
    const Result<DeltaSnapshot> snapshot = log.snapshot();
    if (snapshot && snapshot->log_version < 0) continue;
    if (!snapshot && snapshot.error().kind != Errc::data_loss) return fail(snapshot.error());
    if (snapshot) {
      TRY(check_owner(request, layer, snapshot->dataset_id));
      continue;
    }
    // To drop it is the advice for a damaged table, whose log may not even say any more whose it
    // is.
    TRY_ASSIGN(const std::string owner, log.owner());
    if (!owner.empty()) TRY(check_owner(request, layer, owner));
  }
  for (const Layer layer : layers) {
    // A rename takes the table away at once; deleting its files may take a while, or be cut short.
    const fs::path folder = folder_of(request.tenant, layer, request.table_name);
    const fs::path trash = root_ / "trash" / random_hex(8);
    if (::rename(folder.c_str(), trash.c_str()) != 0) {
      if (errno == ENOENT) continue;
      return fail(error_from_errno(errno, "Cannot remove", folder.string()));
    }
    TRY(fsync_folder(folder.parent_path()));
    std::error_code code;
    fs::remove_all(trash, code);
  }
  // Last, for on a full disk there is room for it only now.
  return raise_fence(lock, request);
}

}  // namespace sluice::lakehouse
