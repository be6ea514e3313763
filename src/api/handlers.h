#pragma once

#include "api/context.h"
#include "api/error_codes.h"

/// The resources of docs/api.md, one function per route; each blocks on the server's pool.
namespace sluice::api {

// dataset_routes.cc
Result<http::Response> ingest_records(Context&, http::Request&, const auth::Principal&);
Result<http::Response> upload_dataset(Context&, http::Request&, const auth::Principal&);
Result<http::Response> upload_version(Context&, http::Request&, const auth::Principal&);
Result<http::Response> reingest_dataset(Context&, http::Request&, const auth::Principal&);
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
// upload_routes.cc
Result<http::Response> list_uploads(Context&, http::Request&, const auth::Principal&);
Result<http::Response> get_upload(Context&, http::Request&, const auth::Principal&);
// internal_file_routes.cc
Result<http::Response> get_stored_file(Context&, http::Request&);

/// 403 `token_read_only`.
Error read_only();
/// Runs SQL over `dataset` and `dataset_clean` of the request's `{id}`.
Result<http::Response> run_dataset_query(Context&, http::Request&, const auth::Principal&,
                                         const std::string& sql);
/// `?{name}=`, from 1 to `most`; else the error `bad`.
Result<std::int64_t> number_parameter(const http::Request& request, const char* name, Code bad,
                                      std::int64_t fallback, std::int64_t most);
/// `?limit=`, from 1 to `most`.
Result<std::int64_t> limit_of(const http::Request& request, std::int64_t fallback,
                              std::int64_t most);
/// 200 or another status with a JSON body.
http::Response json_response(int status, const std::string& body);
/// The record behind `{id}`; `not_found` for anything that is not this tenant's.
Result<metadata::DatasetRecord> dataset_of(Context&, http::Request&, const auth::Principal&);
/// `conflict` (`sync_disabled`) where no tables can be dropped.
Result<void> check_sync_possible(const Context& context);
/// Settled question 7: the switches and the dataset's own flag.
bool sync_enabled(const Context& context, const Dataset& dataset);

}  // namespace sluice::api
