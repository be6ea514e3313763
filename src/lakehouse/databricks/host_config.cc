#include "lakehouse/databricks/host_config.h"

#include <algorithm>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "lakehouse/databricks/json_at.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds ask_deadline{10};
constexpr const char* account_place = "{account_id}";

/// The token endpoint below `oidc_endpoint`, which for an account-wide host holds a placeholder.
/// Empty for one of another host: our secret goes to no place but the one that the settings name.
std::string token_url_of(const json::value& said, const std::string& host) {
  std::string endpoint = text_at(said, "/oidc_endpoint");
  if (!endpoint.starts_with(host + "/")) return {};
  if (const std::size_t at = endpoint.find(account_place); at != std::string::npos) {
    const std::string account = text_at(said, "/account_id");
    if (account.empty()) return {};
    endpoint.replace(at, std::string_view(account_place).size(), account);
  }
  const bool is_plain = std::all_of(endpoint.begin(), endpoint.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view(":/.-_[]").find(c) != std::string_view::npos;
  });
  return is_plain ? endpoint + "/v1/token" : "";
}

}  // namespace

HostConfig HostConfigSource::from_settings() const {
  return {connection_.workspace_id, connection_.host + "/oidc/v1/token"};
}

HostConfig HostConfigSource::get(const std::stop_token& stop, std::int64_t& calls) {
  const std::lock_guard lock(mutex_);
  if (known_) return *known_;
  http::ClientRequest request;
  request.url = connection_.host + "/.well-known/databricks-config";
  request.headers.set("Accept", "application/json");
  request.deadline = ask_deadline;
  request.response_bytes_max = 64U << 10U;
  request.stop_token = stop;
  ++calls;
  const Result<http::ClientResponse> response = client_.send(request);
  HostConfig config = from_settings();
  // Anything else may be a gate before the host: it is asked again.
  if (!response || (response->status != 200 && response->status != 404)) return config;
  boost::system::error_code bad;
  const json::value said = json::parse(response->body, bad);
  if (response->status == 200 && !bad) {
    const std::string id = text_at(said, "/workspace_id");
    if (config.workspace_id.empty() && is_workspace_id(id)) config.workspace_id = id;
    if (const std::string url = token_url_of(said, connection_.host); !url.empty()) {
      config.token_url = url;
    }
  }
  known_ = config;
  return config;
}

}  // namespace sluice::lakehouse::databricks
