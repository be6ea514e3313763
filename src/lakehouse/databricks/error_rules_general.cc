// What REST's error codes say by themselves, which is little; SQLSTATEs, endings of names and HTTP
// statuses, for what has no rule of its own.
#include "lakehouse/databricks/error_decisions.h"

namespace sluice::lakehouse::databricks {
namespace {

using namespace decisions;
using enum FailureClass;

constexpr ErrorDecision data = {needs_person,
                                Errc::unprocessable,
                                Code::databricks_view,
                                "Have the owner of the view that is read correct what it computes; "
                                "where it is a sync, report it.",
                                "our own statements compute nothing that can fail",
                                true};

const ErrorClasses classes[] = {
    {busy, "RESOURCE_EXHAUSTED TOO_MANY_REQUESTS REQUEST_LIMIT_EXCEEDED"},
    {tried_again(Code::databricks_unavailable, "the service has a bad moment"),
     R"(TEMPORARILY_UNAVAILABLE WORKSPACE_TEMPORARILY_UNAVAILABLE SERVICE_UNDER_MAINTENANCE
        DEADLINE_EXCEEDED IO_ERROR UNKNOWN)"},
    {tried_again(Code::databricks_cancelled, "somebody else ended it"), "ABORTED CANCELLED"},
    {permission,
     R"(PERMISSION_DENIED INSUFFICIENT_PERMISSIONS INSUFFICIENT_PRIVILEGES UNAUTHORIZED_ACCESS
        CUSTOMER_UNAUTHORIZED PRIVILEGE_NOT_FOUND)"},
    {token, "UNAUTHENTICATED invalid_client unauthorized_client invalid_grant"},
    {host, "REDIRECT ENDPOINT_NOT_FOUND"},
    {is_absent, "NOT_FOUND RESOURCE_DOES_NOT_EXIST PRINCIPAL_DOES_NOT_EXIST"},
    {does_exist, "ALREADY_EXISTS RESOURCE_ALREADY_EXISTS RESOURCE_CONFLICT"},
    {quota, "RESOURCE_LIMIT_EXCEEDED MAX_RESOURCE_COUNT_EXCEEDED"},
    {for_person(
         Code::databricks_state,
         "Look at what it names in Catalog Explorer: it is being deleted, moved or set up. Then "
         "sync again.",
         "an object is in a state that does not allow it"),
     "INVALID_STATE CATALOG_NOT_EMPTY SCHEMA_NOT_EMPTY"},
    {feature, "FEATURE_DISABLED NOT_IMPLEMENTED"},
    {defect("what we send is not what the API takes"),
     "BAD_REQUEST INVALID_PARAMETER_VALUE MALFORMED_REQUEST INVALID_REQUEST DATA_LOSS"},
};

const ErrorClasses states[] = {
    {tried_again(Code::databricks_unavailable, "connections, systems, cancelled by an operator"),
     "08* 57* 58*"},
    {tried_again(Code::databricks_conflict, "transactions rolled back"), "2D5* 40*"},
    {internal, "XX*"},
    {data, "20* 21* 22* 23* 38* 39* 44* 51* P0* HV*"},
    {permission, "42501"},
    {is_absent, "42P01 42P08 42704"},
    {does_exist, "42P06 42P07 42710"},
    {warehouse_size, "53* 82*"},
    {for_person(
         Code::databricks_table_settings,
         "Somebody changed how the table is made. Put that back, or drop the dataset's tables "
         "(DELETE /api/v1/datasets/{id}/databricks); then sync again.",
         "an object is in a state that does not allow it"),
     "55*"},
    {channel, "56*"},
    {defect("our SQL: syntax, names, types, features, limits of a statement"),
     "07* 0A* 0AK* 0B* 2B* 24* 25* 3F* 42* 46* 54*"},
};

const ErrorClasses endings[] = {
    {busy, "_RATE_LIMIT_EXCEEDED"},
    {quota, "_QUOTA_EXCEEDED _LIMIT_EXCEEDED"},
    {does_exist, "_ALREADY_EXISTS"},
    {is_absent, "_DOES_NOT_EXIST _NOT_FOUND"},
};

const ErrorClasses statuses[] = {
    {token, "401"},
    {permission, "403"},
    {is_absent, "404"},
    {does_exist, "409"},
    {busy, "429"},
    {tried_again(Code::databricks_unavailable, "too slow, or the service has a bad moment"),
     "408 5*"},
    {gate, "407 451"},
    {feature, "501 505"},
    {for_person(Code::databricks_state,
                "Settle what the account owes (its administrator sees the bill), and sync again.",
                "402: payment required"),
     "402"},
    {is_absent, "410"},
    {tried_again(Code::databricks_conflict, "locked by somebody for a moment"), "423"},
    {defect("what we send is not what the API takes"),
     "400 405 406 411 412 413 414 415 416 417 421 422 424 426 428 431"},
};

const ErrorClasses pages[] = {
    {gate, "403 407 451"},
    {host, "404 405 410"},
};

}  // namespace

std::span<const ErrorClasses> general_classes() { return classes; }
std::span<const ErrorClasses> sql_states() { return states; }
std::span<const ErrorClasses> endings_of_classes() { return endings; }
std::span<const ErrorClasses> http_statuses() { return statuses; }
std::span<const ErrorClasses> page_statuses() { return pages; }

}  // namespace sluice::lakehouse::databricks
