#pragma once

#include "base/error_code.h"

namespace sluice::api {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_API_CODES(CODE)                                                                 \
  CODE(bad_bytes, "`bytes` or `source_bytes` is not a number that is allowed.")                \
  CODE(bad_cursor, "The cursor is not one of ours.")                                           \
  CODE(bad_days, "`days` is not a number that is allowed.")                                    \
  CODE(bad_json_body, "The JSON body is not what the operation takes.")                        \
  CODE(bad_lakehouse, "`lakehouse` is neither `keep` nor `drop`.")                             \
  CODE(bad_limit, "`limit` is not a number that is allowed.")                                  \
  CODE(bad_query_body, "The body of the query is not as it should be.")                        \
  CODE(bad_sync_status, "There is no such `sync_status`.")                                     \
  CODE(bad_tus_header, "A header of tus is missing, or is not a number of bytes.")             \
  CODE(bad_upload_checksum, "`Upload-Checksum` is malformed.")                                 \
  CODE(cookies_insecure, "A browser's session takes TLS, or a browser on this machine.")       \
  CODE(csrf_failed, "A cookie alone does not let in what changes something.")                  \
  CODE(downloads_busy, "Too many originals are being sent.")                                   \
  CODE(exports_busy, "Too many large answers are being sent.")                                 \
  CODE(field_twice, "The form has a part twice.")                                              \
  CODE(field_unknown, "The form has a part that is not known.")                                \
  CODE(file_missing, "The form has no part `file`.")                                           \
  CODE(file_twice, "The form has two parts `file`.")                                           \
  CODE(form_field_too_large, "A field of the form is too long.")                               \
  CODE(ingest_busy, "Too many uploads are being converted.")                                   \
  CODE(logins_busy, "Too many logins are being checked.")                                      \
  CODE(mcp_key_invalid, "The MCP server's key is missing or wrong.")                           \
  CODE(method_override, "`X-HTTP-Method-Override` names another method than PATCH or DELETE.") \
  CODE(no_profile, "This version has no profile.")                                             \
  CODE(not_profiled, "The columns of this version are still being looked through.")            \
  CODE(permission_missing, "The token, or the role, does not have what this takes.")           \
  CODE(preview_too_large, "The file is too large to be previewed as a whole.")                 \
  CODE(previews_busy, "Too many files are being previewed.")                                   \
  CODE(remote_queries_busy, "Too many queries of lakehouse tables are running.")               \
  CODE(restore_impossible, "The file cannot be restored from the bronze table.")               \
  CODE(source_not_kept, "The original of this dataset was not kept.")                          \
  CODE(sql_missing, "There is no SQL in the request.")                                         \
  CODE(sync_disabled, "Sync is switched off.")                                                 \
  CODE(token_read_only, "This token may only read.")                                           \
  CODE(tus_version, "`Tus-Resumable` names no version that is spoken here.")                   \
  CODE(unsupported_media_type, "The body is not of a content type that the route takes.")      \
  CODE(upload_checksum_mismatch,                                                               \
       "The bytes do not have the digest of `Upload-Checksum`, and were thrown away.")         \
  CODE(upload_checksum_unknown, "`Upload-Checksum` names an algorithm that is not known.")     \
  CODE(upload_defer_length, "Uploads of an unknown length are not taken.")                     \
  CODE(upload_expired, "Nothing came for this upload for too long.")                           \
  CODE(upload_length, "More bytes come than `Upload-Length` said.")                            \
  CODE(upload_offset, "`Upload-Offset` is not the number of bytes that are there.")            \
  CODE(upload_too_large, "The file is larger than `UPLOAD_BYTES_MAX`.")                        \
  CODE(uploads_busy, "Too many uploads are being received.")
SLUICE_ERROR_CODES(Code, SLUICE_API_CODES)

}  // namespace sluice::api
