#include "lakehouse/local/delta_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <cerrno>
#include <cstdio>

#include "base/files.h"
#include "base/ids.h"

namespace sluice::lakehouse {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

/// One commit of ours is a few KB of actions and one schema of at most 2,000 columns.
constexpr std::size_t commit_bytes_max = 16U << 20U;

std::string text_at(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

DeltaFile file_from(const json::object& add) {
  DeltaFile file;
  file.path = text_at(add, "path");
  file.bytes = add.at("size").as_int64();
  const json::value stats = json::parse(text_at(add, "stats"));
  file.row_count = stats.at("numRecords").as_int64();
  const json::object& partition = add.at("partitionValues").as_object();
  if (std::string batch = text_at(partition, "_batch"); !batch.empty()) {
    file.batch = std::stoll(batch);
  }
  return file;
}

void apply(DeltaSnapshot& snapshot, const json::object& action) {
  if (const json::value* add = action.if_contains("add")) {
    snapshot.file = file_from(add->as_object());
  } else if (const json::value* remove = action.if_contains("remove")) {
    if (snapshot.file && snapshot.file->path == text_at(remove->as_object(), "path")) {
      snapshot.file.reset();
    }
  } else if (const json::value* metadata = action.if_contains("metaData")) {
    snapshot.table_id = text_at(metadata->as_object(), "id");
    snapshot.dataset_id =
        text_at(metadata->at("configuration").as_object(), "sluice.dataset_id");
  }
}

json::object protocol(bool has_timestamp_ntz) {
  if (!has_timestamp_ntz) return {{"minReaderVersion", 1}, {"minWriterVersion", 2}};
  return {{"minReaderVersion", 3},
          {"minWriterVersion", 7},
          {"readerFeatures", json::array{"timestampNtz"}},
          {"writerFeatures", json::array{"timestampNtz"}}};
}

json::object partition_values(const DeltaFile& file) {
  json::object values;
  if (file.batch) values["_batch"] = std::to_string(*file.batch);
  return values;
}

}  // namespace

fs::path DeltaLog::commit_path(std::int64_t version) const {
  char name[32];
  std::snprintf(name, sizeof name, "%020lld.json", static_cast<long long>(version));
  return folder_ / "_delta_log" / name;
}

Result<DeltaSnapshot> DeltaLog::snapshot() const {
  DeltaSnapshot snapshot;
  try {
    for (std::int64_t version = 0; fs::exists(commit_path(version)); ++version) {
      TRY_ASSIGN(const std::string text, read_file(commit_path(version), commit_bytes_max));
      // A remove names what an earlier commit added, so the order within a commit matters: removes come first.
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) apply(snapshot, json::parse(text.substr(at, end - at)).as_object());
        at = end + 1;
      }
      snapshot.log_version = version;
    }
  } catch (const std::exception& broken) {
    return fail(Errc::data_loss, "delta_log_damaged",
                "The Delta log of " + folder_.string() + " cannot be read: " + broken.what(),
                "Drop the table and sync the dataset again.");
  }
  return snapshot;
}

Result<void> DeltaLog::replace(const DeltaSnapshot& base, const DeltaReplace& change,
                               std::int64_t now_ms) const {
  TRY_ASSIGN(const DeltaSchema schema,
             delta_schema(change.columns, change.file.batch.has_value()));
  std::string lines;
  const auto action = [&](const char* name, json::object body) {
    lines += json::serialize(json::object{{name, std::move(body)}}) + "\n";
  };
  action("commitInfo", {{"timestamp", now_ms},
                        {"operation", "WRITE"},
                        {"operationParameters", json::object{{"mode", "Overwrite"}}},
                        {"engineInfo", "sluice"}});
  action("protocol", protocol(schema.has_timestamp_ntz));
  json::array partition_columns;
  if (change.file.batch) partition_columns.emplace_back("_batch");
  action("metaData",
         {{"id", base.table_id.empty() ? new_uuid_v7() : base.table_id},
          {"format", json::object{{"provider", "parquet"}, {"options", json::object()}}},
          {"schemaString", schema.json},
          {"partitionColumns", std::move(partition_columns)},
          {"configuration", json::object{{"sluice.dataset_id", change.dataset_id}}},
          {"createdTime", now_ms}});
  action("txn", {{"appId", "sluice-" + change.dataset_id},
                 {"version", change.dataset_version},
                 {"lastUpdated", now_ms}});
  if (base.file && base.file->path != change.file.path) {
    action("remove", {{"path", base.file->path},
                      {"deletionTimestamp", now_ms},
                      {"dataChange", true},
                      {"extendedFileMetadata", true},
                      {"partitionValues", partition_values(*base.file)},
                      {"size", base.file->bytes}});
  }
  const json::object stats{{"numRecords", change.file.row_count}};
  action("add", {{"path", change.file.path},
                 {"partitionValues", partition_values(change.file)},
                 {"size", change.file.bytes},
                 {"modificationTime", now_ms},
                 {"dataChange", true},
                 {"stats", json::serialize(stats)}});

  const fs::path target = commit_path(base.log_version + 1);
  TRY(create_folders(target.parent_path()));
  const fs::path temporary = target.string() + ".tmp-" + random_hex(6);
  TRY(write_file_atomic(temporary, lines));
  // link(2) fails where the commit exists: two writers cannot both win.
  const bool linked = ::link(temporary.c_str(), target.c_str()) == 0;
  const int saved_errno = errno;
  ::unlink(temporary.c_str());
  if (!linked && saved_errno == EEXIST) {
    return fail(Errc::conflict, "delta_conflict",
                "Another program committed to " + folder_.string() + " meanwhile.");
  }
  if (!linked) return fail(error_from_errno(saved_errno, "Cannot commit", target.string()));
  return fsync_folder(target.parent_path());
}

}  // namespace sluice::lakehouse
