#pragma once

#include "api/context.h"

/// The operations of openapi.yaml, one function of the same name each. Each
/// runs on a thread of the server's pool and may block it with the disk and the store; what would
/// wait for longer (a slow client, a query, a conversion) goes through `later` (answered.h) and
/// holds no thread. The Context outlives every request.
namespace sluice::api {

// dataset_routes.cc
Result<http::Response> ingest_records(Context&, http::Request&, const auth::Principal&);
Result<http::Response> upload_dataset(Context&, http::Request&, const auth::Principal&);
Result<http::Response> upload_version(Context&, http::Request&, const auth::Principal&);
Result<http::Response> reingest_dataset(Context&, http::Request&, const auth::Principal&);
// preview_routes.cc
Result<http::Response> preview_file(Context&, http::Request&, const auth::Principal&);
// restore_routes.cc
Result<http::Response> restore_dataset(Context&, http::Request&, const auth::Principal&);
// source_routes.cc
Result<http::Response> get_source(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_rejects(Context&, http::Request&, const auth::Principal&);
// dataset_read_routes.cc
Result<http::Response> list_datasets(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_dataset(Context&, http::Request&, const auth::Principal&);
Result<http::Response> delete_dataset(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_schema(Context&, http::Request&, const auth::Principal&);
Result<http::Response> preview_dataset(Context&, http::Request&, const auth::Principal&);
// sync_routes.cc
Result<http::Response> get_sync_status(Context&, http::Request&, const auth::Principal&);
Result<http::Response> request_sync(Context&, http::Request&, const auth::Principal&);
Result<http::Response> drop_lakehouse_tables(Context&, http::Request&, const auth::Principal&);
Result<http::Response> list_sync_runs(Context&, http::Request&, const auth::Principal&);
// usage_routes.cc
Result<http::Response> get_usage(Context&, http::Request&, const auth::Principal&);
// queries.cc
Result<http::Response> query_dataset(Context&, http::Request&, const auth::Principal&);
Result<http::Response> post_dataset_query(Context&, http::Request&, const auth::Principal&);
Result<http::Response> query_lakehouse(Context&, http::Request&, const auth::Principal&);
// query_runs_routes.cc
Result<http::Response> list_queries(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_query(Context&, http::Request&, const auth::Principal&);
Result<http::Response> delete_query(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_query_result(Context&, http::Request&, const auth::Principal&);
// profile_routes.cc
Result<http::Response> get_profile(Context&, http::Request&, const auth::Principal&);
// tus_routes.cc
Result<http::Response> create_upload(Context&, http::Request&, const auth::Principal&);
Result<http::Response> append_to_upload(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_upload_offset(Context&, http::Request&, const auth::Principal&);
Result<http::Response> delete_upload(Context&, http::Request&, const auth::Principal&);
Result<http::Response> override_upload_method(Context&, http::Request&, const auth::Principal&);
// upload_routes.cc
Result<http::Response> list_uploads(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_upload(Context&, http::Request&, const auth::Principal&);
// people/login_routes.cc: whoever asks
http::Response log_in(Context&, http::Request&);
http::Response refresh_session(Context&, http::Request&);
http::Response log_out(Context&, http::Request&);
http::Response register_person(Context&, http::Request&);
Result<http::Response> change_password(Context&, http::Request&, const auth::Principal&);
// people/member_routes.cc
Result<http::Response> get_me(Context&, http::Request&, const auth::Principal&);
Result<http::Response> list_members(Context&, http::Request&, const auth::Principal&);
Result<http::Response> change_member(Context&, http::Request&, const auth::Principal&);
Result<http::Response> remove_member(Context&, http::Request&, const auth::Principal&);
Result<http::Response> list_audit(Context&, http::Request&, const auth::Principal&);
// people/token_routes.cc
Result<http::Response> list_tokens(Context&, http::Request&, const auth::Principal&);
Result<http::Response> create_token(Context&, http::Request&, const auth::Principal&);
Result<http::Response> revoke_token(Context&, http::Request&, const auth::Principal&);
Result<http::Response> list_invitations(Context&, http::Request&, const auth::Principal&);
Result<http::Response> create_invitation(Context&, http::Request&, const auth::Principal&);
Result<http::Response> revoke_invitation(Context&, http::Request&, const auth::Principal&);
// internal_file_routes.cc
Result<http::Response> get_stored_file(Context&, http::Request&);

}  // namespace sluice::api
