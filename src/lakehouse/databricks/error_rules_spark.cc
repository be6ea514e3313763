// Error conditions of statements that are not Delta's: Spark's (apache/spark,
// common/utils/src/main/ resources/error/error-conditions.json), and those that Databricks adds
// (its documentation's "Error conditions"). Of Spark's 798 only those that our statements can meet,
// or a view that a query reads; the others are decided by their SQLSTATE (error_rules_general.cc).
#include "lakehouse/databricks/error_decisions.h"

namespace sluice::lakehouse::databricks {
namespace {

using namespace decisions;
using enum FailureClass;

const ErrorClasses classes[] = {
    {internal,
     R"(INTERNAL_ERROR* STAGE_MATERIALIZATION_MULTIPLE_FAILURES PLAN_VALIDATION_FAILED_*
        MISSING_ATTRIBUTES HYBRID_ANALYZER_EXCEPTION)"},
    {tried_again(Code::databricks_unavailable, "a task, an executor or the cloud's storage failed"),
     R"(TASK_WRITE_FAILED FAILED_RENAME_PATH FAILED_RENAME_TEMP_FILE CONCURRENT_QUERY
        CLOUD_PROVIDER_ERROR)"},
    {tried_again(Code::databricks_unavailable,
                 "the landed file went before the statement read it; the next try brings it again"),
     R"(PATH_NOT_FOUND FAILED_READ_FILE FAILED_READ_FILE.FILE_NOT_EXIST UNABLE_TO_INFER_SCHEMA
        RENAME_SRC_PATH_NOT_FOUND)"},
    {tried_again(Code::databricks_cancelled, "somebody cancelled the statement"),
     R"(OPERATION_CANCELED SPARK_JOB_CANCELLED)"},
    {tried_again(Code::databricks_conflict, "the table changed between our look and the statement"),
     R"(INCOMPATIBLE_DATA_FOR_TABLE INSERT_COLUMN_ARITY_MISMATCH CAST_OVERFLOW_IN_TABLE_INSERT
        INCOMPATIBLE_TABLE_CHANGE_AFTER_ANALYSIS NUM_COLUMNS_MISMATCH)"},
    {deadline, R"(QUERY_EXECUTION_TIMEOUT_EXCEEDED)"},
    {warehouse_size,
     R"(UNABLE_TO_ACQUIRE_MEMORY AGGREGATE_OUT_OF_MEMORY POINTER_ARRAY_OUT_OF_MEMORY
        SPILL_OUT_OF_MEMORY KRYO_BUFFER_OVERFLOW)"},

    {is_absent,
     R"(TABLE_OR_VIEW_NOT_FOUND VIEW_NOT_FOUND SCHEMA_NOT_FOUND CATALOG_NOT_FOUND
        NO_SUCH_CATALOG_EXCEPTION UC_VOLUME_NOT_FOUND)"},
    {does_exist,
     R"(TABLE_OR_VIEW_ALREADY_EXISTS SCHEMA_ALREADY_EXISTS VIEW_ALREADY_EXISTS
        CATALOG_ALREADY_EXISTS)"},
    {{needs_person, Errc::conflict, Code::table_of_another_dataset,
      "Rename or drop what has that name in the workspace, and sync again.",
      "a view has the table's name"},
     R"(EXPECT_TABLE_NOT_VIEW VIEW_WRITE_NOT_ALLOWED UNSUPPORTED_INSERT FORBIDDEN_OPERATION
        WRONG_COMMAND_FOR_OBJECT_TYPE)"},

    {governed_tag, R"(CANNOT_DROP_TAGGED_COLUMN)"},
    {masked, R"(COLUMN_MASKS_* ROW_LEVEL_SECURITY_* ROW_COLUMN_ACCESS_* MASKING_* ROW_FILTER_*)"},
    {constraint,
     R"(NOT_NULL_CONSTRAINT_VIOLATION NOT_NULL_ASSERT_VIOLATION EXCEED_LIMIT_LENGTH
        NO_DEFAULT_COLUMN_VALUE_AVAILABLE)"},
    {constraint_on_cells, R"(CHECK_CONSTRAINT_VIOLATION)"},
    {{needs_person, Errc::unprocessable, Code::databricks_columns,
      "Rename one of the two columns in the file, and upload it again.",
      "Spark folds more letters than our rules of names do"},
     R"(COLUMN_ALREADY_EXISTS AMBIGUOUS_REFERENCE)"},

    {no_location,
     R"(NO_PARENT_EXTERNAL_LOCATION* EXTERNAL_LOCATION_DOES_NOT_EXIST EXTERNAL_TABLE_INVALID_SCHEME
        STORAGE_CREDENTIAL_DOES_NOT_EXIST UC_FILE_SCHEME_FOR_TABLE_CREATION_NOT_SUPPORTED)"},
    {overlap, R"(LOCATION_OVERLAP LOCATION_ALREADY_EXISTS PATH_ALREADY_EXISTS)"},
    {for_person(
         Code::databricks_storage,
         "Give the schema or its catalog a managed location, or set "
         "DATABRICKS_CATALOG_STORAGE_ROOT before the catalog is made (docs/databricks.md); then "
         "sync again.",
         "a managed table has nowhere to lie"),
     R"(NO_STORAGE_LOCATION_FOR_TABLE)"},

    {metastore,
     R"(METASTORE_DOES_NOT_EXIST METASTORE_NOT_FOUND NO_METASTORE_ASSIGNED UC_NOT_ENABLED
        UC_CATALOG_NAME_NOT_PROVIDED OPERATION_REQUIRES_UNITY_CATALOG)"},
    {catalog_storage, R"(DAC_DOES_NOT_EXIST)"},
    {channel,
     R"(UNSUPPORTED_FEATURE.SQL_SCRIPTING UNSUPPORTED_FEATURE.MULTI_ACTION_ALTER
        SQL_SCRIPTING_NOT_ENABLED UC_COMMAND_NOT_SUPPORTED*
        UC_VOLUMES_NOT_ENABLED UC_VOLUMES_SHARED_CLUSTER_NOT_SUPPORTED UC_DATASOURCE_NOT_SUPPORTED
        FEATURE_NOT_ENABLED FEATURE_NOT_ON_CLASSIC_WAREHOUSE FEATURE_REQUIRES_UC
        FEATURE_UNAVAILABLE)"},
    {too_large, R"(RESULT_TOO_LARGE)"},
    {warehouse, R"(WAREHOUSE* INVALID_WAREHOUSE*)"},
    {quota, R"(QUOTA_EXCEEDED UC_RESOURCE_QUOTA_EXCEEDED RESOURCE_QUOTA_EXCEEDED)"},

    {{needs_person, Errc::unprocessable, Code::databricks_view,
      "Have the owner of the view correct what it computes (try_cast and try_divide give NULL "
      "instead), and ask again.",
      "a query reads somebody's view that computes; our own statements use try_cast", true},
     R"(CAST_INVALID_INPUT CAST_OVERFLOW CONVERSION_INVALID_INPUT CANNOT_PARSE_* DIVIDE_BY_ZERO
        REMAINDER_BY_ZERO INTERVAL_DIVIDED_BY_ZERO ARITHMETIC_OVERFLOW BINARY_ARITHMETIC_OVERFLOW
        INTERVAL_ARITHMETIC_OVERFLOW NUMERIC_VALUE_OUT_OF_RANGE NUMERIC_OUT_OF_SUPPORTED_RANGE
        DATETIME_OVERFLOW DATETIME_FIELD_OUT_OF_BOUNDS INVALID_ARRAY_INDEX*
        INVALID_FRACTION_OF_SECOND INVALID_INDEX_OF_ZERO DUPLICATED_MAP_KEY NULL_MAP_KEY
        MALFORMED_RECORD_IN_PARSING INVALID_VARIANT_CAST INVALID_VARIANT_GET_PATH VARIANT_SIZE_LIMIT
        MALFORMED_VARIANT INVALID_UTF8_STRING INVALID_URL CANNOT_DECODE_URL
        COLLECTION_SIZE_LIMIT_EXCEEDED SCALAR_SUBQUERY_TOO_MANY_ROWS ROW_SUBQUERY_TOO_MANY_ROWS
        USER_RAISED_EXCEPTION)"},
    {{needs_person, Errc::unprocessable, Code::databricks_view,
      "Have the owner of the view, function or foreign catalog correct it, and ask again.",
      "a query reads a view that no longer fits its tables, or whose function or source fails",
      true},
     R"(INCOMPATIBLE_VIEW_SCHEMA_CHANGE INCOMPATIBLE_COLUMN_CHANGES_AFTER_VIEW_WITH_PLAN_CREATION
        RECURSIVE_VIEW VIEW_EXCEED_MAX_NESTED_DEPTH FAILED_EXECUTE_UDF FAILED_FUNCTION_CALL
        PYTHON_EXCEPTION PYTHON_DATA_SOURCE_ERROR FAILED_JDBC DATA_SOURCE_EXTERNAL_ERROR
        DATA_SOURCE_NOT_FOUND INVALID_METRIC_VIEW_YAML)"},

    {defect("our statement is not SQL as Databricks has it"),
     R"(PARSE_SYNTAX_ERROR PARSE_EMPTY_STATEMENT SYNTAX_DISCONTINUED UNCLOSED_BRACKETED_COMMENT
        INVALID_SQL_SYNTAX INVALID_IDENTIFIER IDENTIFIER_TOO_MANY_NAME_PARTS INVALID_ESC
        INVALID_ESCAPE_CHAR INVALID_TYPED_LITERAL UNRECOGNIZED_SQL_TYPE UNSUPPORTED_FEATURE
        UNSUPPORTED_DATATYPE UNSUPPORTED_TYPED_LITERAL INVALID_PROPERTY_KEY INVALID_PROPERTY_VALUE
        CANNOT_REMOVE_RESERVED_PROPERTY UNSUPPORTED_TABLE_CHANGE ALTER_TABLE_COLUMN_DESCRIPTOR_*
        CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE NOT_SUPPORTED_CHANGE_COLUMN UNBOUND_SQL_PARAMETER
        NOT_SUPPORTED_COMMAND_FOR_V2_TABLE REQUIRES_SINGLE_PART_NAMESPACE)"},
    {defect(
         "our expressions: casts, regular expressions, arrays, columns that we looked up before"),
     R"(DATATYPE_MISMATCH CANNOT_CAST_DATATYPE CANNOT_UP_CAST_DATATYPE WRONG_NUM_ARGS
        UNRESOLVED_COLUMN UNRESOLVED_FIELD UNRESOLVED_ROUTINE UNRESOLVED_MAP_KEY FIELD_NOT_FOUND
        COLUMN_NOT_FOUND COLUMN_NOT_DEFINED_IN_TABLE
        INVALID_REGEXP_REPLACE INVALID_PARAMETER_VALUE.PATTERN
        INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX NON_FOLDABLE_ARGUMENT UNEXPECTED_INPUT_TYPE
        MISSING_AGGREGATION MISSING_GROUP_BY GROUP_BY_AGGREGATE NESTED_AGGREGATE_FUNCTION
        ORDER_BY_POS_OUT_OF_RANGE INVALID_LIMIT_LIKE_EXPRESSION COLLATION_MISMATCH
        INDETERMINATE_COLLATION* EXPRESSION_TYPE_IS_NOT_ORDERABLE DATATYPE_CANNOT_ORDER)"},
    {defect("our scripts: BEGIN … END with statements alone"),
     R"(INVALID_STATEMENT_OR_CLAUSE END_LABEL_WITHOUT_BEGIN_LABEL LABELS_MISMATCH
        INVALID_VARIABLE_DECLARATION UNRESOLVED_VARIABLE VARIABLE_NOT_FOUND
        SQL_SCRIPT_IN_EXECUTE_IMMEDIATE INVALID_ERROR_CONDITION_DECLARATION
        INVALID_HANDLER_DECLARATION INVALID_LABEL_USAGE)"},
    {defect("thousands of columns make a script that must be cut in two"),
     R"(FAILED_TO_PARSE_TOO_COMPLEX)"},
    {defect("the Parquet file that we landed is of our making"),
     R"(FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH PARQUET_TYPE_* PARQUET_CONVERSION_FAILURE
        CANNOT_MERGE_SCHEMAS CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE INVALID_COLUMN_NAME_AS_PATH
        EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE)"},
    {defect("no external engine gets credentials by us"),
     R"(EXTERNAL_ACCESS_DISABLED_ON_METASTORE EXTERNAL_WRITE_NOT_ALLOWED_FOR_TABLE
        UNITY_CATALOG_EXTERNAL_GENERATE_TABLE_CREDENTIALS_DENIED)"},
};

}  // namespace

std::span<const ErrorClasses> spark_classes() { return classes; }

}  // namespace sluice::lakehouse::databricks
