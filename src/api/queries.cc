#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/handlers.h"
#include "api/limits.h"
#include "api/query_tables.h"

namespace sluice::api {
namespace {

Result<http::Response> answer(Context& context, const http::Request& request,
                              query::QueryRequest wanted) {
  TRY_ASSIGN(const query::QueryAnswer result, context.queries.run(wanted, request.stop_token));
  return json_response(200, query::answer_json(result));
}

/// `{"sql": "…"}` and nothing else.
Result<std::string> sql_of_body(http::Request& request) {
  TRY_ASSIGN(const std::string body, request.body().read_all(query_body_bytes_max));
  boost::system::error_code code;
  boost::json::parse_options options;
  options.max_depth = 4;
  const boost::json::value parsed = boost::json::parse(body, code, {}, options);
  const boost::json::object* object = code ? nullptr : parsed.if_object();
  const boost::json::value* sql = object == nullptr ? nullptr : object->if_contains("sql");
  if (sql == nullptr || !sql->is_string() || object->size() != 1) {
    return fail(Errc::invalid_argument, "bad_query_body", "The body is not {\"sql\": \"…\"}.");
  }
  return std::string(sql->as_string());
}

}  // namespace

Result<http::Response> run_dataset_query(Context& context, http::Request& request,
                                         const auth::Principal& principal, const std::string& sql) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const DatasetVersion& current = record.dataset.current;
  TRY_ASSIGN(const lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(current.silver_plan_json));
  TRY_ASSIGN(const std::filesystem::path parquet, context.files.path_of(current.file_name));
  query::QueryRequest wanted;
  wanted.sql = sql;
  wanted.tables = dataset_tables(parquet, current.columns, plan);
  if (current.rejects_file.empty()) {
    wanted.tables.push_back(no_rejects_table());
  } else {
    TRY_ASSIGN(const std::filesystem::path rejects, context.files.path_of(current.rejects_file));
    wanted.tables.push_back(rejects_table(rejects));
  }
  return answer(context, request, std::move(wanted));
}

Result<http::Response> query_dataset(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  const std::string* sql = request.query_parameter("sql");
  if (sql == nullptr || sql->empty()) {
    return fail(Errc::invalid_argument, "sql_missing", "There is no query parameter sql.",
                "For example ?sql=SELECT%20count(*)%20FROM%20dataset");
  }
  return run_dataset_query(context, request, principal, *sql);
}

Result<http::Response> query_lakehouse(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  query::QueryRequest wanted;
  TRY_ASSIGN(wanted.sql, sql_of_body(request));
  TRY_ASSIGN(const std::vector<metadata::LakehouseTable> catalogue,
             context.store.list_lakehouse_tables(principal.tenant));
  wanted.tables = lakehouse_tables(catalogue, wanted.sql);
  return answer(context, request, std::move(wanted));
}

}  // namespace sluice::api
