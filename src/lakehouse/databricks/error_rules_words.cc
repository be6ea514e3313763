// For errors whose class says little: what their messages say. The first that fits is taken.
#include "lakehouse/databricks/error_decisions.h"

namespace sluice::lakehouse::databricks {
namespace {

using namespace decisions;
using enum FailureClass;

constexpr ErrorDecision private_link = for_person(
    Code::databricks_host,
    "The workspace is reached by private link only: run Sluice inside that network, or have its "
    "public access allowed for this machine; then sync again.",
    "private link without public access");
constexpr ErrorDecision binding =
    for_person(Code::databricks_binding,
               "Bind the catalog or the external location to this workspace (Catalog Explorer, "
               "Workspaces), or "
               "use others that are bound to it; then sync again.",
               "catalogs, locations and credentials may be bound to other workspaces");
constexpr ErrorDecision read_only = for_person(
    Code::databricks_binding,
    "What it names may only be read from here: bind it to this workspace for reading and writing "
    "(Catalog Explorer, Workspaces), take \"read only\" off the external location, or use others; "
    "then sync again.",
    "a catalog bound read-only, a location marked so, a foreign or shared catalog");
constexpr ErrorDecision owner = for_person(
    Code::databricks_permission,
    "Make our principal the owner of what is named, or grant it MANAGE on it, and sync again.",
    "another principal made it, such as the one that was used before");
constexpr ErrorDecision credential = for_person(
    Code::databricks_storage,
    "Let the storage credential of the external location, or of the catalog, read and write there "
    "(its role, the storage's firewall and keys; that the bucket or container is there), and sync "
    "again.",
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
constexpr ErrorDecision free_capacity = for_person(
    Code::databricks_quota,
    "Stop what else runs on serverless compute there (notebooks, jobs, pipelines), or wait for the "
    "next day's allowance; then sync again.",
    "the Free Edition has little compute at once, and so much a day");
constexpr ErrorDecision links_off = for_person(
    Code::databricks_links,
    "Ask for less at once, or have external links switched on for the workspace (by Databricks' "
    "support).",
    "EXTERNAL_LINKS can be switched off for a workspace");
constexpr ErrorDecision conflict = tried_again(Code::databricks_conflict, "said in words alone");
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
    {"", "x-databricks-workspace-id", host},
    {"", "x-databricks-org-id", host},
    {"", "public access is not allowed", private_link},
    {"", "private link", private_link},
    {"", "privatelink", private_link},
    {"", "private access", private_link},
    {"", "ip acl", network},
    {"", "ip access", network},
    {"", "allow list", network},
    {"", "from this network", network},
    {"", "source ip", network},
    {"", "network policy", network},
    {"", "ingress polic", network},
    {"", "unauthorized network access", network},
    {"", "invalid access to org", private_link},
    {"", "invalid access token", token},
    {"", "invalid token", token},
    {"", "invalid_client", token},
    {"", "token is expired", token},
    {"", "token has expired", token},
    {"", "token expired", token},
    {"", "access tokens are disabled", token},
    {"", "authentication is disabled", token},
    {"", "-access entitlement", entitlement},
    {"", "not a member of", entitlement},
    {"", "does not belong to workspace", entitlement},
    {"", "does not belong to this workspace", entitlement},
    {"", "not assigned to this workspace", entitlement},
    {"", "free usage", free_capacity},
    {"", "free edition", allowance},
    {"", "fair usage", allowance},
    {"", "storageaccountisdisabled", credential},
    {"", "trial has", switched_off},
    {"", "trial is over", switched_off},
    {"", "workspace has been suspended", switched_off},
    {"", "workspace has been cancelled", switched_off},
    {"", "workspace has been disabled", switched_off},
    {"", "workspace has been deleted", switched_off},
    {"", "workspace is suspended", switched_off},
    {"", "workspace is cancelled", switched_off},
    {"", "workspace is disabled", switched_off},
    {"", "workspace is not active", switched_off},
    {"", "account has been suspended", switched_off},
    {"", "account has been disabled", switched_off},
    {"", "account is suspended", switched_off},
    {"", "account is disabled", switched_off},
    // Unity Catalog.
    {"", "no metastore", metastore},
    {"", "metastore is not assigned", metastore},
    {"", "not have a metastore", metastore},
    {"", "unity catalog is not enabled", metastore},
    {"", "unity catalog is not available", metastore},
    {"", "unity catalog is disabled", metastore},
    {"", "not enabled for unity catalog", metastore},
    {"", "requires unity catalog", metastore},
    {"", "storage root", catalog_storage},
    {"", "root storage credential", catalog_storage},
    {"", "managed location", catalog_storage, "metastore"},
    {"", "not accessible in current workspace", binding},
    {"", "not accessible from", binding},
    {"", "cannot be accessed from", binding},
    {"", "not bound to", binding},
    {"", "isolated to", binding},
    {"", "not allowed to access catalog", binding},
    {"", "workspace binding", binding},
    {"", "read-only", read_only},
    {"", "read only", read_only},
    {"", "governed tag", governed_tag},
    {"", "tag polic", governed_tag},
    {"", "tags assigned", governed_tag},
    {"", "abac", masked, "polic"},
    {"", "column mask", masked},
    {"", "row filter", masked},
    {"", "row-level security", masked},
    {"", "fine-grained access control", masked},
    {"", "(estimated count:", quota},
    {"", "does not have manage on", owner},
    {"", "is not the owner of", owner},
    {"", "not an owner of", owner},
    {"", "does not own", owner},
    {"", "only the owner", owner},
    {"", "must be the owner", owner},
    {"", "could not find principal", is_absent},
    {"", "api is not enabled", feature},
    {"", "api_is_not_enabled", feature},
    // Warehouses.
    {"", "location of the existing table", table_place},
    {"", "default storage cannot be accessed", serverless},
    {"", "default storage", serverless, "serverless"},
    {"", "default storage", serverless, "warehouse"},
    {"", "default storage", catalog_storage, "catalog"},
    {"", "classic compute", serverless},
    {"", "classic warehouse", serverless},
    {"", "requires serverless", serverless},
    {"", "serverless", feature, "not enabled"},
    {"", "serverless", feature, "disabled"},
    {"", "capacity", start, "serverless"},
    {"", "capacity", start, "cluster"},
    {"", "use serverless", serverless},
    {"", "use a serverless", serverless},
    {"", "valid endpoint id", no_warehouse},
    {"", "valid warehouse id", no_warehouse},
    {"", "no such sql warehouse", no_warehouse},
    {"", "this sql endpoint", warehouse},
    {"", "external_links", links_off},
    {"", "external links", links_off},
    {"", "cloud fetch", links_off},
    {"", "nline byte limit exceeded", too_large},
    {"", "was terminated. reason", start},
    {"", "clusternotreadyexception", bad_moment},
    {"", "warehouse is stopping", bad_moment},
    {"", "warehouse was stopped", bad_moment},
    {"", "warehouse is stopped", bad_moment},
    {"", "warehouse is starting", bad_moment},
    {"", "statement_timeout", deadline},
    // The storage, as it answers the warehouse.
    {"", "location_overlap", overlap},
    {"", "no_parent_external_location", no_location},
    {"", "not authorized to perform", credential},
    {"", "public access is not permitted on this storage account", credential},
    {"", "accessdenied", credential},
    {"", "exception: access denied", credential},
    {"", "status code: 403", credential},
    {"", "error from cloud storage provider", credential},
    {"", "authorizationpermissionmismatch", credential},
    {"", "authorizationfailure", credential},
    {"", "does not have storage.", credential},
    {"", "failure to initialize configuration", credential},
    {"", "bucket does not exist", credential},
    {"", "container does not exist", credential},
    {"", "assume role", credential},
    {"", "assumerole", credential},
    {"", "kms key", credential},
    {"", "key vault", credential},
    {"", "keyvault", credential},
    {"", "storage credential", credential},
    {"PERMISSION_DENIED", "external location", location},
    {"INSUFFICIENT_PERMISSIONS", "external location", location},
    {"INVALID_PARAMETER_VALUE", "external location", location},
    {"403", "external location", location},
    // Too much at once, which passes; too many objects, which does not.
    {"", "token bucket limit has been exceeded", busy},
    {"", "rate limit", busy},
    {"", "request limit", busy},
    {"", "request rate", busy},
    {"", "slowdown", busy},
    {"", "slow down", busy},
    {"", "server is busy", busy},
    {"", "too many requests", busy},
    {"", "per second", busy},
    {"", "per minute", busy},
    {"", "queue is full", busy},
    {"", "maximum number of concurrent", busy},
    {"", "quota", quota},
    {"", "maximum number of", quota},
    {"", "too many catalogs", quota},
    {"", "too many schemas", quota},
    {"", "too many tables", quota},
    {"", "too many volumes", quota},
    {"", "reached the limit of", quota},
    {"", "exceeds the limit of", quota},
    {"", "exceeded the limit of", quota},
    {"", "limit has been reached", quota},
    {"RESOURCE_EXHAUSTED", "limit", quota, "catalog"},
    {"RESOURCE_EXHAUSTED", "limit", quota, "schema"},
    {"RESOURCE_EXHAUSTED", "limit", quota, "table"},
    {"RESOURCE_EXHAUSTED", "limit", quota, "volume"},
    {"", "please try again later", bad_moment},
    {"", "service unavailable", bad_moment},
    {"", "status code: 50", bad_moment},
    {"", "timed out", bad_moment},
    {"", "timeoutexception", bad_moment},
    {"", "connection reset", bad_moment},
    {"", "filenotfoundexception", bad_moment},
    {"", "spark driver", bad_moment},
    {"", "executorlost", bad_moment},
    {"", "outofmemory", warehouse_size},
    {"", "out of memory", warehouse_size},
    {"", "commit conflict", conflict},
    {"", "concurrentmodification", conflict},
    {"", "concurrentappend", conflict},
    {"", "concurrentdelete", conflict},
    {"", "concurrenttransaction", conflict},
    {"", "concurrentwrite", conflict},
    {"", "metadatachangedexception", conflict},
    {"", "protocolchangedexception", conflict},
    {"PERMISSION_DENIED", "warehouse", warehouse},
    {"403", "warehouse", warehouse},
    {"BAD_REQUEST", "warehouse", warehouse},
    {"INVALID_PARAMETER_VALUE", "sql warehouse", warehouse},
    {"INVALID_STATE", "sql warehouse", warehouse},
    {"", "does not have permission", permission},
    // Of codes that say nothing: objects are there, or not.
    {"BAD_REQUEST", "already exists", does_exist},
    {"INVALID_PARAMETER_VALUE", "already exists", does_exist},
    {"BAD_REQUEST", "does not exist", is_absent},
    {"INVALID_PARAMETER_VALUE", "does not exist", is_absent},
};

}  // namespace

std::span<const ErrorWords> error_words() { return words; }

}  // namespace sluice::lakehouse::databricks
