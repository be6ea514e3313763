#include "lakehouse/databricks/upload_address.h"

#include <boost/json.hpp>

#include "base/clock.h"
#include "lakehouse/databricks/json_at.h"

namespace sluice::lakehouse::databricks {
namespace {

constexpr Micros url_lifetime_us = Micros{3'600} * 1'000'000;

}  // namespace

std::optional<http::ClientRequest> presigned_request(const boost::json::value& answer,
                                                     const char* name) {
  const std::string at = std::string("/") + name;
  const boost::json::array* list = array_at(answer, at);
  const boost::json::value* address =
      list != nullptr ? value_at(answer, at + "/0") : value_at(answer, at);
  if (address == nullptr || !address->is_object()) return std::nullopt;
  http::ClientRequest request;
  request.url = text_at(*address, "/url");
  if (request.url.empty()) return std::nullopt;
  const boost::json::array* headers = array_at(*address, "/headers");
  if (headers == nullptr) return request;
  for (const boost::json::value& header : *headers) {
    const boost::json::value* key = value_at(header, "/name");
    const boost::json::value* value = value_at(header, "/value");
    if (key == nullptr || !key->is_string() || value == nullptr || !value->is_string()) {
      return std::nullopt;
    }
    request.headers.set(key->get_string(), value->get_string());
  }
  return request;
}

std::string presigned_expiry() { return to_rfc3339(SystemClock().now_us() + url_lifetime_us); }

}  // namespace sluice::lakehouse::databricks
