// A dataset's file back from the bronze table, which holds the very same bytes.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <boost/json/serialize.hpp>

#include "api/dataset_json.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/uploads/upload_form.h"
#include "base/hash.h"
#include "intake/damage.h"

namespace sluice::api {
namespace {

Result<void> copy(const FileDescriptor& from, const std::filesystem::path& to,
                  const storage::DiskBudget& budget, const std::stop_token& stop) {
  FileDescriptor made(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made) return fail(error_from_errno(errno, "Cannot create", "a file in the storage folder"));
  storage::StreamedFile out(std::move(made), to.string(), 0, budget);
  std::array<char, 1 << 16> piece{};
  for (off_t offset = 0;;) {
    if (stop.stop_requested()) return fail(work_stopped());
    const ssize_t got = ::pread(from.get(), piece.data(), piece.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(error_from_errno(errno, "Cannot read", "the bronze table's file"));
    if (got == 0) return out.sync();
    TRY(out.write({piece.data(), static_cast<std::size_t>(got)}));
    offset += got;
  }
}

tl::unexpected<Error> impossible(std::string why, std::string remedy) {
  return fail(Errc::conflict, Code::restore_impossible, std::move(why), std::move(remedy));
}

/// The path of bronze's file where it is this version's.
Result<std::filesystem::path> bronze_file(Context& context, const Dataset& dataset,
                                          const std::string& remedy) {
  TRY_ASSIGN(
      const std::optional<metadata::LakehouseTable> bronze,
      context.intake.store.get_lakehouse_table(dataset.tenant, "bronze", dataset.table_name));
  if (!bronze || bronze->dataset_id != dataset.id || bronze->version != dataset.current.version) {
    return impossible("No bronze table on this machine holds the current version.", remedy);
  }
  return std::filesystem::path(bronze->location) / bronze->data_file;
}

Result<void> restore(Context& context, const Dataset& dataset, const std::string& remedy,
                     const std::stop_token& stop) {
  const DatasetVersion& current = dataset.current;
  TRY_ASSIGN(const std::filesystem::path from, bronze_file(context, dataset, remedy));
  const Result<FileDescriptor> bronze =
      context.intake.verified.open({from, current.sha256, {}}, {.stop = stop});
  if (!bronze && bronze.error().kind == Errc::data_loss) {
    return impossible("The bronze table's file is damaged as well.", remedy);
  }
  if (!bronze) return fail(bronze.error());
  TRY_ASSIGN(storage::TemporaryFile file, context.intake.files.make_temporary(".parquet"));
  TRY(copy(*bronze, file.path(), disk_budget_of(context), stop));
  TRY_ASSIGN(const std::string sha256, sha256_file_hex(file.path()));
  if (sha256 != current.sha256) {
    return impossible("What was copied from bronze is not what was stored.", remedy);
  }
  TRY(context.intake.files.replace(std::move(file), current.file_name));
  const std::filesystem::path path = context.intake.files.root() / current.file_name;
  context.intake.verified.remember(path, sha256);
  intake::clear_damage(context.intake.store, context.intake.files, path);
  return {};
}

Result<http::Response> restore_in_turn(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const Dataset& dataset = record.dataset;
  TRY_ASSIGN(const std::filesystem::path path,
             context.intake.files.path_of(dataset.current.file_name));
  const Result<FileDescriptor> there = context.intake.verified.open(
      {path, dataset.current.sha256, {}}, {.stop = request.stop_token});
  if (!there) {
    if (there.error().kind != Errc::data_loss) return fail(there.error());
    // What else would help, where bronze does not.
    SyncState without_bronze = record.sync.state;
    without_bronze.bronze_table.clear();
    TRY_ASSIGN(const std::vector<metadata::Damage> damage,
               context.intake.store.list_damage(principal.tenant, dataset.id));
    TRY(restore(context, dataset,
                intake::remedy_of(dataset, without_bronze, metadata::FileKind::data, damage),
                request.stop_token));
  }
  TRY_ASSIGN(const std::vector<metadata::Damage> left,
             context.intake.store.list_damage(principal.tenant, dataset.id));
  return json_response(200, boost::json::serialize(dataset_json(
                                dataset, record.sync.state, sync_enabled(context, dataset), left)));
}

}  // namespace

Result<http::Response> restore_dataset(Context& context, http::Request&,
                                       const auth::Principal& principal) {
  return as_upload(context, [&context, principal](http::Request& request, FairSlots::Place) {
    return restore_in_turn(context, request, principal);
  });
}

}  // namespace sluice::api
