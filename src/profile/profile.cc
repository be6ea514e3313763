#include "profile/profile.h"

#include <algorithm>
#include <map>

#include "base/sql_text.h"
#include "duckdb/cells/json_cells.h"
#include "profile/error_codes.h"
#include "profile/profile_json.h"
#include "profile/profile_kind.h"

namespace sluice::profile {
namespace {

/// Of one statement: each takes some kilobytes of states and some milliseconds of planning.
constexpr std::size_t columns_per_pass = 100;
constexpr const char* quantile_list = "[0.05, 0.25, 0.5, 0.75, 0.95]";

/// One column and its number, which names it in the statements.
struct Looked {
  const Column* column;
  ProfileKind kind;
  std::string n;
};

std::string comma(const std::string& list) { return list.empty() ? "" : ", "; }

/// Smallest and largest of a text need no more than the characters that are shown, plus one that
/// tells whether there were more: the first of prefixes is the prefix of the first.
std::string prefix(const Looked& of, const std::string& value) {
  if (of.kind != ProfileKind::text) return value;
  return "left(" + value + ", " + std::to_string(profile_characters_max + 1) + ")";
}

std::string shown(const Looked& of, const std::string& value) {
  if (of.kind != ProfileKind::text) return value;
  const std::string most = std::to_string(profile_characters_max);
  return "CASE WHEN length(" + value + ") > " + most + " THEN left(" + value + ", " + most +
         ") || '…' ELSE " + value + " END";
}

/// First pass: all that is found without knowing anything.
std::string looks_sql(const std::vector<Looked>& columns, const std::string& relation) {
  std::string list;
  for (const Looked& of : columns) {
    const std::string cell = quote_identifier(of.column->name);
    const auto add = [&](const std::string& sql, const char* name) {
      list += comma(list) + sql + " AS " + name + of.n;
    };
    add("count(" + cell + ")", "n");
    add("count(*)", "all");
    if (of.kind == ProfileKind::opaque) continue;
    add("approx_count_distinct(" + cell + ")", "d");
    const std::string finite = finite_sql(of.kind, cell, of.column->type);
    add("min(" + prefix(of, finite) + ")", "lo");
    add("max(" + prefix(of, finite) + ")", "hi");
    add("approx_top_k(" + candidate_sql(of.kind, cell) + ", " + std::to_string(top_values_max) +
            ")",
        "t");
    const std::string position = position_sql(of.kind, cell, of.column->type);
    if (position.empty()) continue;
    add("min(" + position + ")", "plo");
    add("max(" + position + ")", "phi");
    if (of.kind == ProfileKind::text) continue;
    add("approx_quantile(" + position + ", " + quantile_list + ")", "q");
    if (is_number(of.kind)) add("avg(" + mean_sql(finite, of.column->type) + ")", "m");
  }
  return "CREATE OR REPLACE TEMP TABLE looks AS SELECT " + list + " FROM " + relation;
}

/// Second pass: how often the candidates occur, and how many cells fall into each bin. What the
/// first one found comes as a row beside every row, which the engine carries as constants.
std::string counts_sql(const std::vector<Looked>& columns, const std::string& relation) {
  std::string list;
  for (const Looked& of : columns) {
    if (of.kind == ProfileKind::opaque) continue;
    const std::string cell = quote_identifier(of.column->name);
    list += comma(list) + "histogram(list_position(looks.t" + of.n + ", source." + cell +
            ")) AS tc" + of.n;
    const std::string position = position_sql(of.kind, "source." + cell, of.column->type);
    if (position.empty()) continue;
    list += ", histogram(" + bin_sql(of.kind, position, "looks.plo" + of.n, "looks.phi" + of.n) +
            ") AS b" + of.n;
  }
  if (list.empty()) list = "count(*)";  // One row, as else.
  return "CREATE OR REPLACE TEMP TABLE counts AS SELECT " + list + " FROM " + relation +
         " AS source, looks";
}

/// Both rows, in the form that read_column takes.
std::string found_sql(const std::vector<Looked>& columns) {
  std::string list;
  for (const Looked& of : columns) {
    const auto add = [&](const std::string& sql, const std::string& name) {
      list += comma(list) + sql + " AS " + quote_identifier(of.n + "." + name);
    };
    add("n" + of.n, "count");
    add("all" + of.n, "rows");
    if (of.kind == ProfileKind::opaque) continue;
    add("d" + of.n, "distinct");
    add(shown(of, "lo" + of.n), "min");
    add(shown(of, "hi" + of.n), "max");
    add("[" + shown(of, "v") + " FOR v IN t" + of.n + "]", "top");
    add("map_keys(tc" + of.n + ")", "top_at");
    add("map_values(tc" + of.n + ")", "top_counts");
    if (of.kind == ProfileKind::boolean) continue;
    add("plo" + of.n, "from");
    add("phi" + of.n, "to");
    add("map_keys(b" + of.n + ")", "bins_at");
    add("map_values(b" + of.n + ")", "bins");
    if (of.kind == ProfileKind::text) continue;
    // The digest's ends may lie beyond the values that it was made of.
    add("[least(greatest(v, plo" + of.n + "), phi" + of.n + ") FOR v IN q" + of.n + "]",
        "quantiles");
    if (is_number(of.kind)) add("m" + of.n, "mean");
  }
  return "SELECT " + list + " FROM looks, counts";
}

/// The only row, each cell as JSON, by name.
Result<std::map<std::string, std::string>> only_row(duckdb::QueryResult& result) {
  std::map<std::string, std::string> cells;
  duckdb_data_chunk chunk = duckdb_fetch_chunk(result.raw());
  if (chunk == nullptr || duckdb_data_chunk_get_size(chunk) != 1) {
    duckdb_destroy_data_chunk(&chunk);
    return fail(Errc::internal, Code::profile_rows, "A profile's statement gave no row.");
  }
  for (std::size_t i = 0; i < result.column_count(); ++i) {
    duckdb_logical_type type = duckdb_column_logical_type(&result.raw(), i);
    const duckdb::CellType cell_type = duckdb::cell_type(type);
    duckdb_destroy_logical_type(&type);
    duckdb::CellVector(cell_type, duckdb_data_chunk_get_vector(chunk, i))
        .append_json(cells[result.column_name(i)], 0);
  }
  duckdb_destroy_data_chunk(&chunk);
  return cells;
}

}  // namespace

Result<std::string> make_profile(duckdb::Connection& connection, const std::string& relation_sql,
                                 const std::vector<Column>& columns, const std::stop_token& stop) {
  std::string json = "[";
  for (std::size_t first = 0; first < columns.size(); first += columns_per_pass) {
    std::vector<Looked> pass;
    for (std::size_t i = first; i < std::min(first + columns_per_pass, columns.size()); ++i) {
      pass.push_back({&columns[i], profile_kind(columns[i].type), std::to_string(i - first)});
    }
    TRY(connection.query(looks_sql(pass, relation_sql), stop));
    TRY(connection.query(counts_sql(pass, relation_sql), stop));
    TRY_ASSIGN(duckdb::QueryResult result, connection.query(found_sql(pass), stop));
    TRY_ASSIGN(const auto cells, only_row(result));
    for (const Looked& of : pass) {
      if (json.size() > 1) json += ',';
      append_column(json, *of.column, of.kind, [&](const std::string& name) {
        const auto found = cells.find(of.n + "." + name);
        return found == cells.end() ? std::string("null") : found->second;
      });
    }
  }
  TRY(connection.query("DROP TABLE IF EXISTS counts; DROP TABLE IF EXISTS looks"));
  return json + "]";
}

}  // namespace sluice::profile
