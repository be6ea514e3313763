// dialect_cases FOLDER < cases.json > answers.json
//
// For the contract between the two dialects (tests/workspace/test_dialects.py): makes each case's
// bronze file, has DuckDB make silver and quarantine of it, and gives the statements with which
// Spark is to make the same.

#include <exception>
#include <iostream>
#include <iterator>

#include <boost/json.hpp>

#include "base/sql_text.h"
#include "lakehouse/local/parquet_job.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"
#include "lakehouse/medallion/databricks/render_databricks.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using namespace sluice;
using namespace sluice::lakehouse;

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(to_line(result.error()));
  return std::move(*result);
}

void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(to_line(result.error()));
}

/// The file as an ingest would have made it: each cell given as text, as the type of its column.
void make_bronze(duckdb::Connection& connection, const std::vector<Column>& columns,
                 const json::array& rows, const fs::path& file) {
  std::string names;
  std::string casts;
  for (const Column& column : columns) {
    const std::string name = quote_identifier(column.name);
    names += (names.empty() ? "" : ", ") + name + " VARCHAR";
    casts += (casts.empty() ? "" : ", ") + ("CAST(" + name + " AS " + column.type + ") AS " + name);
  }
  must(connection.query("CREATE OR REPLACE TABLE cells (" + names + ")"));
  duckdb::Appender appender = must(duckdb::Appender::open(connection, "cells"));
  for (const json::value& row : rows) {
    for (const json::value& cell : row.as_array()) {
      if (cell.is_null()) {
        appender.append_null();
      } else {
        appender.append_text(std::string_view(cell.as_string()));
      }
    }
    must(appender.end_row());
  }
  must(appender.close());
  must(connection.query("COPY (SELECT " + casts + " FROM cells) TO " +
                        quote_literal(file.string()) + " (FORMAT parquet)"));
}

json::object answer(duckdb::Connection& connection, const fs::path& folder,
                    const json::object& given) {
  std::vector<Column> columns;
  for (const json::value& column : given.at("columns").as_array()) {
    const auto text = [&](const char* name) {
      return json::value_to<std::string>(column.at(name));
    };
    columns.push_back({text("name"), text("name"), text("type"), ""});
  }
  const medallion::Plan plan = must(medallion::plan_from_json(json::serialize(given.at("plan"))));
  const std::string name = json::value_to<std::string>(given.at("name"));
  const fs::path bronze = folder / (name + ".bronze.parquet");
  make_bronze(connection, columns, given.at("rows").as_array(), bronze);

  const std::string relation = ParquetJob::relation(bronze);
  const auto copied = [&](const std::string& select, const char* layer) {
    const fs::path file = folder / (name + layer);
    must(connection.query("COPY (" + select + ") TO " + quote_literal(file.string()) +
                          " (FORMAT parquet)"));
    return file.string();
  };
  const std::string view = medallion::databricks_identifier("bronze " + name);
  return {
      {"name", name},
      {"silver", copied(medallion::silver_select(plan, relation), ".silver.parquet")},
      {"quarantine", copied(medallion::quarantine_select(plan, relation), ".quarantine.parquet")},
      {"quarantined", must(connection.query_int(medallion::quarantine_count(plan, relation)))},
      {"view", view},
      {"bronze_sql",
       must(medallion::bronze_select(columns, medallion::databricks_parquet(bronze.string()), 1))},
      {"silver_sql", medallion::databricks_silver_select(plan, view)},
      {"quarantine_sql", medallion::databricks_quarantine_select(plan, view)},
      {"quarantined_sql", medallion::databricks_quarantine_count(plan, view)}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "dialect_cases FOLDER < cases.json > answers.json\n";
    return 2;
  }
  try {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    duckdb::Database database = must(
        duckdb::Database::open(duckdb::job_settings({.memory_bytes = 512'000'000, .threads = 1})));
    duckdb::Connection connection = must(database.connect());
    json::array answers;
    const json::value cases = json::parse(text);
    for (const json::value& given : cases.as_array()) {
      answers.push_back(answer(connection, argv[1], given.as_object()));
    }
    std::cout << json::serialize(answers) << "\n";
    return 0;
  } catch (const std::exception& broken) {
    std::cerr << broken.what() << "\n";
    return 1;
  }
}
