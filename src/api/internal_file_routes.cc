// Stored files for the MCP server.
#include "api/error_codes.h"
#include "api/handlers.h"
#include "base/hash.h"
#include "intake/damage.h"
#include "storage/error_codes.h"

namespace sluice::api {

// For the MCP server only (spec, "Internal File Endpoint"): the shared key, a checked name, one
// folder.
Result<http::Response> get_stored_file(Context& context, http::Request& request) {
  const std::optional<std::string_view> key =
      auth::bearer_credential(request.headers.get("Authorization"));
  if (!key || context.options.mcp_api_key.empty() ||
      !equal_constant_time(*key, context.options.mcp_api_key)) {
    return fail(Errc::unauthenticated, Code::mcp_key_invalid, "MCP_API_KEY is missing or wrong.",
                "Set the same MCP_API_KEY for the API and the MCP server.");
  }
  const std::string file_name(request.parameter("file_name"));
  if (!storage::is_parquet_file_name(file_name)) {
    return fail(Errc::not_found, storage::Code::file_not_found, "No such file.");
  }
  // A deleted dataset's file may still lie on disk for a moment; what is served is what is known.
  TRY_ASSIGN(const metadata::FileOwner owner, context.intake.store.find_by_file_name(file_name));
  TRY_ASSIGN(const std::filesystem::path path, context.intake.files.path_of(file_name));
  TRY(context.intake.files.open_for_reading(file_name));
  TRY(context.intake.verified.open(
      {path, owner.version.sha256,
       intake::remedy_later(context.intake.store, owner.dataset.tenant, owner.dataset.id,
                            metadata::FileKind::data)},
      {.stop = request.stop_token}));
  http::Response response;
  response.headers.set("Content-Type", "application/vnd.apache.parquet");
  response.headers.set("ETag", "\"" + owner.version.sha256 + "\"");
  response.headers.set("Cache-Control", "no-store");
  response.body = http::FileRange{path, 0, static_cast<std::uint64_t>(owner.version.bytes)};
  return response;
}

}  // namespace sluice::api
