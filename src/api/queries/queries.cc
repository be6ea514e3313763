#include <chrono>
#include <memory>

#include "api/answered.h"
#include "api/handlers.h"
#include "api/queries/query_answer.h"
#include "api/queries/query_body.h"
#include "api/queries/query_tables.h"
#include "api/remote_query.h"
#include "base/ascii.h"
#include "dataset/names.h"
#include "intake/damage.h"

namespace sluice::api {
namespace {

/// The dataset's tables under one name: `dataset` in a query of its own, its table name else.
Result<void> add_tables_of(const Context& context, const Dataset& dataset, const std::string& name,
                           query::QueryRequest& wanted) {
  const DatasetVersion& current = dataset.current;
  TRY_ASSIGN(const lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(current.silver_plan_json));
  TRY_ASSIGN(std::filesystem::path path, context.files.path_of(current.file_name));
  const query::DataFile parquet(
      std::move(path), current.sha256,
      intake::remedy_later(context.store, dataset.tenant, dataset.id, metadata::FileKind::data));
  for (query::TableSource& table : dataset_tables(parquet, current.columns, plan, name)) {
    wanted.tables.push_back(std::move(table));
  }
  return {};
}

/// What keeps a result of its own changes something, which a token to read may not.
Result<http::Response> answer(Context& context, const auth::Principal& principal, AskedQuery query,
                              const std::string& dataset_id, ErrorHint hint = {}) {
  if (!query.is_async) {
    return answer_query(context, std::move(query.request), dataset_id, std::move(hint));
  }
  if (principal.scope == auth::Scope::read) return fail(read_only());
  return start_query(context, std::move(query.request), dataset_id);
}

constexpr const char* remote_busy = "Other queries are fetching tables from the lakehouse";

/// Behind its request, on a thread of its own.
Result<void> add_remote_tables_in_turn(Context& context, query::QueryRequest& wanted,
                                       const std::stop_token& stop) {
  const FairSlots::Place place = context.remote_slots.wait(
      wanted.owner, std::chrono::steady_clock::now() + wanted.deadline, stop);
  if (place) return add_remote_tables(context, wanted, stop);
  return fail(busy("remote_queries_busy", remote_busy, "remote_queries_max", remote_query_places)(
      stop.stop_requested() ? http::NoTurn::gone : http::NoTurn::late));
}

/// Fetches what the query wants of tables elsewhere once it is its turn, and then asks.
http::Response answer_with_remote(Context& context, query::QueryRequest wanted, ErrorHint hint) {
  const auto asked = std::make_shared<query::QueryRequest>(std::move(wanted));
  return later(context.remote_slots, asked->deadline,
               busy("remote_queries_busy", remote_busy, "remote_queries_max", remote_query_places),
               [&context, asked, hint = std::move(hint)](
                   http::Request& request, FairSlots::Place place) -> Result<http::Response> {
                 TRY_ASSIGN(std::optional<http::Response> plan,
                            explain_remote(context, *asked, request.stop_token));
                 if (plan) return std::move(*plan);
                 TRY(add_remote_tables(context, *asked, request.stop_token));
                 place.give_back();
                 return answer_query(context, std::move(*asked), "", hint);
               });
}

Result<http::Response> answer_of_dataset(Context& context, http::Request& request,
                                         const auth::Principal& principal, AskedQuery query) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const DatasetVersion& current = record.dataset.current;
  query::QueryRequest& wanted = query.request;
  wanted.owner = principal.tenant.value;
  TRY(add_tables_of(context, record.dataset, "dataset", wanted));
  if (current.rejects_file.empty()) {
    wanted.tables.push_back(no_rejects_table());
  } else if (lowered(wanted.sql).find("reject") != std::string::npos) {
    // Only where it is asked for: a damaged one must not take the dataset along.
    TRY_ASSIGN(std::filesystem::path rejects, context.files.path_of(current.rejects_file));
    wanted.tables.push_back(
        rejects_table({std::move(rejects), current.rejects_sha256,
                       intake::remedy_later(context.store, record.dataset.tenant, record.dataset.id,
                                            metadata::FileKind::rejects)}));
  }
  return answer(context, principal, std::move(query), record.dataset.id);
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
    TRY(add_tables_of(context, record.dataset, record.dataset.table_name, wanted));
  }
  const ErrorHint hint = [&context, tenant = principal.tenant, catalogue,
                          sql = wanted.sql](Error error) {
    if (error.code == "query_table_unknown" && error.position) {
      error.remedy = table_hint(context.store, tenant, catalogue, sql, *error.position);
    }
    return error;
  };
  if (!names_remote_tables(context, wanted)) {
    return answer(context, principal, std::move(query), "", hint);
  }
  if (!query.is_async) return answer_with_remote(context, std::move(wanted), hint);
  wanted.prepare = [&context](query::QueryRequest& later_on, const std::stop_token& stop) {
    return add_remote_tables_in_turn(context, later_on, stop);
  };
  return answer(context, principal, std::move(query), "", hint);
}

}  // namespace sluice::api
