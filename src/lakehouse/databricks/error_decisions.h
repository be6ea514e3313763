#pragma once

#include "lakehouse/databricks/error_rules.h"

/// The decisions that several tables of rules share: a thing to do has one wording.
namespace sluice::lakehouse::databricks::decisions {

inline constexpr ErrorDecision is_absent{
    FailureClass::absent, Errc::not_found, Code::databricks_absent,
    "If it was dropped behind Sluice's back, sync again.", "often an answer and no failure"};
inline constexpr ErrorDecision does_exist{FailureClass::exists, Errc::conflict,
                                          Code::databricks_exists, "Sync again.",
                                          "often an answer and no failure"};
inline constexpr ErrorDecision busy = tried_again(Code::databricks_busy, "throttled");
inline constexpr ErrorDecision internal{
    FailureClass::transient, Errc::unavailable, Code::databricks_unavailable,
    "It is tried again by itself; where it stays, report it to Databricks.",
    "a defect of the warehouse's; now and then it passes"};
inline constexpr ErrorDecision deadline{
    FailureClass::transient, Errc::deadline_exceeded, Code::databricks_statement_deadline,
    "Use a larger warehouse, or raise its STATEMENT_TIMEOUT; it is tried again by itself.",
    "the warehouse's own limit of time"};

inline constexpr ErrorDecision token{
    FailureClass::needs_person, Errc::unauthenticated, Code::databricks_token,
    "Set a valid DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and sync "
    "again.",
    "a token that ended or was never one, or a secret that is none"};
inline constexpr ErrorDecision permission =
    for_person(Code::databricks_permission,
               "Grant it to our principal (docs/databricks.md has the statements), and sync again.",
               "a grant is missing");
inline constexpr ErrorDecision entitlement = for_person(
    Code::databricks_permission,
    "Add our principal to the workspace, with the entitlements \"Databricks SQL access\" and "
    "\"Workspace access\" (its page in the workspace's settings), and sync again.",
    "a principal may be in the account, and yet not use the workspace");
inline constexpr ErrorDecision warehouse = for_person(
    Code::databricks_warehouse,
    "Set DATABRICKS_WAREHOUSE_ID to a SQL warehouse that our principal may use (CAN USE), and sync "
    "again.",
    "the warehouse is not there, or not ours");
/// Not `permission_denied`: no grant makes it one.
inline constexpr ErrorDecision no_warehouse{
    FailureClass::needs_person, Errc::conflict, Code::databricks_warehouse,
    "Set DATABRICKS_WAREHOUSE_ID to the id of a SQL warehouse (it stands behind its name, on its "
    "page), and sync again.",
    "the id is that of no warehouse"};
inline constexpr ErrorDecision warehouse_size =
    for_person(Code::databricks_warehouse_size, "Use a larger warehouse, and sync again.",
               "the statement does not fit into the warehouse's memory");
inline constexpr ErrorDecision serverless =
    for_person(Code::databricks_serverless,
               "Set DATABRICKS_WAREHOUSE_ID to a serverless SQL warehouse, and sync again.",
               "a classic or pro warehouse before default storage");
inline constexpr ErrorDecision channel = for_person(
    Code::databricks_feature,
    "Use a SQL warehouse of the channel Current (docs/databricks.md), and sync again.",
    "an old or restricted warehouse knows no scripts, or none of the statement's clauses");
/// Not `permission_denied`: an upload that may not go in parts can go whole.
inline constexpr ErrorDecision feature{
    FailureClass::needs_person, Errc::unprocessable, Code::databricks_feature,
    "Have the feature that it names switched on in the workspace, and sync again.",
    "an administrator, or the edition, switched it off"};
inline constexpr ErrorDecision host = for_person(
    Code::databricks_host,
    "DATABRICKS_HOST must be the workspace's own address; where it is that of a whole account, set "
    "DATABRICKS_WORKSPACE_ID as well (the number behind `?o=` in the browser). Then sync again.",
    "a login page, or a host that serves other APIs");
inline constexpr ErrorDecision network = for_person(
    Code::databricks_network,
    "Have this machine's address allowed in the IP access list of the workspace (or of the "
    "account), and sync again.",
    "the workspace takes calls of some addresses alone");
inline constexpr ErrorDecision gate = for_person(
    Code::databricks_network,
    "A proxy or firewall between this machine and the workspace answered in its place: have "
    "DATABRICKS_HOST let through there, or set HTTPS_PROXY to the proxy that this network wants; "
    "then sync again.",
    "a page of HTML that no API of Databricks' sends");
inline constexpr ErrorDecision metastore = for_person(
    Code::databricks_metastore,
    "Assign a metastore of Unity Catalog to the workspace (an account administrator can), and sync "
    "again.",
    "the workspace has no Unity Catalog");
inline constexpr ErrorDecision catalog_storage =
    for_person(Code::databricks_catalog_storage,
               "Make the catalog in Catalog Explorer, or set DATABRICKS_CATALOG_STORAGE_ROOT "
               "(docs/databricks.md), and sync again.",
               "accounts since November 2023 have metastores without a root");
inline constexpr ErrorDecision quota =
    for_person(Code::databricks_quota,
               "Drop what nobody needs of the kind that it names, or have an administrator ask "
               "Databricks (the account team, or support) to raise that quota; then sync again.",
               "Unity Catalog counts catalogs, schemas, tables and volumes; quota_remedy.h knows "
               "more where it says what was counted");
inline constexpr ErrorDecision overlap =
    for_person(Code::databricks_storage,
               "Check DATABRICKS_EXTERNAL_LOCATION (docs/databricks.md): its folder must not lie "
               "in, or hold, a "
               "table, a volume or a catalog's storage. Then sync again.",
               "two objects may not share a folder");
inline constexpr ErrorDecision no_location = for_person(
    Code::databricks_storage,
    "Make an external location above DATABRICKS_EXTERNAL_LOCATION and grant it to our principal "
    "(docs/databricks.md has the statements), or correct the setting; then sync again.",
    "no external location covers the setting");
inline constexpr ErrorDecision table_place = for_person(
    Code::databricks_table_place,
    "Drop the dataset's tables (DELETE /api/v1/datasets/{id}/databricks), and sync again.",
    "the table lies elsewhere than where the setting has it now");
inline constexpr ErrorDecision governed_tag =
    for_person(Code::databricks_governed_tag,
               "Take the governed tags off the table's columns, and sync again.",
               "CREATE OR REPLACE drops columns, and governed tags forbid it");
inline constexpr ErrorDecision masked = for_person(
    Code::databricks_masked,
    "Take the row filter or the mask off the table (silver may keep one that people read through), "
    "or exempt our principal; then sync again.",
    "a row filter or a mask forbids the statement");
inline constexpr ErrorDecision constraint = for_person(
    Code::databricks_table_settings,
    "Take the constraint off the table (ALTER TABLE … DROP CONSTRAINT, ALTER COLUMN … DROP NOT "
    "NULL), or upload a version whose rows keep it; then sync again.",
    "a person put a constraint on bronze or silver, and an INSERT keeps it");
inline constexpr ErrorDecision constraint_on_cells{
    FailureClass::needs_person,
    Errc::permission_denied,
    Code::databricks_table_settings,
    "Take the CHECK constraint, the length or the partitions off the table's columns, or upload a "
    "version whose rows fit; then sync again.",
    "likewise, and the words quote the row",
    true};
inline constexpr ErrorDecision too_large{FailureClass::needs_person, Errc::too_large,
                                         Code::remote_too_large, "Ask for less at once.",
                                         "a result above the 25 MiB that come in an answer"};

}  // namespace sluice::lakehouse::databricks::decisions
