#include "http/curl_error.h"

#include <string_view>

#include "http/error_codes.h"

namespace sluice::http {
namespace {

bool is_http_url(CURL* easy) {
  const char* url = nullptr;
  curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
  return url != nullptr && std::string_view(url).starts_with("http");
}

}  // namespace

std::string place_of(const std::string& url) {
  CURLU* parsed = curl_url();
  std::string place = "the server";
  char* host = nullptr;
  char* port = nullptr;
  if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
    place = std::string(host) + ":" + port;
  }
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(parsed);
  return place;
}

Error error_of(CURLcode code, CURL* easy, const std::string& place) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      // libcurl takes an answer without HTTP's first line for HTTP/0.9, which it does not support.
      if (is_http_url(easy)) {
        return {Errc::unavailable, Code::bad_http_answer, place + " answers, but not in HTTP.", {}};
      }
      [[fallthrough]];
    case CURLE_URL_MALFORMAT:
      return {
          Errc::invalid_argument, Code::bad_url, "The address is not an http or https URL.", {}};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Errc::unavailable, Code::name_not_resolved,
              "The name of " + place + " cannot be resolved.", "Check the address and DNS."};
    case CURLE_COULDNT_CONNECT:
      return {Errc::unavailable, Code::connection_refused, "Cannot connect to " + place + ".",
              "Check that it runs and can be reached."};
    case CURLE_OPERATION_TIMEDOUT: {
      // libcurl has one code for three clocks; without a connection it was the connect timeout.
      double connected_s = 0;
      curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME, &connected_s);
      if (connected_s <= 0) {
        return {Errc::unavailable, Code::connection_refused, place + " does not answer.",
                "Check that it runs and can be reached."};
      }
      return {Errc::deadline_exceeded, Code::http_deadline, place + " did not finish in time.", {}};
    }
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return {Errc::unavailable, Code::tls_failed,
              "TLS with " + place + " failed: " + curl_easy_strerror(code) + ".",
              "Check the certificate and the CA file."};
    default:
      return {Errc::unavailable,
              Code::connection_reset,
              "The connection to " + place + " broke: " + curl_easy_strerror(code) + ".",
              {}};
  }
}

}  // namespace sluice::http
