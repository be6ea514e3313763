// The description of the API, for programs.
#include "api/description/description_routes.h"

#include <span>
#include <utility>

#include "http/asset.h"
#include "http/host_check.h"

namespace sluice::embedded {

std::span<const http::Asset> api_description();  // Made by cmake/SluiceEmbed.cmake.

}  // namespace sluice::embedded

namespace sluice::api {
namespace {

http::Response misdirected() {
  return http::Response::text(421, "This Host is not one of Sluice's; see ALLOWED_HOSTS.\n");
}

}  // namespace

http::Handler get_openapi(std::vector<std::string> hosts) {
  return [hosts = std::move(hosts)](http::Request& request) {
    if (!http::is_for_us(request, hosts)) return misdirected();
    return http::asset_response(request, embedded::api_description().front());
  };
}

std::string openapi_json() { return http::unpacked(embedded::api_description().front()); }

}  // namespace sluice::api
