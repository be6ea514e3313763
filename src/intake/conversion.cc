#include "intake/conversion.h"

#include <filesystem>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/hash.h"
#include "base/log.h"
#include "ingest/ingest_job.h"
#include "ingest/structure/structure_decision_forms.h"
#include "wire/json.h"

namespace sluice::intake {
namespace {

namespace json = boost::json;

/// A larger original is read for its digest behind the answer, by who packs it (SourceCompressor):
/// an upload should not take longer for it.
constexpr std::int64_t source_digest_bytes_max = 1 << 20;

std::string ingest_json(const ingest::Ingested& ingested, const ingest::IngestOptions& options) {
  return json::serialize(
      json::object{{"options", json::parse(to_json(options))},
                   {"encoding", ingested.encoding},
                   {"compression", ingested.compression},
                   {"decision", wire::to_json(ingested.decision)},
                   {"notes", json::array(ingested.notes.begin(), ingested.notes.end())}});
}

std::int64_t bytes_of(const std::filesystem::path& path) {
  return static_cast<std::int64_t>(std::filesystem::file_size(path));
}

}  // namespace

Result<Converted> convert(Context& context, const Source& source) {
  TRY_ASSIGN(storage::TemporaryFile parquet, context.files.make_temporary(".parquet"));
  TRY_ASSIGN(storage::TemporaryFile rejects, context.files.make_temporary(".rejects.parquet"));
  Converted out{std::move(parquet), std::move(rejects)};
  ingest::IngestRequest request = source.request;
  request.output = out.parquet.path();
  request.rejects_output = out.rejects.path();
  request.temp_folder = context.files.temporary_folder();
  TRY_ASSIGN(ingest::IngestedRecords all,
             ingest::ingest_in_worker(context.file_workers, request, source.records,
                                      context.options.disk_free_bytes_min));
  out.name = std::move(all.name);
  out.description = std::move(all.description);
  ingest::Ingested& ingested = all.ingested;
  DatasetVersion& version = out.version;
  TRY_ASSIGN(version.sha256, sha256_file_hex(out.parquet.path()));
  version.bytes = bytes_of(out.parquet.path());
  version.row_count = ingested.row_count;
  version.rows_rejected = ingested.rows_rejected;
  version.silver_plan_json = lakehouse::medallion::to_json(ingested.plan);
  version.source_format = ingested.source_format;
  version.source_name = source.label;
  version.source_bytes = request.packed_from ? static_cast<std::int64_t>(*request.packed_from)
                                             : bytes_of(request.source);
  version.ingest_json = ingest_json(ingested, request.options);
  version.columns = std::move(ingested.columns);
  if (version.rows_rejected > 0) {
    TRY_ASSIGN(version.rejects_sha256, sha256_file_hex(out.rejects.path()));
  }
  if (context.options.keep_source && version.source_bytes <= source_digest_bytes_max) {
    TRY_ASSIGN(version.source_sha256, sha256_file_hex(request.source));
  }
  if (context.options.keep_source) {
    TRY_ASSIGN(out.source, context.files.adopt(request.source));
  }
  return out;
}

void name_files(Converted& converted, const std::string& file_name) {
  DatasetVersion& version = converted.version;
  const std::string stem = file_name.substr(0, file_name.rfind('.'));
  version.file_name = file_name;
  version.source_file = converted.source ? stem + ".source" : "";
  version.rejects_file = version.rows_rejected > 0 ? stem + ".rejects.parquet" : "";
}

Result<void> publish(Context& context, Converted& converted) {
  const DatasetVersion& version = converted.version;
  Result<void> done = context.files.publish(std::move(converted.parquet), version.file_name);
  // A name that was taken is another's: it must stay.
  if (!done) return done;
  if (!version.rejects_file.empty()) {
    done = context.files.publish(std::move(converted.rejects), version.rejects_file);
  }
  if (done && !version.source_file.empty()) {
    done = context.files.publish(std::move(*converted.source), version.source_file);
  }
  if (!done) unpublish(context.files, version);
  // Its digest is that of what was just written: the first query need not read it for that.
  if (done) context.verified.remember(context.files.root() / version.file_name, version.sha256);
  return done;
}

void unpublish(const storage::DatasetFiles& files, const DatasetVersion& version) {
  for (const std::string& name : {version.file_name, version.rejects_file, version.source_file}) {
    if (name.empty()) continue;
    if (const Result<void> removed = files.remove(name); !removed) {
      log::error("orphaned file", {{"file_name", name}, {"error", to_line(removed.error())}});
    }
  }
}

}  // namespace sluice::intake
