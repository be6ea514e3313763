#include "federation/federation.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/files.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "dataset/names.h"
#include "federation/deadline_stop.h"
#include "federation/plan_rows.h"
#include "federation/plan_scans.h"
#include "federation/stand_ins.h"
#include "query/error_codes.h"

namespace sluice::federation {

namespace fs = std::filesystem;
namespace json = boost::json;
using lakehouse::RemoteName;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

namespace {

/// Each is a call to the catalogue and a statement to the warehouse.
constexpr std::size_t names_max = 16;
constexpr std::size_t plan_depth_max = 2'000;

/// The files of one query; they go with it.
Result<std::shared_ptr<ScopedPath>> new_folder(const fs::path& parent) {
  auto folder = std::make_shared<ScopedPath>(parent / random_hex(8));
  TRY(create_folders(folder->path()));
  return folder;
}

/// The asker's own token is good: 401 and 403 would say otherwise.
Error not_the_askers(Error error) {
  if (error.kind == Errc::unauthenticated || error.kind == Errc::permission_denied) {
    error.kind = Errc::conflict;
  }
  return error;
}

Error late_or(const DeadlineStop& deadline, const Error& error) {
  if (!deadline.passed()) return error;
  return Error{Errc::deadline_exceeded, query::Code::query_deadline,
               "The lakehouse's warehouse did not give the rows in time; it may be starting.",
               "Ask again in a moment, or with mode=async, which may take an hour."};
}

/// The plan within an answer's rows; null where there is none.
json::value* plan_in(json::value& rows) {
  boost::system::error_code bad;
  json::value* plan = rows.find_pointer("/0/0", bad);
  return bad ? nullptr : plan;
}

json::value rows_of(const std::string& text) {
  json::parse_options deep;
  deep.max_depth = plan_depth_max;
  boost::system::error_code bad;
  json::value rows = json::parse(text, bad, {}, deep);
  return bad ? json::value() : rows;
}

}  // namespace

/// A plan, and what it wants of each table.
struct Federation::Planned {
  query::QueryAnswer answer;
  std::string prefix;
  std::vector<RemoteScan> scans;
};

std::vector<RemoteName> Federation::remote_names(const TenantId& tenant,
                                                 const query::ParsedStatement& statement) const {
  std::vector<RemoteName> names;
  for (const query::TableReference& table : statement.tables) {
    if (table.name.size() == 3 && remote_.may_hold(tenant, table.name)) names.push_back(table.name);
  }
  return names;
}

Result<std::vector<RemoteTable>> Federation::tables_of(const FederatedQuery& query,
                                                       const std::stop_token& stop) const {
  if (query.names.size() > names_max) {
    return fail(Errc::too_large, query::Code::query_too_large,
                "The query names " + std::to_string(query.names.size()) +
                    " tables of the lakehouse; at most " + std::to_string(names_max) +
                    " are fetched for one query.",
                "Name fewer of them in one query.");
  }
  std::vector<RemoteTable> tables;
  for (const RemoteName& name : query.names) {
    Result<std::optional<RemoteTable>> found = remote_.find(name, stop);
    if (!found) return fail(not_the_askers(found.error()));
    std::optional<RemoteTable>& table = *found;
    if (table && !table->columns.empty()) tables.push_back(std::move(*table));
  }
  return tables;
}

Result<Federation::Planned> Federation::plan(const FederatedQuery& query,
                                             const std::vector<RemoteTable>& tables,
                                             const fs::path& folder,
                                             const std::stop_token& stop) const {
  Planned planned;
  planned.prefix = "p" + random_hex(8);
  query::QueryRequest request = query.request;
  request.format = query::Format::json;
  request.plan_only = true;
  TRY_ASSIGN(std::vector<query::TableSource> sources,
             stand_ins(tables, planned.prefix, folder, file_workers_, stop));
  for (query::TableSource& source : sources) request.tables.push_back(std::move(source));
  TRY_ASSIGN(planned.answer, queries_.run(request, stop));
  json::value rows = rows_of(planned.answer.rows);
  static const json::value unknown;
  const json::value* plan = plan_in(rows);
  planned.scans = scans_of(plan == nullptr ? unknown : *plan, planned.prefix, tables);
  if (tables.size() == 1 && plan != nullptr) {
    planned.scans[0].limit = rows_needed(*plan, query.statement, query.request.row_limit);
  }
  return planned;
}

Result<FetchedTables> Federation::fetch(const FederatedQuery& query, const std::stop_token& stop,
                                        SyncCost& cost) const {
  const DeadlineStop deadline(stop, query.request.deadline);
  const Result<std::vector<RemoteTable>> tables = tables_of(query, deadline.token());
  if (!tables) return fail(late_or(deadline, tables.error()));
  FetchedTables fetched;
  if (tables->empty()) return fetched;
  TRY_ASSIGN(const std::shared_ptr<ScopedPath> folder, new_folder(options_.folder));
  const Result<Planned> planned = plan(query, *tables, folder->path(), deadline.token());
  if (!planned) return fail(late_or(deadline, planned.error()));
  for (std::size_t i = 0; i < planned->scans.size(); ++i) {
    const RemoteScan& scan = planned->scans[i];
    const fs::path file = folder->path() / (std::to_string(i) + ".parquet");
    const Result<std::int64_t> rows =
        remote_.fetch(query.tenant, scan, options_.limits, file, deadline.token(), cost);
    if (!rows) return fail(late_or(deadline, not_the_askers(rows.error())));
    fetched.tables.push_back(fetched_table(scan, file));
  }
  fetched.files = folder;
  return fetched;
}

Result<std::optional<query::QueryAnswer>> Federation::explain(const FederatedQuery& query,
                                                              const std::stop_token& stop) const {
  const DeadlineStop deadline(stop, query.request.deadline);
  TRY_ASSIGN(const std::vector<RemoteTable> tables, tables_of(query, deadline.token()));
  if (tables.empty()) return std::nullopt;
  TRY_ASSIGN(const std::shared_ptr<ScopedPath> folder, new_folder(options_.folder));
  TRY_ASSIGN(Planned planned, plan(query, tables, folder->path(), deadline.token()));
  query::QueryAnswer answer = std::move(planned.answer);
  answer.rows = with_own_names(std::move(answer.rows), planned.prefix, tables);
  json::value rows = rows_of(answer.rows);
  json::value* plan = plan_in(rows);
  if (plan == nullptr || !plan->is_array()) return answer;
  for (const RemoteScan& scan : planned.scans) {
    TRY_ASSIGN(const std::string sent, remote_.sql_of(scan, options_.limits));
    plan->get_array().push_back(json::object{
        {"name", "REMOTE"},
        {"children", json::array()},
        {"extra_info", json::object{{"Table", dotted_name(scan.table.name)}, {"Sent", sent}}}});
  }
  answer.rows = json::serialize(rows);
  return answer;
}

}  // namespace sluice::federation
