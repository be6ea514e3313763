#include "mcp_tools/tools.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "base/fault.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "http/router.h"
#include "mcp_tools/schemas.h"

namespace sluice::mcp_tools {

namespace json = boost::json;

namespace {

std::string text(const json::object& arguments, const char* name) {
  return json::value_to<std::string>(arguments.at(name));
}

std::vector<Column> columns_of(const json::object& arguments) {
  std::vector<Column> columns;
  for (const json::value& entry : arguments.at("columns").as_array()) {
    const json::object& object = entry.as_object();
    columns.push_back({text(object, "name"), text(object, "original"), text(object, "type"), ""});
  }
  return columns;
}

lakehouse::TableRequest request_of(const mcp::ToolCall& call) {
  const json::object& arguments = call.arguments;
  lakehouse::TableRequest request;
  request.tenant.value = text(arguments, "tenant_id");
  request.dataset_id = text(arguments, "dataset_id");
  request.version = arguments.at("version").as_int64();
  request.sha256 = text(arguments, "sha256");
  request.table_name = text(arguments, "table_name");
  request.columns = columns_of(arguments);
  const json::value* rebuild = arguments.if_contains("rebuild");
  request.rebuild = rebuild != nullptr && rebuild->as_bool();
  request.stop = call.stop_token;
  return request;
}

json::object cost_json(const SyncCost& cost) {
  return {{"statements", cost.statements},
          {"rest_calls", cost.rest_calls},
          {"bytes_uploaded", cost.bytes_uploaded},
          {"warehouse_ms", cost.warehouse_ms}};
}

json::object table_json(const lakehouse::TableState& table) {
  json::array columns;
  for (const Column& column : table.columns) {
    columns.push_back(
        json::object{{"name", column.name}, {"original", column.original}, {"type", column.type}});
  }
  return {{"table", table.table},         {"kind", table.kind},
          {"location", table.location},   {"data_file", table.data_file},
          {"row_count", table.row_count}, {"file_sha256", table.file_sha256},
          {"columns", std::move(columns)}};
}

/// Removes the landing file unless it was taken over.
class Landing {
 public:
  explicit Landing(std::filesystem::path path) : path_(std::move(path)) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() { ::unlink(path_.c_str()); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

Result<void> Tools::add_to(mcp::Server& server) {
  using Member = Result<json::object> (Tools::*)(mcp::ToolCall&, SyncCost&);
  const auto handler = [this](const char* name, Member member) {
    return [this, name, member](mcp::ToolCall& call) {
      const std::string tenant = text(call.arguments, "tenant_id");
      const std::string table = text(call.arguments, "table_name");
      SyncCost cost;
      Result<json::object> result = (this->*member)(call, cost);
      const json::object meta{{mcp::meta_cost, cost_json(cost)}};
      if (!result) {
        log::error(name, {{"request_id", call.request_id},
                          {"tenant", tenant},
                          {"table_name", table},
                          {"code", result.error().code},
                          {"error", to_line(result.error())}});
        mcp::ToolResult failed = mcp::ToolResult::failed(result.error());
        failed.meta = meta;
        return failed;
      }
      log::info(name, {{"request_id", call.request_id}, {"tenant", tenant}, {"table_name", table}});
      mcp::ToolResult done = mcp::ToolResult::ok(std::move(*result));
      done.meta = meta;
      return done;
    };
  };
  TRY(server.add(
      {.name = "sync_dataset",
       .title = "Load a dataset into bronze",
       .description =
           "Downloads a dataset version's Parquet file, checks its SHA-256 and makes the "
           "bronze table of it. Repeating it changes nothing.",
       .annotations =
           {.read_only = false, .destructive = false, .idempotent = true, .open_world = false},
       .input_schema = sync_dataset_input,
       .output_schema = table_output,
       .handler = handler("sync_dataset", &Tools::sync_dataset)}));
  TRY(server.add(
      {.name = "transform_to_silver",
       .title = "Make silver from bronze",
       .description = "Makes the silver table by the column plan: names, types, nulls, duplicates. "
                      "Rows that the plan cannot cast go to the quarantine table.",
       .annotations =
           {.read_only = false, .destructive = false, .idempotent = true, .open_world = false},
       .input_schema = transform_to_silver_input,
       .output_schema = table_output,
       .handler = handler("transform_to_silver", &Tools::transform_to_silver)}));
  return server.add({.name = "drop_tables",
                     .title = "Drop a dataset's tables",
                     .description = "Drops the bronze, silver and quarantine tables of a dataset.",
                     .annotations = {.read_only = false,
                                     .destructive = true,
                                     .idempotent = true,
                                     .open_world = false},
                     .input_schema = drop_tables_input,
                     .output_schema = drop_tables_output,
                     .handler = handler("drop_tables", &Tools::drop_tables)});
}

Result<void> Tools::download(mcp::ToolCall& call, const std::string& file_name,
                             const std::string& sha256, std::int64_t file_bytes,
                             const std::filesystem::path& target) {
  const FileDescriptor fd(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", target.string()));
  http::ClientRequest request;
  request.url = source_.api_url + "/internal/storage/datasets/" + http::percent_encode(file_name);
  request.headers.set("Authorization", "Bearer " + source_.key);
  request.deadline = std::chrono::milliseconds(0);  // bounded by its slowest speed, not by its size
  request.stop_token = call.stop_token;
  Sha256 hash;
  double got = 0;
  const Result<http::ClientResponse> response =
      client_.send_to_file(request, fd.get(), [&](std::string_view bytes) {
        hash.update(bytes);
        got += static_cast<double>(bytes.size());
        call.report_progress(got, static_cast<double>(file_bytes));
      });
  // A full disk is ours to report, not the API's to wait for.
  if (!response && (response.error().kind == Errc::unavailable ||
                    response.error().kind == Errc::deadline_exceeded)) {
    return fail(Errc::unavailable, "api_unreachable", response.error().detail,
                "The sync goes on by itself when the API is back.");
  }
  if (!response) return fail(response.error());
  if (response->status == 401 || response->status == 403) {
    return fail(Errc::permission_denied, "mcp_key_mismatch",
                "The API does not take the MCP server's key.",
                "Set the same MCP_API_KEY for the API and the MCP server.");
  }
  if (response->status == 404) {
    return fail(Errc::not_found, "file_not_found",
                "The API has no file " + file_name + ": the dataset was deleted, or replaced.");
  }
  if (response->status == 409) {
    return fail(Errc::data_loss, "data_damaged",
                "The API says that " + file_name + " is not what was stored.",
                "The dataset's status says what mends it.");
  }
  if (response->status != 200) {
    return fail(Errc::unavailable, "api_unreachable",
                "The API answered " + std::to_string(response->status) + ".",
                "The sync goes on by itself when the API is back.");
  }
  if (hash.finish_hex() != sha256) {
    return fail(Errc::data_loss, "landed_file_damaged",
                "The bytes of " + file_name + " are not those that were stored.",
                "Upload the file again as a new version.");
  }
  return {};
}

Result<json::object> Tools::sync_dataset(mcp::ToolCall& call, SyncCost& cost) {
  lakehouse::TableRequest request = request_of(call);
  request.cost = &cost;
  TRY_ASSIGN(std::optional<lakehouse::TableState> table, lakehouse_.find_bronze(request));
  if (!table) {
    TRY_ASSIGN(const std::filesystem::path path, lakehouse_.landing_path(request));
    const Landing landing(path);
    TRY(download(call, text(call.arguments, "file_name"), request.sha256,
                 call.arguments.at("file_bytes").as_int64(), landing.path()));
    FAULT_POINT("mcp.downloaded");
    TRY_ASSIGN(table, lakehouse_.load_bronze(request, landing.path()));
  }
  json::object answer = table_json(*table);
  answer["lakehouse"] = lakehouse_.kind();
  return answer;
}

Result<json::object> Tools::transform_to_silver(mcp::ToolCall& call, SyncCost& cost) {
  lakehouse::TableRequest request = request_of(call);
  request.cost = &cost;
  TRY_ASSIGN(const lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(json::serialize(call.arguments.at("plan"))));
  TRY_ASSIGN(const lakehouse::SilverState state, lakehouse_.load_silver(request, plan));
  json::object answer = table_json(state.silver);
  answer["lakehouse"] = lakehouse_.kind();
  answer["rows_quarantined"] = state.rows_quarantined;
  answer["duplicates_removed"] = state.duplicates_removed;
  if (state.quarantine) answer["quarantine"] = table_json(*state.quarantine);
  return answer;
}

Result<json::object> Tools::drop_tables(mcp::ToolCall& call, SyncCost& cost) {
  lakehouse::TableRequest request;
  request.tenant.value = text(call.arguments, "tenant_id");
  request.dataset_id = text(call.arguments, "dataset_id");
  request.table_name = text(call.arguments, "table_name");
  request.stop = call.stop_token;
  request.cost = &cost;
  TRY(lakehouse_.drop_tables(request));
  return json::object{{"dropped", true}};
}

}  // namespace sluice::mcp_tools
