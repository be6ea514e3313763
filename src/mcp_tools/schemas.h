#pragma once

/// JSON Schemas of the tools' arguments and answers.
namespace sluice::mcp_tools {

inline constexpr const char* sync_dataset_input = R"({
  "type": "object", "additionalProperties": false,
  "required": ["tenant_id", "dataset_id", "version", "sha256", "file_name", "file_bytes", "table_name", "columns"],
  "properties": {
    "tenant_id": {"type": "string", "description": "Owner; part of the catalog's name."},
    "dataset_id": {"type": "string", "description": "The dataset's UUID."},
    "version": {"type": "integer", "description": "Version of the dataset, from 1."},
    "sha256": {"type": "string", "description": "Of the Parquet file, lower-case hex."},
    "file_name": {"type": "string", "description": "Name below /internal/storage/datasets/."},
    "file_bytes": {"type": "integer", "description": "Size of the Parquet file."},
    "table_name": {"type": "string", "description": "Name of the bronze table."},
    "rebuild": {"type": "boolean", "description": "Make the table anew even if it holds this version already."},
    "columns": {"type": "array", "description": "Columns of the Parquet file: name, original, type."}
  }})";

inline constexpr const char* transform_to_silver_input = R"({
  "type": "object", "additionalProperties": false,
  "required": ["tenant_id", "dataset_id", "version", "sha256", "table_name", "columns", "plan"],
  "properties": {
    "tenant_id": {"type": "string", "description": "Owner; part of the catalog's name."},
    "dataset_id": {"type": "string", "description": "The dataset's UUID."},
    "version": {"type": "integer", "description": "Version of the dataset, from 1."},
    "sha256": {"type": "string", "description": "Of the Parquet file that bronze was made of."},
    "table_name": {"type": "string", "description": "Name of the bronze table; silver adds _clean."},
    "rebuild": {"type": "boolean", "description": "Make the table anew even if it holds this version already."},
    "columns": {"type": "array", "description": "Columns of bronze: name, original, type."},
    "plan": {"type": "object", "description": "The column plan stored with the version."}
  }})";

inline constexpr const char* drop_tables_input = R"({
  "type": "object", "additionalProperties": false,
  "required": ["tenant_id", "dataset_id", "table_name"],
  "properties": {
    "tenant_id": {"type": "string", "description": "Owner; part of the catalog's name."},
    "dataset_id": {"type": "string", "description": "The dataset's UUID."},
    "table_name": {"type": "string", "description": "Name of the bronze table."}
  }})";

inline constexpr const char* table_output = R"({
  "type": "object",
  "required": ["table", "kind", "row_count"],
  "properties": {
    "table": {"type": "string", "description": "Three-part name."},
    "kind": {"type": "string", "description": "external or managed."},
    "row_count": {"type": "integer"}
  }})";

inline constexpr const char* drop_tables_output = R"({
  "type": "object",
  "required": ["dropped"],
  "properties": {"dropped": {"type": "boolean"}}})";

}  // namespace sluice::mcp_tools
