// For errors whose class says little: what their messages say. The first that fits is taken.
#include "lakehouse/databricks/error_decisions.h"

namespace sluice::lakehouse::databricks {
namespace {

using namespace decisions;
using enum FailureClass;

constexpr ErrorDecision network = for_person(
    Code::databricks_network,
    "Have this machine's address allowed in the IP access list of the workspace (or of the "
    "account), and sync again.",
    "the workspace takes calls of some addresses alone");
constexpr ErrorDecision private_link = for_person(
    Code::databricks_host,
    "The workspace is reached by private link only: run Sluice inside that network, or have its "
    "public access allowed for this machine; then sync again.",
    "private link without public access");
constexpr ErrorDecision entitlement = for_person(
    Code::databricks_permission,
    "Give our principal the entitlements \"Databricks SQL access\" and \"Workspace access\" (its "
    "page in the workspace's settings), and sync again.",
    "a principal may be in the account, and yet not use the workspace");
constexpr ErrorDecision catalog_storage =
    for_person(Code::databricks_catalog_storage,
               "Make the catalog in Catalog Explorer, or set DATABRICKS_CATALOG_STORAGE_ROOT "
               "(docs/databricks.md), and sync again.",
               "accounts since November 2023 have metastores without a root");
constexpr ErrorDecision binding =
    for_person(Code::databricks_binding,
               "Bind the catalog or the external location to this workspace (Catalog Explorer, "
               "Workspaces), or "
               "use others that are bound to it; then sync again.",
               "catalogs, locations and credentials may be bound to other workspaces");
constexpr ErrorDecision owner = for_person(
    Code::databricks_permission,
    "Make our principal the owner of what is named, or grant it MANAGE on it, and sync again.",
    "another principal made it, such as the one that was used before");
constexpr ErrorDecision credential = for_person(
    Code::databricks_storage,
    "Let the storage credential of the external location, or of the catalog, read and write there "
    "(its role, the storage's firewall and keys), and sync again.",
    "the cloud's storage refuses the warehouse");
constexpr ErrorDecision location = for_person(
    Code::databricks_storage,
    "Check DATABRICKS_EXTERNAL_LOCATION and the grants on it (docs/databricks.md), and sync again.",
    "something about an external location");
constexpr ErrorDecision allowance = for_person(
    Code::databricks_quota,
    "Wait until Databricks gives the Free Edition its usage anew (the next day, most often), and "
    "sync again.",
    "the Free Edition stops compute for the day");
constexpr ErrorDecision switched_off =
    for_person(Code::databricks_state,
               "Have the account's administrator switch the workspace on (a trial that ended, a "
               "bill), and sync "
               "again.",
               "a workspace outlives its trial, and answers");
constexpr ErrorDecision start = {
    transient, Errc::unavailable, Code::databricks_warehouse_start,
    "Look at the warehouse in the workspace (its events say why); it is tried again by itself.",
    "the cloud gave the warehouse no machines"};
constexpr ErrorDecision bad_moment =
    tried_again(Code::databricks_unavailable, "said in words alone");

const ErrorWords words[] = {
    // Who asks, and from where.
    {"REDIRECT", "private-link", private_link},
    {"", "databricks ip acl", network},
    {"", "ip access list", network},
    {"", "unauthorized network access", network},
    {"", "invalid access to org", private_link},
    {"", "invalid access token", token},
    {"", "invalid token", token},
    {"", "invalid_client", token},
    {"", "token is expired", token},
    {"", "token has expired", token},
    {"", "token expired", token},
    {"", "access tokens are disabled", token},
    {"", "-access entitlement", entitlement},
    {"", "free edition", allowance},
    {"", "fair usage", allowance},
    {"", "trial has", switched_off},
    {"", "workspace has been suspended", switched_off},
    {"", "workspace has been cancelled", switched_off},
    {"", "workspace has been disabled", switched_off},
    {"", "account has been suspended", switched_off},
    // Unity Catalog.
    {"", "no metastore assigned", metastore},
    {"", "unity catalog is not enabled", metastore},
    {"", "metastore storage root url does not exist", catalog_storage},
    {"", "not accessible in current workspace", binding},
    {"", "not accessible from this workspace", binding},
    {"", "not bound to", binding},
    {"", "workspace binding", binding},
    {"", "governed tag", governed_tag},
    {"", "column mask", masked},
    {"", "row filter", masked},
    {"", "(estimated count:", quota},
    {"", "does not have manage on", owner},
    {"", "is not the owner of", owner},
    {"", "must be the owner", owner},
    {"", "could not find principal", is_absent},
    {"", "api is not enabled", feature},
    // Warehouses.
    {"", "default storage cannot be accessed", serverless},
    {"", "classic compute", serverless},
    {"", "is not a valid endpoint id", warehouse},
    {"", "nline byte limit exceeded", too_large},
    {"", "was terminated. reason", start},
    {"", "clusternotreadyexception", bad_moment},
    {"", "statement_timeout", deadline},
    // The storage, as it answers the warehouse.
    {"", "location_overlap", overlap},
    {"", "no_parent_external_location", no_location},
    {"", "not authorized to perform", credential},
    {"", "public access is not permitted on this storage account", credential},
    {"", "amazons3exception: access denied", credential},
    {"", "assume role", credential},
    {"", "assumerole", credential},
    {"", "kms key", credential},
    {"", "storage credential", credential},
    {"PERMISSION_DENIED", "external location", location},
    {"INSUFFICIENT_PERMISSIONS", "external location", location},
    {"INVALID_PARAMETER_VALUE", "external location", location},
    {"403", "external location", location},
    // Too much at once, which passes; too many objects, which does not.
    {"", "token bucket limit has been exceeded", busy},
    {"", "rate limit", busy},
    {"", "too many requests", busy},
    {"", "per second", busy},
    {"", "per minute", busy},
    {"", "queue is full", busy},
    {"", "maximum number of concurrent", busy},
    {"", "quota", quota},
    {"", "maximum number of", quota},
    {"", "please try again later", bad_moment},
    {"", "concurrentmodification", tried_again(Code::databricks_conflict, "said in words alone")},
    {"PERMISSION_DENIED", "warehouse", warehouse},
    {"403", "warehouse", warehouse},
    {"BAD_REQUEST", "warehouse", warehouse},
    {"", "does not have permission", permission},
};

}  // namespace

std::span<const ErrorWords> error_words() { return words; }

}  // namespace sluice::lakehouse::databricks
