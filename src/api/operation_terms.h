#pragma once

namespace sluice::api {

// The words in which the description (openapi.yaml) says what an operation wants.

/// What a caller needs.
enum class Permission {
  none,      ///< Nothing: it says nothing of anybody.
  internal,  ///< The key that Sluice's parts share.
  read,      ///< Any token. Such an operation changes nothing of the tenant's.
  query,     ///< Any token, for SQL and rows. Such an operation changes nothing of the tenant's.
  write,     ///< A token of scope full.
  admin,     ///< A token of scope full, for what is the tenant's as a whole.
};

/// The bound of its body (request_limits.h).
enum class BodyLimit {
  none,            ///< It takes none, and reads none.
  server_default,  ///< That of the server.
  upload,          ///< A form with a file of UPLOAD_BYTES_MAX.
  preview,         ///< A form with a file of preview_file_bytes_max.
  records,         ///< records_body_bytes_max.
  query,           ///< query_body_bytes_max, read before the handler runs.
  chunk,           ///< UPLOAD_BYTES_MAX.
};

/// What is spoken over a route besides HTTP.
enum class Protocol { none, tus };

}  // namespace sluice::api
