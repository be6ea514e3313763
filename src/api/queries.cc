#include "api/handlers.h"
#include "api/query_answer.h"
#include "api/query_body.h"
#include "api/query_tables.h"
#include "api/remote_query.h"

namespace sluice::api {
namespace {

/// The dataset's tables under one name: `dataset` in a query of its own, its table name else.
Result<void> add_tables_of(const Context& context, const DatasetVersion& current,
                           const std::string& name, query::QueryRequest& wanted) {
  TRY_ASSIGN(const lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(current.silver_plan_json));
  TRY_ASSIGN(const std::filesystem::path parquet, context.files.path_of(current.file_name));
  for (query::TableSource& table : dataset_tables(parquet, current.columns, plan, name)) {
    wanted.tables.push_back(std::move(table));
  }
  return {};
}

Result<http::Response> answer(Context& context, const http::Request& request, AskedQuery query,
                              const std::string& dataset_id) {
  if (query.is_async) return start_query(context, std::move(query.request), dataset_id);
  return answer_query(context, request, query.request, dataset_id);
}

Result<http::Response> answer_of_dataset(Context& context, http::Request& request,
                                         const auth::Principal& principal, AskedQuery query) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const DatasetVersion& current = record.dataset.current;
  query::QueryRequest& wanted = query.request;
  wanted.owner = principal.tenant.value;
  TRY(add_tables_of(context, current, "dataset", wanted));
  if (current.rejects_file.empty()) {
    wanted.tables.push_back(no_rejects_table());
  } else {
    TRY_ASSIGN(const std::filesystem::path rejects, context.files.path_of(current.rejects_file));
    wanted.tables.push_back(rejects_table(rejects));
  }
  return answer(context, request, std::move(query), record.dataset.id);
}

}  // namespace

Result<http::Response> run_dataset_query(Context& context, http::Request& request,
                                         const auth::Principal& principal, const std::string& sql) {
  AskedQuery query;
  query.request.sql = sql;
  return answer_of_dataset(context, request, principal, std::move(query));
}

Result<http::Response> query_dataset(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  TRY_ASSIGN(AskedQuery query, query_of_url(request));
  return answer_of_dataset(context, request, principal, std::move(query));
}

Result<http::Response> post_dataset_query(Context& context, http::Request& request,
                                          const auth::Principal& principal) {
  TRY_ASSIGN(AskedQuery query, query_of_body(request));
  return answer_of_dataset(context, request, principal, std::move(query));
}

Result<http::Response> query_lakehouse(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  TRY_ASSIGN(AskedQuery query, query_of_body(request));
  query::QueryRequest& wanted = query.request;
  wanted.owner = principal.tenant.value;
  TRY_ASSIGN(const std::vector<metadata::LakehouseTable> catalogue,
             context.store.list_lakehouse_tables(principal.tenant));
  wanted.tables = lakehouse_tables(catalogue, wanted.sql);
  TRY_ASSIGN(const std::vector<std::string> words, words_of(wanted.sql));
  TRY_ASSIGN(const std::vector<metadata::DatasetRecord> datasets,
             context.store.find_by_table_names(principal.tenant, words));
  for (const metadata::DatasetRecord& record : datasets) {
    TRY(add_tables_of(context, record.dataset.current, record.dataset.table_name, wanted));
  }
  if (names_remote_tables(context, wanted)) {
    if (query.is_async) {
      wanted.prepare = [&context](query::QueryRequest& later, const std::stop_token& stop) {
        return add_remote_tables(context, later, stop);
      };
    } else {
      TRY_ASSIGN(std::optional<http::Response> plan,
                 explain_remote(context, wanted, request.stop_token));
      if (plan) return std::move(*plan);
      TRY(add_remote_tables(context, wanted, request.stop_token));
    }
  }
  const std::string sql = wanted.sql;
  Result<http::Response> answered = answer(context, request, std::move(query), "");
  if (!answered && answered.error().code == "query_table_unknown" && answered.error().position) {
    answered.error().remedy = table_hint(context.store, principal.tenant, catalogue, sql,
                                         *answered.error().position);
  }
  return answered;
}

}  // namespace sluice::api
