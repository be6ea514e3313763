#pragma once

#include "base/error_code.h"

namespace sluice::lakehouse {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_LAKEHOUSE_CODES(CODE)                                                             \
  CODE(api_unreachable, "The MCP server cannot fetch the file from the API.")                    \
  CODE(bad_plan, "The plan of the silver table cannot be read.")                                 \
  CODE(bad_table_name, "A tenant's or table's name is not one that the lakehouse may have.")     \
  CODE(bronze_changed, "The bronze table is not as it was just written.")                        \
  CODE(bronze_rows, "The bronze table has another number of rows than the file.")                \
  CODE(bronze_vanished, "The local bronze table is not as it was just written.")                 \
  CODE(databricks_absent, "Databricks does not have the object that is asked for.")              \
  CODE(databricks_answer_lost,                                                                   \
       "The connection broke before Databricks' answer, so that it may or may not have "         \
       "done it.")                                                                               \
  CODE(databricks_binding, "The workspace may not use a catalog or a storage location.")         \
  CODE(databricks_bug, "Databricks refuses what Sluice asks for.")                               \
  CODE(databricks_busy, "Databricks asks for fewer calls.")                                      \
  CODE(databricks_cancelled, "A statement was ended by somebody else.")                          \
  CODE(databricks_catalog_storage, "The metastore has no storage of its own for a new catalog.") \
  CODE(databricks_columns, "Databricks takes two columns of a file for one.")                    \
  CODE(databricks_conflict, "Somebody else changed the table meanwhile.")                        \
  CODE(databricks_exists, "Databricks has an object of that name already.")                      \
  CODE(databricks_feature, "The workspace or its warehouse lacks what Sluice needs.")            \
  CODE(databricks_governed_tag, "Governed tags keep a table's columns from being replaced.")     \
  CODE(databricks_host, "The address answers with another page than the workspace's API.")       \
  CODE(databricks_links, "The rows of a result cannot be fetched from the cloud's storage.")     \
  CODE(databricks_masked, "A row filter or a mask may hide rows or values from our principal.")  \
  CODE(databricks_metastore, "The workspace has no Unity Catalog.")                              \
  CODE(databricks_network, "The workspace takes no calls from our address.")                     \
  CODE(databricks_not_exempt, "A mask or filter acts on our principal, which was said not to.")  \
  CODE(databricks_permission, "Our principal lacks a grant.")                                    \
  CODE(databricks_quota, "A quota of Unity Catalog is used up.")                                 \
  CODE(databricks_serverless, "The catalog's storage takes serverless warehouses only.")         \
  CODE(databricks_state, "An object is in a state that does not allow it.")                      \
  CODE(databricks_statement_deadline, "A statement ran longer than it may.")                     \
  CODE(databricks_storage, "The storage of the catalog cannot be used.")                         \
  CODE(databricks_table_damaged, "Files of a table were removed or changed.")                    \
  CODE(databricks_table_place, "The table lies elsewhere than where it would be written.")       \
  CODE(databricks_table_settings, "Somebody set the table up otherwise.")                        \
  CODE(databricks_token, "Databricks does not take our credentials.")                            \
  CODE(databricks_unavailable, "Databricks cannot be reached, or answers only in part.")         \
  CODE(databricks_view, "A view of the workspace fails when it is read.")                        \
  CODE(databricks_warehouse, "The SQL warehouse is not there, or our principal may not use it.") \
  CODE(databricks_warehouse_size, "A statement does not fit into the warehouse.")                \
  CODE(databricks_warehouse_start, "The SQL warehouse did not start in time.")                   \
  CODE(delta_conflict, "Another program committed to a local table meanwhile.")                  \
  CODE(delta_log_damaged, "The log of a local Delta table cannot be read.")                      \
  CODE(delta_type, "A column has a type that Delta tables do not have.")                         \
  CODE(landed_file_damaged, "The file that was fetched is not the one that was stored.")         \
  CODE(newer_version_loaded, "The lakehouse table holds a newer version already.")               \
  CODE(newer_want_carried, "A late call: the tables were worked on by a newer sync request.")    \
  CODE(remote_too_large, "A query would have to fetch more from the lakehouse than it may.")     \
  CODE(remote_unreadable, "A column or view of the lakehouse has no form that can come here.")   \
  CODE(silver_arithmetic,                                                                        \
       "Rows of silver, quarantine and duplicates do not add up to those of bronze.")            \
  CODE(silver_vanished, "The local silver table is not as it was just written.")                 \
  CODE(table_busy, "Other work on the table does not end.")                                      \
  CODE(table_of_another_dataset,                                                                 \
       "A table of that name is another dataset's, or was not made by Sluice.")
SLUICE_ERROR_CODES(Code, SLUICE_LAKEHOUSE_CODES)

}  // namespace sluice::lakehouse
