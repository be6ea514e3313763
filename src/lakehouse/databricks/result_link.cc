#include "lakehouse/databricks/result_link.h"

#include <fcntl.h>

#include <cerrno>

#include "base/files.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

tl::unexpected<Error> no_chunk(const std::string& doing, const std::string& why) {
  return fail(
      Errc::unavailable, Code::databricks_links, doing + ": " + why,
      "Ask again; if it stays so, allow this machine to reach the cloud's storage where the "
      "workspace keeps its results (its firewall, a proxy, private link).");
}

}  // namespace

Result<void> fetch_result_link(Rest& rest, const boost::json::value& link,
                               const std::filesystem::path& file, const std::string& doing,
                               const std::stop_token& stop, CallCount& calls) {
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", file.string()));
  http::ClientRequest request;
  request.url = text_at(link, "/external_link");
  if (request.url.empty()) return no_chunk(doing, "the answer holds no link.");
  if (const boost::json::object* headers = object_at(link, "/http_headers")) {
    for (const auto& [name, value] : *headers) {
      if (value.is_string()) request.headers.set(name, value.get_string());
    }
  }
  request.stop_token = stop;
  const Result<http::ClientResponse> response =
      rest.fetch_presigned(std::move(request), fd.get(), calls);
  if (response && response->status == 200) return {};
  // A redirect is a refusal too: the headers are for this address alone.
  if (response)
    return no_chunk(doing, "the storage answered " + std::to_string(response->status) + ".");
  if (!is_retryable(response.error().kind)) return fail(response.error());
  return no_chunk(doing, response.error().detail);
}

}  // namespace sluice::lakehouse::databricks
