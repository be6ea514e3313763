#include "intake/damage.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/error_codes.h"

namespace sluice::intake {
namespace {

using metadata::Damage;
using metadata::FileKind;

/// As the store calls it.
std::string name_in_store(const storage::DatasetFiles& files, const std::filesystem::path& path) {
  return path.parent_path() == files.root() ? path.filename().string() : path.string();
}

bool is_damaged(const std::vector<Damage>& damage, const std::string& dataset_id, FileKind kind) {
  return std::any_of(damage.begin(), damage.end(), [&](const Damage& each) {
    return each.dataset_id == dataset_id && each.kind == kind;
  });
}

}  // namespace

void note_damage(metadata::Store& store, const storage::DatasetFiles& files,
                 const std::filesystem::path& path) {
  const Result<std::optional<Damage>> noted = store.note_damage(name_in_store(files, path));
  if (!noted) {
    log::error("a damaged file cannot be noted",
               {{"file", path.string()}, {"error", to_line(noted.error())}});
  } else if (*noted) {
    log::error("a stored file is damaged", {{"file", path.string()},
                                            {"kind", metadata::name_of((*noted)->kind)},
                                            {"tenant", (*noted)->tenant.value},
                                            {"dataset_id", (*noted)->dataset_id}});
  }
}

void clear_damage(metadata::Store& store, const storage::DatasetFiles& files,
                  const std::filesystem::path& path) {
  const Result<bool> cleared = store.clear_damage(name_in_store(files, path));
  if (!cleared) {
    log::error("a mended file cannot be noted",
               {{"file", path.string()}, {"error", to_line(cleared.error())}});
  } else if (*cleared) {
    log::info("a stored file is whole again", {{"file", path.string()}});
  }
}

std::string remedy_of(const Dataset& dataset, const SyncState& state, FileKind kind,
                      const std::vector<Damage>& damage) {
  const std::string route = "POST /api/v1/datasets/" + dataset.id;
  const std::string upload = "Upload the file again: " + route + "/versions.";
  if (kind == FileKind::bronze || kind == FileKind::silver || kind == FileKind::quarantine) {
    return "Make the table anew: " + route + "/sync.";
  }
  const bool source_is_right =
      !dataset.current.source_file.empty() && !is_damaged(damage, dataset.id, FileKind::source);
  if (kind != FileKind::data) {
    if (kind == FileKind::rejects && source_is_right) {
      return "Make the dataset anew from its original: " + route + "/reingest.";
    }
    return "The data is not touched; for the rest upload the file again: " + route + "/versions.";
  }
  const bool bronze_has_it = state.lakehouse == "local" && !state.bronze_table.empty() &&
                             state.synced_version == dataset.current.version &&
                             !is_damaged(damage, dataset.id, FileKind::bronze);
  if (bronze_has_it) return "Restore it from bronze: " + route + "/restore.";
  if (source_is_right) {
    return "Make the dataset anew from its original: " + route + "/reingest.";
  }
  return upload;
}

std::function<std::string()> remedy_later(const metadata::Store& store, const TenantId& tenant,
                                          const std::string& dataset_id, FileKind kind) {
  return [&store, tenant, dataset_id, kind]() -> std::string {
    const Result<metadata::DatasetRecord> record = store.get_dataset(tenant, dataset_id);
    const Result<std::vector<Damage>> damage = store.list_damage(tenant, dataset_id);
    if (!record || !damage) return {};
    return remedy_of(record->dataset, record->sync.state, kind, *damage);
  };
}

Result<FileDescriptor> open_source(Context& context, const Dataset& dataset,
                                   const std::filesystem::path& path, std::stop_token stop) {
  storage::ExpectedFile expected{path, {}, {}};
  // Opened before its digests are read: what lies there has one that was noted before.
  Result<FileDescriptor> file = context.verified.open(expected);
  if (file) {
    TRY_ASSIGN(const DatasetVersion version,
               context.store.get_version(dataset.id, dataset.current.version));
    TRY_ASSIGN(const storage::FileIdentity identity,
               storage::identity_of(*file, path.filename().string()));
    expected.path = context.files.root() / version.source_file;
    expected.sha256 =
        identity.bytes == version.source_bytes ? version.source_sha256 : version.packed_sha256;
    const Result<void> right = context.verified.verify(*file, expected, {.stop = std::move(stop)});
    if (right) return file;
    file = fail(right.error());
  }
  if (file.error().kind != Errc::data_loss) return file;
  return fail(Errc::data_loss, storage::Code::source_damaged,
              "The original of this dataset is damaged: it is not what was uploaded.",
              "Upload the file again: POST /api/v1/datasets/" + dataset.id + "/versions.");
}

}  // namespace sluice::intake
