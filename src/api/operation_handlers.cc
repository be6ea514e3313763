// The operations of the description, and what does each.
#include "api/operation_handlers.h"

#include <stdexcept>

#include "api/answered.h"
#include "api/description/description_routes.h"
#include "api/handlers.h"
#include "api/uploads/tus_routes.h"

namespace sluice::api {

OperationHandler handler_of(Operation operation, Context& context, const ServiceRoutes& service) {
  // No default: -Wswitch is an error.
  switch (operation) {
    case Operation::get_source:
      return {get_source};
    case Operation::get_schema:
      return {get_schema};
    case Operation::get_profile:
      return {get_profile};
    case Operation::preview_dataset:
      return {preview_dataset};
    case Operation::get_rejects:
      return {get_rejects};
    case Operation::list_datasets:
      return {list_datasets};
    case Operation::ingest_records:
      return {ingest_records};
    case Operation::upload_dataset:
      return {upload_dataset};
    case Operation::preview_file:
      return {preview_file};
    case Operation::get_dataset:
      return {get_dataset};
    case Operation::delete_dataset:
      return {delete_dataset};
    case Operation::upload_version:
      return {upload_version};
    case Operation::reingest_dataset:
      return {reingest_dataset};
    case Operation::restore_dataset:
      return {restore_dataset};
    case Operation::query_dataset:
      return {query_dataset};
    case Operation::post_dataset_query:
      return {post_dataset_query};
    case Operation::query_lakehouse:
      return {query_lakehouse};
    case Operation::list_queries:
      return {list_queries};
    case Operation::get_query:
      return {get_query};
    case Operation::delete_query:
      return {delete_query};
    case Operation::get_query_result:
      return {get_query_result};
    case Operation::get_health:
      return {.for_all = service.health};
    case Operation::get_metrics:
      return {.for_all = service.metrics};
    case Operation::get_openapi:
      return {.for_all = get_openapi(service.hosts)};
    case Operation::get_docs:
      return {.for_all = get_docs(service.hosts)};
    case Operation::get_docs_file:
      return {.for_all = get_docs_file(service.hosts)};
    case Operation::get_stored_file:
      return {.for_all = [&context](http::Request& request) {
        return answered(request, get_stored_file(context, request));
      }};
    case Operation::get_me:
      return {get_me};
    case Operation::list_members:
      return {list_members};
    case Operation::change_member:
      return {change_member};
    case Operation::remove_member:
      return {remove_member};
    case Operation::list_audit:
      return {list_audit};
    case Operation::list_tokens:
      return {list_tokens};
    case Operation::create_token:
      return {create_token};
    case Operation::revoke_token:
      return {revoke_token};
    case Operation::list_invitations:
      return {list_invitations};
    case Operation::create_invitation:
      return {create_invitation};
    case Operation::revoke_invitation:
      return {revoke_invitation};
    case Operation::change_password:
      return {change_password};
    case Operation::log_in:
      return {.for_all = [&context](http::Request& request) { return log_in(context, request); }};
    case Operation::refresh_session:
      return {.for_all = [&context](http::Request& request) {
        return refresh_session(context, request);
      }};
    case Operation::log_out:
      return {.for_all = [&context](http::Request& request) { return log_out(context, request); }};
    case Operation::register_person:
      return {.for_all = [&context](http::Request& request) {
        return register_person(context, request);
      }};
    case Operation::get_sync_status:
      return {get_sync_status};
    case Operation::list_sync_runs:
      return {list_sync_runs};
    case Operation::drop_lakehouse_tables:
      return {drop_lakehouse_tables};
    case Operation::request_sync:
      return {request_sync};
    case Operation::get_usage:
      return {get_usage};
    case Operation::list_uploads:
      return {list_uploads};
    case Operation::create_upload:
      return {create_upload};
    case Operation::describe_uploads:
    case Operation::describe_upload:
      return {.for_all = [&context](http::Request&) { return tus_options(context); }};
    case Operation::get_upload:
      return {get_upload};
    case Operation::get_upload_offset:
      return {get_upload_offset};
    case Operation::append_to_upload:
      return {append_to_upload};
    case Operation::override_upload_method:
      return {override_upload_method};
    case Operation::delete_upload:
      return {delete_upload};
  }
  throw std::logic_error("no such operation");
}

}  // namespace sluice::api
