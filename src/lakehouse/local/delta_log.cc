#include "lakehouse/local/delta_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/fault_points.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/list_folder.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/local/delta_schema.h"

namespace sluice::lakehouse {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

/// A commit of ours is a few KB of actions and one schema of at most some thousand columns.
constexpr std::size_t commit_bytes_max = 16U << 20U;
/// Twenty digits and `.json`.
constexpr std::size_t commit_name_bytes = 25;
constexpr const char* dataset_id_key = "sluice.dataset_id";

std::string text_at(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

DeltaFile file_from(const json::object& add) {
  DeltaFile file;
  file.path = text_at(add, "path");
  file.bytes = add.at("size").as_int64();
  if (const std::string stats = text_at(add, "stats"); !stats.empty()) {
    file.row_count = json::parse(stats).at("numRecords").as_int64();
  }
  const json::object& partition = add.at("partitionValues").as_object();
  if (const std::string batch = text_at(partition, "_batch"); !batch.empty()) {
    file.batch = std::stoll(batch);
  }
  if (const json::value* tags = add.if_contains("tags"); tags != nullptr && tags->is_object()) {
    for (const auto& tag : tags->as_object()) {
      file.tags[std::string(tag.key())] = std::string(tag.value().as_string());
    }
  }
  return file;
}

void apply(DeltaSnapshot& snapshot, const json::object& action) {
  const auto forget = [&](const std::string& path) {
    std::erase_if(snapshot.files, [&](const DeltaFile& file) { return file.path == path; });
  };
  if (const json::value* add = action.if_contains("add")) {
    DeltaFile file = file_from(add->as_object());
    forget(file.path);
    snapshot.files.push_back(std::move(file));
  } else if (const json::value* remove = action.if_contains("remove")) {
    snapshot.removed_last.push_back(text_at(remove->as_object(), "path"));
    forget(snapshot.removed_last.back());
  } else if (const json::value* metadata = action.if_contains("metaData")) {
    snapshot.table_id = text_at(metadata->as_object(), "id");
    snapshot.schema_json = text_at(metadata->as_object(), "schemaString");
    snapshot.dataset_id = text_at(metadata->at("configuration").as_object(), dataset_id_key);
  } else if (const json::value* protocol = action.if_contains("protocol")) {
    snapshot.reader_version = protocol->at("minReaderVersion").as_int64();
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

/// The commit's lines. Protocol and metaData only where they change; the protocol never steps back.
std::string lines_of(const DeltaSnapshot& base, const DeltaReplace& change,
                     const DeltaSchema& schema, bool with_batch, std::int64_t now_ms) {
  std::string lines;
  const auto action = [&](const char* name, json::object body) {
    lines += json::serialize(json::object{{name, std::move(body)}}) + "\n";
  };
  action("commitInfo", {{"timestamp", now_ms},
                        {"operation", "WRITE"},
                        {"operationParameters", json::object{{"mode", "Overwrite"}}},
                        {"engineInfo", "sluice"}});
  if (base.reader_version < (schema.has_timestamp_ntz ? 3 : 1)) {
    action("protocol", protocol(schema.has_timestamp_ntz));
  }
  if (base.schema_json != schema.json || base.dataset_id != change.dataset_id) {
    json::array partition_columns;
    if (with_batch) partition_columns.emplace_back("_batch");
    action("metaData",
           {{"id", base.table_id.empty() ? new_uuid_v7() : base.table_id},
            {"format", json::object{{"provider", "parquet"}, {"options", json::object()}}},
            {"schemaString", schema.json},
            {"partitionColumns", std::move(partition_columns)},
            {"configuration", json::object{{dataset_id_key, change.dataset_id}}},
            {"createdTime", now_ms}});
  }
  action("txn", {{"appId", "sluice-" + change.dataset_id},
                 {"version", change.dataset_version},
                 {"lastUpdated", now_ms}});
  for (const DeltaFile& file : base.files) {
    action("remove", {{"path", file.path},
                      {"deletionTimestamp", now_ms},
                      {"dataChange", true},
                      {"extendedFileMetadata", true},
                      {"partitionValues", partition_values(file)},
                      {"size", file.bytes}});
  }
  if (change.file) {
    json::object tags;
    for (const auto& [name, value] : change.file->tags) tags[name] = value;
    action("add", {{"path", change.file->path},
                   {"partitionValues", partition_values(*change.file)},
                   {"size", change.file->bytes},
                   {"modificationTime", now_ms},
                   {"dataChange", true},
                   {"stats", json::serialize(json::object{{"numRecords", change.file->row_count}})},
                   {"tags", std::move(tags)}});
  }
  return lines;
}

}  // namespace

fs::path DeltaLog::commit_path(std::int64_t version) const {
  char name[32];
  std::snprintf(name, sizeof name, "%020lld.json", static_cast<long long>(version));
  return folder_ / "_delta_log" / name;
}

Result<std::vector<fs::path>> DeltaLog::commits() const {
  Result<std::vector<fs::path>> entries = list_folder(folder_ / "_delta_log");
  if (!entries && entries.error().kind == Errc::not_found) return std::vector<fs::path>();
  if (!entries) return entries;
  std::erase_if(*entries, [](const fs::path& entry) {
    return entry.extension() != ".json" || entry.filename().string().size() != commit_name_bytes;
  });
  std::sort(entries->begin(), entries->end());
  return entries;
}

Result<DeltaSnapshot> DeltaLog::snapshot() const {
  DeltaSnapshot snapshot;
  const auto damaged = [&](const std::string& why) {
    return fail(Errc::data_loss, Code::delta_log_damaged,
                "The Delta log of " + folder_.string() + " cannot be read: " + why,
                "Drop the table and sync the dataset again.");
  };
  TRY_ASSIGN(const std::vector<fs::path> all, commits());
  if (all.empty()) return snapshot;
  try {
    const std::int64_t newest = std::stoll(all.back().filename().string());
    for (std::int64_t version = 0; version <= newest; ++version) {
      const fs::path path = commit_path(version);
      const Result<std::string> text = read_file(path, commit_bytes_max);
      if (!text && text.error().kind == Errc::not_found) {
        // Or somebody dropped the table while we read it.
        TRY_ASSIGN(const std::vector<fs::path> now, commits());
        if (now.empty()) return DeltaSnapshot{};
        return damaged(path.filename().string() + " is missing.");
      }
      if (!text && text.error().kind == Errc::too_large) return damaged(text.error().detail);
      if (!text) return fail(text.error());
      snapshot.removed_last.clear();
      for (std::size_t at = 0; at < text->size();) {
        const std::size_t end = std::min(text->find('\n', at), text->size());
        if (end > at) apply(snapshot, json::parse(text->substr(at, end - at)).as_object());
        at = end + 1;
      }
      snapshot.log_version = version;
    }
  } catch (const std::exception& broken) {
    return damaged(broken.what());
  }
  return snapshot;
}

Result<std::string> DeltaLog::owner() const {
  TRY_ASSIGN(const std::vector<fs::path> all, commits());
  std::string owner;
  for (const fs::path& commit : all) {
    const Result<std::string> text = read_file(commit, commit_bytes_max);
    std::istringstream lines(text.value_or(""));
    for (std::string line; std::getline(lines, line);) {
      DeltaSnapshot seen;
      try {
        apply(seen, json::parse(line).as_object());
      } catch (const std::exception&) {
        continue;  // Half a line names nobody.
      }
      if (!seen.dataset_id.empty()) owner = seen.dataset_id;
    }
  }
  return owner;
}

Result<void> DeltaLog::replace(const DeltaSnapshot& base, const DeltaReplace& change,
                               std::int64_t now_ms) const {
  const bool with_batch = change.file && change.file->batch.has_value();
  TRY_ASSIGN(const DeltaSchema schema, delta_schema(change.columns, with_batch));
  const std::string lines = lines_of(base, change, schema, with_batch, now_ms);

  const fs::path target = commit_path(base.log_version + 1);
  TRY(create_folders(target.parent_path()));
  // Not `.json`: readers list the folder.
  const fs::path temporary = folder_ / "_delta_log" / (".commit-" + random_hex(6) + ".part");
  TRY(write_file_atomic(temporary, lines));
  FAULT_POINT("lakehouse.commit_written");
  // link(2) fails where the commit exists: two writers cannot both win.
  const bool linked = ::link(temporary.c_str(), target.c_str()) == 0;
  const int saved_errno = errno;
  ::unlink(temporary.c_str());
  if (!linked && saved_errno == EEXIST) {
    return fail(Errc::unavailable, Code::delta_conflict,
                "Another program committed to " + folder_.string() + " meanwhile.");
  }
  if (!linked) return fail(error_from_errno(saved_errno, "Cannot commit", target.string()));
  return fsync_folder(target.parent_path());
}

}  // namespace sluice::lakehouse
