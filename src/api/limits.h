#pragma once

#include <cstdint>

namespace sluice::api {

/// One uploaded file or one body of records. Larger files come by resumable upload in a later version.
inline constexpr std::uint64_t upload_bytes_max = 512ULL << 20;
/// The whole request: the file, and the form around it.
inline constexpr std::uint64_t upload_request_bytes_max = upload_bytes_max + (1ULL << 20);
/// A field of the form that is not the file.
inline constexpr std::size_t form_field_bytes_max = 16 << 10;
/// A name is a label in lists and makes the table's name.
inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t description_bytes_max = 8 << 10;
/// `{"sql": …}`: SQL is bounded by the query room, this leaves room for escapes.
inline constexpr std::size_t query_body_bytes_max = 256 << 10;
inline constexpr std::int64_t list_limit_default = 50;
inline constexpr std::int64_t list_limit_max = 500;
inline constexpr std::int64_t preview_rows_default = 20;
inline constexpr std::int64_t preview_rows_max = 1'000;

}  // namespace sluice::api
