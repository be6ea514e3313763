// Which of Spark's and Unity Catalog's error conditions our statements can meet, and what each must
// be: written by what is asked of Databricks, not by the tables of rules.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <sstream>

#include "lakehouse/databricks/error_rules.h"

namespace sluice::lakehouse::databricks {
namespace {

/// What is asked, and pairs of a condition and our code for it (`databricks_` left out).
struct Situation {
  const char* asked;
  const char* conditions;
};

const Situation situations[] = {
    {"any statement",
     R"(INTERNAL_ERROR unavailable            INTERNAL_ERROR_NETWORK unavailable
        INTERNAL_ERROR_EXECUTOR unavailable   INTERNAL_ERROR_STORAGE unavailable
        TASK_WRITE_FAILED unavailable         STAGE_MATERIALIZATION_MULTIPLE_FAILURES unavailable
        SPARK_JOB_CANCELLED cancelled         OPERATION_CANCELED cancelled
        CONCURRENT_QUERY unavailable          QUERY_EXECUTION_TIMEOUT_EXCEEDED statement_deadline
        UNABLE_TO_ACQUIRE_MEMORY warehouse_size SPILL_OUT_OF_MEMORY warehouse_size
        AGGREGATE_OUT_OF_MEMORY warehouse_size  KRYO_BUFFER_OVERFLOW warehouse_size
        PARSE_SYNTAX_ERROR bug                PARSE_EMPTY_STATEMENT bug
        UNSUPPORTED_FEATURE bug               UNBOUND_SQL_PARAMETER bug)"},
    {"CREATE OR REPLACE TABLE … AS SELECT",
     R"(TABLE_OR_VIEW_ALREADY_EXISTS exists    SCHEMA_NOT_FOUND absent
        CATALOG_NOT_FOUND absent               NO_SUCH_CATALOG_EXCEPTION absent
        EXPECT_TABLE_NOT_VIEW another          COLUMN_ALREADY_EXISTS columns
        LOCATION_ALREADY_EXISTS storage        PATH_ALREADY_EXISTS storage
        NO_PARENT_EXTERNAL_LOCATION_FOR_PATH storage  LOCATION_OVERLAP storage
        EXTERNAL_LOCATION_DOES_NOT_EXIST storage      NO_STORAGE_LOCATION_FOR_TABLE storage
        STORAGE_CREDENTIAL_DOES_NOT_EXIST storage     EXTERNAL_TABLE_INVALID_SCHEME storage
        UC_FILE_SCHEME_FOR_TABLE_CREATION_NOT_SUPPORTED storage
        CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE bug  INVALID_PROPERTY_KEY bug
        INVALID_IDENTIFIER bug                 IDENTIFIER_TOO_MANY_NAME_PARTS bug
        CANNOT_REMOVE_RESERVED_PROPERTY bug    UNSUPPORTED_DATATYPE bug
        INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN governed_tag)"},
    {"INSERT OVERWRITE … BY NAME",
     R"(TABLE_OR_VIEW_NOT_FOUND absent         INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS conflict
        INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST conflict
        INSERT_COLUMN_ARITY_MISMATCH conflict  CAST_OVERFLOW_IN_TABLE_INSERT conflict
        NUM_COLUMNS_MISMATCH conflict          INCOMPATIBLE_TABLE_CHANGE_AFTER_ANALYSIS conflict
        CHECK_CONSTRAINT_VIOLATION table_settings   NOT_NULL_CONSTRAINT_VIOLATION table_settings
        NOT_NULL_ASSERT_VIOLATION table_settings    EXCEED_LIMIT_LENGTH table_settings
        NO_DEFAULT_COLUMN_VALUE_AVAILABLE table_settings
        UNSUPPORTED_INSERT another             VIEW_WRITE_NOT_ALLOWED another
        COLUMN_MASKS_FEATURE_NOT_SUPPORTED masked   ROW_LEVEL_SECURITY_FEATURE_NOT_SUPPORTED masked
        ROW_COLUMN_ACCESS_FILTERS_OR_MASKS_NOT_SUPPORTED masked)"},
    {"ALTER TABLE … SET TBLPROPERTIES, ALTER COLUMN … COMMENT",
     R"(WRONG_COMMAND_FOR_OBJECT_TYPE another  FORBIDDEN_OPERATION another
        UNSUPPORTED_FEATURE.MULTI_ACTION_ALTER feature  NOT_SUPPORTED_CHANGE_COLUMN bug
        ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE bug     FIELD_NOT_FOUND bug
        UNRESOLVED_COLUMN.WITH_SUGGESTION bug           UNSUPPORTED_TABLE_CHANGE bug
        INVALID_PROPERTY_VALUE bug             NOT_SUPPORTED_COMMAND_FOR_V2_TABLE bug)"},
    {"DROP by REST",
     R"(TABLE_DOES_NOT_EXIST absent            VOLUME_DOES_NOT_EXIST absent
        SCHEMA_NOT_EMPTY state                 CATALOG_NOT_EMPTY state
        VIEW_NOT_FOUND absent                  UC_VOLUME_NOT_FOUND absent)"},
    {"CREATE CATALOG, and what REST makes",
     R"(CATALOG_ALREADY_EXISTS exists          SCHEMA_ALREADY_EXISTS exists
        VOLUME_ALREADY_EXISTS exists           RESOURCE_ALREADY_EXISTS exists
        CATALOG_DOES_NOT_EXIST absent          SCHEMA_DOES_NOT_EXIST absent
        METASTORE_DOES_NOT_EXIST metastore     UC_NOT_ENABLED metastore
        UC_CATALOG_NAME_NOT_PROVIDED metastore QUOTA_EXCEEDED quota
        QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED quota  RESOURCE_LIMIT_EXCEEDED quota
        CATALOGS_LIMIT_EXCEEDED quota          INVALID_STATE state
        UC_COMMAND_NOT_SUPPORTED.WITH_RECOMMENDATION feature  UC_VOLUMES_NOT_ENABLED feature
        FEATURE_NOT_ENABLED feature            FEATURE_DISABLED feature)"},
    {"SELECT of a file that was landed in a volume",
     R"(PATH_NOT_FOUND unavailable             UNABLE_TO_INFER_SCHEMA unavailable
        FAILED_READ_FILE.NO_HINT unavailable   FAILED_READ_FILE.FILE_NOT_EXIST unavailable
        FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH bug  PARQUET_TYPE_NOT_SUPPORTED bug
        PARQUET_TYPE_ILLEGAL bug               PARQUET_CONVERSION_FAILURE bug
        INVALID_COLUMN_NAME_AS_PATH bug        CANNOT_MERGE_SCHEMAS bug)"},
    {"casts, regular expressions and arrays of silver",
     R"(DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION bug  CANNOT_CAST_DATATYPE bug
        INVALID_REGEXP_REPLACE bug             INVALID_PARAMETER_VALUE.PATTERN bug
        INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX bug  INVALID_ESC bug
        UNRESOLVED_ROUTINE bug                 WRONG_NUM_ARGS bug
        UNRESOLVED_FIELD bug                   AMBIGUOUS_REFERENCE columns
        EXPRESSION_TYPE_IS_NOT_ORDERABLE bug   COLLATION_MISMATCH bug
        INVALID_TYPED_LITERAL bug              MISSING_AGGREGATION bug)"},
    {"BEGIN … END",
     R"(UNSUPPORTED_FEATURE.SQL_SCRIPTING feature  INVALID_STATEMENT_OR_CLAUSE bug
        END_LABEL_WITHOUT_BEGIN_LABEL bug      UNRESOLVED_VARIABLE bug
        SQL_SCRIPT_IN_EXECUTE_IMMEDIATE bug    FAILED_TO_PARSE_TOO_COMPLEX bug)"},
    {"SELECT of somebody's table or view",
     R"(CAST_INVALID_INPUT view                CAST_OVERFLOW view
        DIVIDE_BY_ZERO view                    REMAINDER_BY_ZERO view
        ARITHMETIC_OVERFLOW view               BINARY_ARITHMETIC_OVERFLOW view
        NUMERIC_VALUE_OUT_OF_RANGE view        DATETIME_OVERFLOW view
        CANNOT_PARSE_TIMESTAMP view            CANNOT_PARSE_DECIMAL view
        INVALID_ARRAY_INDEX view               INVALID_ARRAY_INDEX_IN_ELEMENT_AT view
        DUPLICATED_MAP_KEY view                MALFORMED_RECORD_IN_PARSING view
        INVALID_VARIANT_CAST view              SCALAR_SUBQUERY_TOO_MANY_ROWS view
        USER_RAISED_EXCEPTION view             INCOMPATIBLE_VIEW_SCHEMA_CHANGE view
        RECURSIVE_VIEW view                    VIEW_EXCEED_MAX_NESTED_DEPTH view
        FAILED_EXECUTE_UDF view                PYTHON_EXCEPTION view
        FAILED_JDBC view                       INVALID_METRIC_VIEW_YAML view
        DATA_SOURCE_NOT_FOUND view             RESULT_TOO_LARGE too_large)"},
    {"permissions",
     R"(INSUFFICIENT_PERMISSIONS permission    INSUFFICIENT_PRIVILEGES permission
        PERMISSION_DENIED permission           UNAUTHORIZED_ACCESS permission
        CUSTOMER_UNAUTHORIZED permission       UNAUTHENTICATED token
        PRINCIPAL_DOES_NOT_EXIST absent)"},
    {"the warehouse and the API before it",
     R"(WAREHOUSE_NOT_FOUND warehouse          INVALID_WAREHOUSE_ID warehouse
        RESOURCE_DOES_NOT_EXIST absent         ENDPOINT_NOT_FOUND host
        TEMPORARILY_UNAVAILABLE unavailable    WORKSPACE_TEMPORARILY_UNAVAILABLE unavailable
        SERVICE_UNDER_MAINTENANCE unavailable  DEADLINE_EXCEEDED unavailable
        IO_ERROR unavailable                   ABORTED cancelled
        CANCELLED cancelled                    RESOURCE_EXHAUSTED busy
        REQUEST_LIMIT_EXCEEDED busy            TOO_MANY_REQUESTS busy
        MALFORMED_REQUEST bug                  INVALID_PARAMETER_VALUE bug
        BAD_REQUEST bug                        NOT_FOUND absent)"},
};

std::string full_code(const std::string& code) {
  if (code == "another") return "table_of_another_dataset";
  if (code == "too_large") return "remote_too_large";
  return "databricks_" + code;
}

TEST(ErrorConditions, EachThatWeCanMeetIsWhatItMustBe) {
  std::map<RuleKind, int> counts;
  int conditions = 0;
  for (const Situation& situation : situations) {
    std::istringstream pairs{situation.conditions};
    int here = 0;
    for (std::string name, code; pairs >> name >> code; ++here) {
      const Ruling ruling =
          ruling_on(statement_error_of("BAD_REQUEST", "[" + name + "] something about it"));
      EXPECT_EQ(text_of(ruling.decision->code), full_code(code)) << situation.asked << ": " << name;
      // By what it is called: a SQLSTATE or a status is for what nobody has seen.
      EXPECT_TRUE(ruling.by == RuleKind::name || ruling.by == RuleKind::prefix ||
                  ruling.by == RuleKind::general_name || ruling.by == RuleKind::ending)
          << name << " is decided by: " << name_of(ruling.by);
      ++counts[ruling.by];
    }
    std::cout << "  " << here << " of " << situation.asked << "\n";
    conditions += here;
  }
  std::cout << "  " << conditions << " in all\n";
  for (const auto& [by, number] : counts) {
    std::cout << "  " << number << " by " << name_of(by) << "\n";
  }
  EXPECT_GE(conditions, 150);
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
