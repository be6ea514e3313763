#include <algorithm>
#include <utility>
#include <vector>

#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/queries/query_answer.h"
#include "api/queries/query_body.h"
#include "api/queries/query_tables.h"
#include "api/queries/table_listing.h"
#include "api/routes.h"
#include "intake/damage.h"

namespace sluice::api {
namespace {

/// What keeps a result of its own changes something, which a token to read may not.
Result<http::Response> answer(Context& context, const auth::Principal& principal, AskedQuery query,
                              const std::string& dataset_id, TableChoice choice) {
  if (!query.is_async) {
    return answer_query(context, std::move(query.request), dataset_id, std::move(choice));
  }
  if (!principal.permissions.has(auth::Permission::write)) return fail(read_only());
  return start_query(context, std::move(query.request), dataset_id, std::move(choice));
}

/// Only where it is named: a damaged one must not take the dataset along. To be listed its columns
/// are enough.
TableChoice rejects_where_named(query::DataFile rejects) {
  return {[rejects = std::move(rejects)](const query::ParsedStatement& statement,
                                         query::QueryRequest& request) {
    query::TableSource source = rejects_table(rejects);
    const bool is_named =
        std::any_of(statement.tables.begin(), statement.tables.end(),
                    [&](const query::TableReference& table) { return table.name == source.name; });
    if (is_named) {
      request.tables.push_back(std::move(source));
    } else if (query::asks_for_listing(statement)) {
      request.tables.push_back(no_rejects_table());
    }
    return Result<void>();
  }};
}

Result<http::Response> answer_of_dataset(Context& context, http::Request& request,
                                         const auth::Principal& principal, AskedQuery query) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const DatasetVersion& current = record.dataset.current;
  query::QueryRequest& wanted = query.request;
  wanted.owner = principal.tenant.value;
  TRY(add_tables_of(context.intake.store, context.intake.files, record.dataset, "dataset",
                    wanted.tables));
  TableChoice choice;
  if (current.rejects_file.empty()) {
    wanted.tables.push_back(no_rejects_table());
  } else {
    TRY_ASSIGN(std::filesystem::path rejects, context.intake.files.path_of(current.rejects_file));
    choice =
        rejects_where_named({std::move(rejects), current.rejects_sha256,
                             intake::remedy_later(context.intake.store, record.dataset.tenant,
                                                  record.dataset.id, metadata::FileKind::rejects)});
  }
  return answer(context, principal, std::move(query), record.dataset.id, std::move(choice));
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
  query.request.owner = principal.tenant.value;
  const auto add_named = [&context, tenant = principal.tenant](
                             const query::ParsedStatement& statement,
                             query::QueryRequest& filled) -> Result<void> {
    TRY_ASSIGN(filled.tables,
               tables_named_by(context.intake.store, context.intake.files, tenant, statement));
    if (!query::asks_for_listing(statement)) return {};
    TRY_ASSIGN(filled.listed,
               listed_tables(context.intake.store, tenant, query::asks_for_columns(statement)));
    return {};
  };
  return answer(context, principal, std::move(query), "", {add_named, true});
}

}  // namespace sluice::api
