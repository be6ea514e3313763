#pragma once

#include "base/error_code.h"

namespace sluice::http {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_HTTP_CODES(CODE)                                                                   \
  CODE(answer_file_missing, "The file that was to be sent is missing or too short.")              \
  CODE(bad_body, "The request body breaks the rules of HTTP.")                                    \
  CODE(bad_header, "A header of a request that Sluice sends holds a line end.")                   \
  CODE(bad_http_answer, "The other side answers, but not in HTTP.")                               \
  CODE(bad_listen_address,                                                                        \
       "An address to listen on is not an IP address and a port of this machine.")                \
  CODE(bad_multipart, "The form in the body is malformed.")                                       \
  CODE(bad_multipart_boundary, "The Content-Type names no boundary, or one that is not allowed.") \
  CODE(bad_request, "The request line, a header or the path is malformed.")                       \
  CODE(bad_url, "An address is not an http or https URL.")                                        \
  CODE(body_too_large, "The request body is larger than this route takes.")                       \
  CODE(body_too_slow, "The request body did not arrive in time.")                                 \
  CODE(client_disconnected, "The client closed the connection.")                                  \
  CODE(connection_refused, "The other side cannot be connected to.")                              \
  CODE(connection_reset, "The connection broke in the middle.")                                   \
  CODE(header_too_large, "The request line and headers are too large.")                           \
  CODE(http_cancelled, "A call to another server was stopped.")                                   \
  CODE(http_client_broken, "The HTTP client's library failed.")                                   \
  CODE(http_deadline, "The other side did not finish in time.")                                   \
  CODE(method_not_allowed, "This path does not take this method.")                                \
  CODE(name_not_resolved, "The other side's host name cannot be resolved.")                       \
  CODE(no_such_route, "There is nothing at this path.")                                           \
  CODE(not_multipart, "The body is not multipart/form-data.")                                     \
  CODE(part_header_too_large, "The headers of a part of the form are too large.")                 \
  CODE(port_forbidden, "Sluice may not listen on this port.")                                     \
  CODE(port_taken, "Another program listens on the port already.")                                \
  CODE(response_too_large, "Another server's answer is larger than Sluice takes.")                \
  CODE(server_busy, "Too many requests are waiting.")                                             \
  CODE(stalled, "The other side stopped sending.")                                                \
  CODE(tls_failed, "TLS with the other side failed.")                                             \
  CODE(too_many_parts, "The form has more parts than are taken.")                                 \
  CODE(transfer_encoding, "The body has a Transfer-Encoding other than `chunked`.")               \
  CODE(upload_file_short, "The file that is being sent became shorter meanwhile.")
SLUICE_ERROR_CODES(Code, SLUICE_HTTP_CODES)

}  // namespace sluice::http
