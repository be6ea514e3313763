#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "dataset/dataset.h"
#include "ingest/ingest.h"
#include "intake/context.h"
#include "intake/conversion.h"
#include "intake/upload_metadata.h"
#include "metadata/records.h"
#include "metadata/upload_record.h"

namespace sluice::intake {

/// A name for the Parquet file of a further version, which no other has.
std::string version_file_name(const std::string& dataset_id);

/// Both make the named files of a conversion durable, commit what names them in one transaction
/// (with the outbox row, where a sync is wanted), and wake who goes on from there. What a failed
/// transaction leaves is taken away again. Where `upload_id` is not empty, that upload is settled
/// in the same transaction. Errors: those of DatasetFiles::publish and of the store. After
/// `commit_unknown` nobody knows whether there is a version; its files are left until the database
/// can be asked (undecided_files.h).
Result<Dataset> commit_new(Context& context, Converted& converted,
                           const metadata::NewDataset& dataset, std::string_view upload_id = {});
/// With `follows` the current version must still be that one, else `version_replaced`.
Result<Dataset> commit_version(Context& context, Converted& converted, const Dataset& dataset,
                               std::string_view upload_id = {},
                               std::optional<std::int64_t> follows = std::nullopt);

/// A file that arrived as a resumable upload, complete on the disk.
struct ReceivedUpload {
  metadata::UploadRecord record;  ///< Which dataset to make or to renew, and the file's name.
  UploadMetadata metadata;        ///< What the client calls it.
  ingest::IngestOptions options;
  std::filesystem::path path;
  std::shared_ptr<ingest::IngestProgress> progress;
  std::stop_token stop;
};

/// Ingests it into a dataset or a new version, and settles the upload in the same transaction;
/// repeating it after a crash converges. The caller holds an ingest place and the upload's file.
/// Errors: those of ingest, and `upload_gone`.
Result<Dataset> dataset_from_upload(Context& context, const ReceivedUpload& upload);

}  // namespace sluice::intake
