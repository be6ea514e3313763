#include "api/handler_helpers.h"

#include <charconv>

#include "base/ids.h"
#include "metadata/error_codes.h"

namespace sluice::api {

Result<std::int64_t> number_parameter(const http::Request& request, const char* name, Code bad,
                                      std::int64_t fallback, std::int64_t most) {
  const std::string* text = request.query_parameter(name);
  if (text == nullptr) return fallback;
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (code != std::errc() || end != text->data() + text->size() || number < 1 || number > most) {
    return fail(Errc::invalid_argument, bad,
                std::string(name) + " is not a number from 1 to " + std::to_string(most) + ".");
  }
  return number;
}

Result<std::int64_t> limit_of(const http::Request& request, std::int64_t fallback,
                              std::int64_t most) {
  return number_parameter(request, "limit", Code::bad_limit, fallback, most);
}

http::Response json_response(int status, const std::string& body) {
  return http::Response::text(status, body, "application/json");
}

bool sync_enabled(const Context& context, const Dataset& dataset) {
  return intake::sync_enabled(context.intake, dataset);
}

Result<metadata::DatasetRecord> dataset_of(Context& context, http::Request& request,
                                           const auth::Principal& principal) {
  const std::string id(request.parameter("id"));
  if (!is_uuid(id)) {
    return fail(Errc::not_found, metadata::Code::dataset_not_found,
                "There is no dataset of this id.", "List the datasets: GET /api/v1/datasets");
  }
  return context.intake.store.get_dataset(principal.tenant, id);
}

Result<void> check_tables_droppable(const Context& context) {
  if (context.intake.options.sync_possible) return {};
  return fail(Errc::conflict, Code::sync_disabled,
              "Tables cannot be dropped while sync is disabled.",
              "Set DATABRICKS_SYNC_ENABLED=true and MCP_ENABLED=true, then start again; a dataset "
              "alone is deleted with lakehouse=keep.");
}

}  // namespace sluice::api
