#pragma once

#include <cstdint>

namespace sluice::api {

/// One body of records: it comes in one go and cannot be resumed. Files are bounded by the setting
/// UPLOAD_BYTES_MAX.
inline constexpr std::uint64_t records_body_bytes_max = 512ULL << 20;
/// The form around an uploaded file: its fields and part headers.
inline constexpr std::uint64_t form_overhead_bytes_max = 1ULL << 20;
/// Unfinished resumable uploads of a tenant: each may hold UPLOAD_BYTES_MAX of the disk.
inline constexpr std::int64_t open_uploads_max = 100;
/// A field of the form that is not the file.
inline constexpr std::size_t form_field_bytes_max = 16 << 10;
/// `{"sql": …}`: SQL is bounded by the query room, this leaves room for escapes.
inline constexpr std::size_t query_body_bytes_max = 256 << 10;
/// Options of an ingest: column_types may name 2,000 columns.
inline constexpr std::size_t options_body_bytes_max = 1 << 20;
/// What is sent to log in, or to make a token: some words.
inline constexpr std::size_t account_body_bytes_max = 16 << 10;
/// Of a token or a role.
inline constexpr std::size_t credential_name_bytes_max = 200;
inline constexpr std::int64_t credential_days_max = 3'650;
inline constexpr std::int64_t invitation_days_default = 7;
inline constexpr std::int64_t invitation_days_max = 90;
/// The file of a preview: a beginning of a text, or a whole workbook or Parquet file.
inline constexpr std::uint64_t preview_file_bytes_max = 32ULL << 20;
/// Of a text, what is read of it unless the client says otherwise, and at most.
inline constexpr std::int64_t preview_text_bytes_default = 1 << 20;
inline constexpr std::int64_t preview_text_bytes_max = 8 << 20;
/// Rows of a file's preview; those of a dataset's are preview_rows_max.
inline constexpr std::int64_t file_preview_rows_max = 200;
inline constexpr std::int64_t file_preview_rejects_max = 20;
inline constexpr std::int64_t list_limit_default = 50;
inline constexpr std::int64_t list_limit_max = 500;
inline constexpr std::int64_t preview_rows_default = 20;
inline constexpr std::int64_t preview_rows_max = 1'000;

}  // namespace sluice::api
