#pragma once

namespace sluice::api {

// The words in which the description (openapi.yaml) says what an operation wants.

/// What a caller needs.
enum class Permission {
  none,      ///< Nothing: it says nothing of anybody.
  internal,  ///< The key that Sluice's parts share.
  // A token or session that has the permission of this name (auth/permissions.h).
  read,   ///< Changes nothing of the tenant's.
  query,  ///< SQL and rows; changes nothing of the tenant's.
  write,
  admin,
};

/// The bound of its body (request_limits.h).
enum class BodyLimit {
  none,            ///< It takes none, and reads none.
  server_default,  ///< That of the server.
  upload,          ///< A form with a file of UPLOAD_BYTES_MAX.
  preview,         ///< A form with a file of preview_file_bytes_max.
  records,         ///< records_body_bytes_max.
  query,           ///< query_body_bytes_max, read before the handler runs.
  small,           ///< account_body_bytes_max, read before the handler runs.
  chunk,           ///< UPLOAD_BYTES_MAX.
};

/// What is spoken over a route besides HTTP.
enum class Protocol { none, tus };

}  // namespace sluice::api
