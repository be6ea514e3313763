#include "lakehouse/databricks/check/workspace_reads.h"

#include <algorithm>

#include <boost/json.hpp>

#include "base/background_loop.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/error_decisions.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

const std::string unity_catalog = "/api/2.1/unity-catalog/";
/// Of a listing: no workspace has more external locations or grants than these hold.
constexpr int pages_max = 20;

std::string quoted_for_scim(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

PrivilegeAssignment assignment_from(const json::value& said) {
  PrivilegeAssignment assignment{text_at(said, "/principal"), {}};
  for (const json::value& each : items_at(said, "/privileges")) {
    assignment.privileges.push_back(text_at(each, "/privilege"));
  }
  return assignment;
}

}  // namespace

bool is_refused(const Error& error) {
  // Who is not in the workspace is refused everything, and no grant helps.
  return error.code == Code::databricks_permission && error.remedy != decisions::entitlement.remedy;
}

bool is_bound_elsewhere(const Error& error) { return error.code == Code::databricks_binding; }

template <typename T, typename Call>
Result<T> WorkspaceReads::bounded(const std::string& doing, const Call& call) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now());
  const std::chrono::milliseconds limit = std::min(call_deadline, left);
  if (limit.count() <= 0) {
    return fail(Errc::deadline_exceeded, Code::databricks_unavailable,
                doing + ": the time of the check was over before.", "Check again.");
  }
  std::stop_source ends;
  const std::stop_callback stopped(stop_, [&ends] { ends.request_stop(); });
  const std::jthread timer =
      guarded_thread("check timer", [&ends, limit](const std::stop_token& is_done) {
        if (pause_for(limit, is_done)) ends.request_stop();
      });
  Result<T> answer = call(ends.get_token());
  if (answer || answer.error().kind == Errc::not_found) ++answered_;
  if (!answer && answer.error().kind == Errc::cancelled && !stop_.stop_requested()) {
    return fail(
        Errc::deadline_exceeded, Code::databricks_unavailable,
        doing + ": no answer within " +
            std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) + " s.",
        "Check that this machine reaches the workspace (proxy, firewall), and check again.");
  }
  return answer;
}

Result<json::value> WorkspaceReads::get(const std::string& path, const std::string& doing) {
  return bounded<json::value>(doing, [&](const std::stop_token& stop) {
    RestCall call;
    call.path = path;
    call.doing = doing;
    call.stop = stop;
    return rest_.call(call, calls_);
  });
}

template <typename Each>
Result<void> WorkspaceReads::get_pages(const std::string& path, const char* items,
                                       const std::string& doing, const Each& each) {
  std::string token;
  for (int page = 0; page < pages_max; ++page) {
    // 0: pages as long as the server likes. An empty one may have a next.
    std::string asked = path + (path.find('?') == path.npos ? "?" : "&") + "max_results=0";
    if (!token.empty()) asked += "&page_token=" + http::percent_encode(token);
    TRY_ASSIGN(const json::value said, get(asked, doing));
    for (const json::value& item : items_at(said, std::string("/") + items)) each(item);
    token = text_at(said, "/next_page_token");
    if (token.empty()) break;
  }
  return {};
}

Result<Identity> WorkspaceReads::me() {
  TRY_ASSIGN(const json::value said, get("/api/2.0/preview/scim/v2/Me", "Asking who we are"));
  Identity me{text_at(said, "/userName"), {}};
  for (const json::value& group : items_at(said, "/groups")) {
    me.groups.push_back(text_at(group, "/display"));
  }
  return me;
}

Result<MetastoreSummary> WorkspaceReads::metastore() {
  TRY_ASSIGN(const json::value said,
             get(unity_catalog + "metastore_summary", "Looking at the metastore"));
  return MetastoreSummary{text_at(said, "/metastore_id"), text_at(said, "/name"),
                          text_at(said, "/cloud"),        text_at(said, "/region"),
                          text_at(said, "/owner"),        text_at(said, "/storage_root")};
}

Result<std::string> WorkspaceReads::metastore_assigned() {
  TRY_ASSIGN(const json::value said,
             get(unity_catalog + "current-metastore-assignment", "Looking for the metastore"));
  return text_at(said, "/metastore_id");
}

Result<WarehouseState> WorkspaceReads::warehouse(const std::string& id) {
  return bounded<WarehouseState>(
      "Looking at the warehouse " + id,
      [&](const std::stop_token& stop) { return warehouse_state(rest_, id, stop, calls_); });
}

Result<std::optional<CatalogObject>> WorkspaceReads::find(const std::string& kind,
                                                          const std::string& full_name) {
  const auto said =
      get(unity_catalog + kind + "/" + http::percent_encode(full_name), "Looking for " + full_name);
  if (!said && said.error().kind == Errc::not_found) return std::nullopt;
  if (!said) return fail(said.error());
  return CatalogObject{
      text_at(*said, "/owner"), text_at(*said, "/storage_root"),
      text_at(*said, "/effective_predictive_optimization_flag/value") == "DISABLE"};
}

Result<std::vector<PrivilegeAssignment>> WorkspaceReads::effective_privileges(
    const SecurableName& securable, const std::string& principal) {
  std::string path = unity_catalog + "effective-permissions/" + securable.type + "/" +
                     http::percent_encode(securable.name);
  if (!principal.empty()) path += "?principal=" + http::percent_encode(principal);
  std::vector<PrivilegeAssignment> assignments;
  TRY(get_pages(path, "privilege_assignments",
                "Looking at the privileges on the " + securable.type + " " + securable.name,
                [&](const json::value& each) { assignments.push_back(assignment_from(each)); }));
  return assignments;
}

Result<std::vector<ExternalLocation>> WorkspaceReads::external_locations() {
  std::vector<ExternalLocation> locations;
  TRY(get_pages(unity_catalog + "external-locations", "external_locations",
                "Looking at the external locations", [&](const json::value& each) {
                  locations.push_back({text_at(each, "/name"), text_at(each, "/url"),
                                       text_at(each, "/owner"), is_true_at(each, "/read_only")});
                }));
  return locations;
}

Result<std::optional<Quota>> WorkspaceReads::quota(const SecurableName& parent,
                                                   const std::string& name) {
  const auto said = get(unity_catalog + "resource-quotas/" + parent.type + "/" +
                            http::percent_encode(parent.name) + "/" + name,
                        "Looking at the " + name + " of " + parent.name);
  if (!said && said.error().kind == Errc::not_found) return std::nullopt;
  if (!said) return fail(said.error());
  if (value_at(*said, "/quota_info/quota_limit") == nullptr) return std::nullopt;
  return Quota{number_at(*said, "/quota_info/quota_count"),
               number_at(*said, "/quota_info/quota_limit")};
}

Result<GroupKind> WorkspaceReads::group_kind(const std::string& name) {
  const std::string filter = "displayName eq " + quoted_for_scim(name);
  TRY_ASSIGN(const json::value said, get("/api/2.0/preview/scim/v2/Groups?attributes=" +
                                             http::percent_encode("displayName,meta") +
                                             "&count=2&filter=" + http::percent_encode(filter),
                                         "Looking for the group " + name));
  for (const json::value& group : items_at(said, "/Resources")) {
    if (text_at(group, "/displayName") != name) continue;
    const bool is_local = text_at(group, "/meta/resourceType") == "WorkspaceGroup";
    return is_local ? GroupKind::workspace : GroupKind::account;
  }
  return GroupKind::unknown;
}

}  // namespace sluice::lakehouse::databricks
