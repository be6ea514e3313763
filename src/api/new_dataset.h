#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "api/context.h"
#include "dataset/dataset.h"
#include "ingest/ingest.h"

namespace sluice::api {

/// A file that arrived as a resumable upload, complete on the disk.
struct ReceivedUpload {
  std::string upload_id;
  std::filesystem::path path;
  TenantId tenant;
  std::string dataset_id;  ///< Of the dataset to make, or, where `is_version`, to renew.
  bool is_version = false;
  std::string file_name;    ///< Of the Parquet file to make.
  std::string name;         ///< Of a new dataset.
  std::string description;  ///< Of a new dataset.
  std::string label;        ///< What the client calls the file.
  ingest::IngestOptions options;
  std::shared_ptr<ingest::IngestProgress> progress;
  std::stop_token stop;
};

/// `name_missing`, `name_too_long`, `description_too_long`.
Result<void> check_labels(const std::string& name, const std::string& description);

/// Ingests it into a dataset or a new version, and settles the upload in the same transaction;
/// repeating it after a crash converges. The caller holds an ingest slot and the upload's file.
/// Errors: those of ingest, and `upload_gone`.
Result<Dataset> dataset_from_upload(Context& context, const ReceivedUpload& upload);

}  // namespace sluice::api
