#include "mcp_tools/api_files.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>

#include "base/files.h"
#include "base/hash.h"
#include "http/percent_encoding.h"
#include "http/router.h"
#include "lakehouse/error_codes.h"
#include "mcp_tools/error_codes.h"
#include "storage/error_codes.h"

namespace sluice::mcp_tools {

namespace {

tl::unexpected<Error> api_unreachable(const std::string& detail) {
  return fail(Errc::unavailable, lakehouse::Code::api_unreachable, detail,
              "The sync goes on by itself when the API is back.");
}

Result<void> check_status(int status, const std::string& name) {
  switch (status) {
    case 200:
      return {};
    case 401:
    case 403:
      return fail(Errc::permission_denied, Code::mcp_key_mismatch,
                  "The API does not take the MCP server's key.",
                  "Set the same MCP_API_KEY for the API and the MCP server.");
    case 404:
      return fail(Errc::not_found, storage::Code::file_not_found,
                  "The API has no file " + name + ": the dataset was deleted, or replaced.");
    case 409:
      return fail(Errc::data_loss, storage::Code::data_damaged,
                  "The API says that " + name + " is not what was stored.",
                  "The dataset's status says what mends it.");
    default:
      return api_unreachable("The API answered " + std::to_string(status) + ".");
  }
}

}  // namespace

Result<void> ApiFiles::fetch(mcp::ToolCall& call, const WantedFile& file,
                             const std::filesystem::path& target) {
  const FileDescriptor fd(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", target.string()));
  http::ClientRequest request;
  request.url = source_.api_url + "/internal/storage/datasets/" + http::percent_encode(file.name);
  request.headers.set("Authorization", "Bearer " + source_.key);
  request.deadline = std::chrono::milliseconds(0);  // bounded by its slowest speed, not by its size
  request.stop_token = call.stop_token;
  Sha256 hash;
  double got = 0;
  const Result<http::ClientResponse> response =
      client_.send_to_file(request, fd.get(), [&](std::string_view bytes) {
        hash.update(bytes);
        got += static_cast<double>(bytes.size());
        call.report_progress(got, static_cast<double>(file.bytes));
      });
  // A full disk is ours to report, not the API's to wait for.
  if (!response && (response.error().kind == Errc::unavailable ||
                    response.error().kind == Errc::deadline_exceeded)) {
    return api_unreachable(response.error().detail);
  }
  if (!response) return fail(response.error());
  TRY(check_status(response->status, file.name));
  if (hash.finish_hex() == file.sha256) return {};
  return fail(Errc::data_loss, lakehouse::Code::landed_file_damaged,
              "The bytes of " + file.name + " are not those that were stored.",
              "Upload the file again as a new version.");
}

}  // namespace sluice::mcp_tools
