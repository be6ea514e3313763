#pragma once

#include "api/context.h"
#include "api/operations.h"
#include "api/routes.h"

namespace sluice::api {

/// What does an operation: for the tenant whose token was sent, or for whoever asks.
struct OperationHandler {
  TenantHandler for_tenant = {};
  http::Handler for_all = {};
};

/// Knows every operation of the description: one that it does not know, or that is not described,
/// does not compile.
OperationHandler handler_of(Operation operation, Context& context, const ServiceRoutes& service);

}  // namespace sluice::api
