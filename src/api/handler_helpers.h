#pragma once

#include <cstdint>
#include <string>

#include "api/context.h"
#include "api/error_codes.h"

/// What several handlers need (handlers.h). All of it runs on the handler's thread.
namespace sluice::api {

/// The record behind `{id}`; `not_found` for anything that is not this tenant's. Asks the store:
/// whoever has it needs no other proof that the dataset is the tenant's.
Result<metadata::DatasetRecord> dataset_of(Context&, http::Request&, const auth::Principal&);
/// `?{name}=`, from 1 to `most`; else the error `bad`.
Result<std::int64_t> number_parameter(const http::Request& request, const char* name, Code bad,
                                      std::int64_t fallback, std::int64_t most);
/// `?limit=`, from 1 to `most`.
Result<std::int64_t> limit_of(const http::Request& request, std::int64_t fallback,
                              std::int64_t most);
/// 200 or another status with a JSON body.
http::Response json_response(int status, const std::string& body);
/// `conflict` (`sync_disabled`) where no lakehouse tables can be dropped, because nothing runs that
/// would do it.
Result<void> check_tables_droppable(const Context& context);
/// Settled question 7: the switches and the dataset's own flag.
bool sync_enabled(const Context& context, const Dataset& dataset);
/// Runs SQL over `dataset` and `dataset_clean` of the request's `{id}`; in queries.cc.
Result<http::Response> run_dataset_query(Context&, http::Request&, const auth::Principal&,
                                         const std::string& sql);

}  // namespace sluice::api
