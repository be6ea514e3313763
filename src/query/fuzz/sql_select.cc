#include <utility>

#include "query/fuzz/sql_writer.h"

namespace sluice::query {

std::string SqlWriter::query(int depth) {
  const std::size_t scopes = scope_.size();
  const std::size_t ctes = ctes_.size();
  std::string out;
  if (depth > 0 && random_.chance(12) && spend()) {
    if (random_.chance(25)) {
      out = recursive_cte();
    } else {
      const std::string name = "cte" + std::to_string(names_++);
      out = "WITH " + name + "(n) AS " + one_of({"", "", "MATERIALIZED ", "NOT MATERIALIZED "}) +
            "(SELECT " + expression(depth - 1) + ")";
      ctes_.push_back(name);
    }
    out += " ";
  }
  out += select(depth);
  if (depth > 0 && random_.chance(8)) {
    scope_.resize(scopes);
    out += one_of({" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ", " EXCEPT ALL ",
                   " UNION BY NAME ", " UNION ALL BY NAME "});
    out += select(depth - 1);
  }
  out += order_and_limit(depth);
  scope_.resize(scopes);
  ctes_.resize(ctes);
  return out;
}

std::string SqlWriter::recursive_cte() {
  const std::string name = "deep" + std::to_string(names_++);
  ctes_.push_back(name);
  const std::string bound = std::to_string(random_.chance(97) ? random_.below(30) : 100'000);
  if (random_.chance(15)) {
    return "WITH RECURSIVE " + name +
           "(n, m) USING KEY (n) AS (SELECT 1, 1 UNION (SELECT n, m + 1 " + "FROM " + name +
           " WHERE m < " + bound + "))";
  }
  return "WITH RECURSIVE " + name + "(n) AS (SELECT 1 UNION" + one_of({"", " ALL"}) +
         " SELECT n + 1 FROM " + name + " WHERE n < " + bound + ")";
}

std::string SqlWriter::order_and_limit(int depth) {
  std::string out;
  if (random_.chance(25)) {
    out += " ORDER BY " + (random_.chance(70) ? one_of({"1", "ALL", "1", "random()"}) : column()) +
           one_of({"", " DESC", " ASC NULLS FIRST", " NULLS LAST"});
  }
  if (random_.chance(25)) {
    out += " LIMIT " + (random_.chance(90) ? std::to_string(random_.below(50))
                                           : one_of({"10%", "1e9", "NULL", "-1", "(SELECT 2)"}));
  }
  if (random_.chance(5)) out += " OFFSET " + (depth > 0 && random_.chance(10) ? leaf() : integer());
  return out;
}

std::string SqlWriter::select(int depth) {
  const std::size_t die = random_.below(100);
  if (die < 4) {
    const std::string same = type();
    return "VALUES (" + value_of(same, depth) + "), (" + value_of(same, 0) + ")";
  }
  if (die < 6) return "TABLE " + one_of(words_.tables);
  if (die < 10) return pivot(depth);
  const std::string source = die < 20 && depth < 3 ? "" : from(depth);
  if (die < 23 && !source.empty()) return source;  // FROM first, and alone
  const bool grouped = random_.chance(22);
  const std::string groups = grouped ? grouping(depth) : "";
  std::string out = "SELECT ";
  if (random_.chance(8)) out += one_of({"DISTINCT ", "DISTINCT ", "ALL ", "DISTINCT ON (1) "});
  out += (grouped ? select_items(depth, groups) : select_items(depth, "none")) + " " + source;
  if (random_.chance(35)) out += " WHERE " + predicate(depth - 1);
  out += groups;
  if (grouped && random_.chance(15)) out += " HAVING " + aggregate(0) + " IS NOT NULL";
  if (random_.chance(5)) out += " WINDOW w AS (PARTITION BY " + leaf() + ")";
  if (!grouped && random_.chance(6)) out += " QUALIFY " + window(0) + " IS NOT NULL";
  if (random_.chance(3)) {
    out += " USING SAMPLE " + one_of({"3 ROWS", "20%", "reservoir(5 ROWS)", "50% (bernoulli, 7)"});
  }
  return out;
}

std::string SqlWriter::select_items(int depth, std::string_view grouping) {
  const bool grouped = grouping != "none";
  const std::size_t plain_percent = grouping.ends_with("ALL") ? 30 : 3;
  if (!grouped && random_.chance(12)) {
    return one_of({"*", "* EXCLUDE (id)", "* REPLACE (1 AS id)", "* RENAME (id AS ident)",
                   "COLUMNS('d.*')", "COLUMNS(c -> c LIKE '%a%')", "* LIKE 'i%'",
                   "coalesce(*COLUMNS('i.*'))", "min(COLUMNS(*))", "COLUMNS(*)::VARCHAR"});
  }
  std::string out;
  for (std::size_t i = 0; i <= random_.below(4); ++i) {
    if (i > 0) out += ", ";
    if (grouped) {
      out += random_.chance(plain_percent) ? column() : aggregate(depth - 1);
    } else {
      out += random_.chance(12) ? window(depth - 1) : expression(depth);
    }
    if (i == 0) out += " AS n";
  }
  return out;
}

std::string SqlWriter::grouping(int depth) {
  switch (random_.below(6)) {
    case 0:
      return " GROUP BY " + expression(depth - 2);
    case 1:
      return " GROUP BY CUBE (" + column() + ", " + column() + ")";
    case 2:
      return " GROUP BY ROLLUP (" + column() + ", " + column() + ")";
    case 3:
      return " GROUP BY GROUPING SETS ((" + column() + "), (" + leaf() + "), ())";
    case 4:
      return "";
    default:
      return " GROUP BY ALL";
  }
}

std::string SqlWriter::relation(const std::string& what, std::vector<FuzzColumn> columns) {
  const std::string alias = "r" + std::to_string(names_++);
  std::string out = what + " AS " + alias;
  scope_.push_back({alias, std::move(columns)});
  return out;
}

std::string SqlWriter::table(int depth) {
  if (random_.chance(2)) return hostile_table();
  const std::size_t die = depth > 0 && spend() ? random_.below(100) : 0;
  if (!ctes_.empty() && random_.chance(50)) return relation(one_of(ctes_), {{"n", ""}});
  if (die < 55) {
    const std::string sample = random_.chance(4) ? " TABLESAMPLE " + one_of({"50%", "3 ROWS"}) : "";
    return relation(one_of(words_.tables), words_.columns) + sample;
  }
  if (die < 72) {
    // What is inside does not see what stands beside it.
    const std::vector<Relation> outer = std::exchange(scope_, {});
    const std::string inner = query(depth - 1);
    scope_ = outer;
    return relation("(" + inner + ")", {{"n", ""}}) + "(n)";
  }
  if (die < 78) {
    const std::string values = "(VALUES (" + integer() + "), (" + integer() + "))";
    return relation(values, {{"col0", ""}});
  }
  if (die < 83) {
    const std::string inner = query(depth - 1);
    return relation("LATERAL (" + inner + ")", {{"n", ""}}) + "(n)";
  }
  if (die < 86) return relation("(" + pivot(depth - 1) + ")", {{"n", ""}}) + "(n)";
  const FuzzFunction& function = random_.pick(words_.tables_made);
  const std::string made =
      random_.chance(30)
          ? function.name + "(" + arguments(function, depth - 1) + ")"
          : one_of({"range(3)", "generate_series(1, 5)", "unnest([1, 2, NULL])",
                    "json_each('{\"a\": [1]}')", "repeat_row(1, 'x', num_rows = 2)",
                    "test_all_types()", "information_schema.tables", "(SHOW ALL TABLES)",
                    "range(DATE '2024-01-01', DATE '2024-02-01', "
                    "INTERVAL 1 WEEK)",
                    "json_tree('[1, {\"a\": 2}]')"});
  const std::string alias = "r" + std::to_string(names_);
  return relation(made, {{alias, ""}}).append("(" + alias + ")");
}

std::string SqlWriter::from(int depth) {
  std::string out = "FROM " + table(depth - 1);
  const std::size_t die = random_.below(100);
  const int joins = die < 60 ? 0 : die < 90 ? 1 : 2;
  for (int i = 0; i < joins; ++i) {
    const std::size_t scopes = scope_.size();
    const std::string joined = join(depth);
    out += joined;
    // Their right side is for the condition alone.
    const bool is_hidden = joined.starts_with(" SEMI") || joined.starts_with(" ANTI");
    if (is_hidden && random_.chance(90)) scope_.resize(scopes);
  }
  return out;
}

std::string SqlWriter::join(int depth) {
  const std::string kind = one_of({" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ",
                                   " SEMI JOIN ", " ANTI JOIN ", " ASOF JOIN ", " ASOF LEFT JOIN ",
                                   " POSITIONAL JOIN ", " CROSS JOIN ", ", ", " NATURAL JOIN "});
  const std::string right = table(depth - 1);
  if (kind == ", " || kind == " CROSS JOIN " || kind == " POSITIONAL JOIN " ||
      kind == " NATURAL JOIN ") {
    return kind + right;
  }
  const bool has_id = !scope_.empty() && scope_.back().columns.size() > 1;
  if (has_id && random_.chance(30)) return kind + right + " USING (id)";
  if (has_id && kind.starts_with(" ASOF") && scope_.size() > 1) {
    const std::string& other = scope_[scope_.size() - 2].alias;
    return kind + right + " ON " + other + ".day" + one_of({" >= ", " < "}) + scope_.back().alias +
           ".day";
  }
  const std::string left = column_of("BIGINT");
  const std::string equal = random_.chance(80) && !left.empty() ? left + " = " + column_of("BIGINT")
                                                                : column() + " = " + column();
  if (kind.starts_with(" ASOF"))
    return kind + right + " ON " + equal + " AND " + value_of("DATE", 0) +
           " >= " + value_of("DATE", 0);
  return kind + right + " ON " + (random_.chance(70) ? equal : predicate(depth - 1));
}

std::string SqlWriter::pivot(int depth) {
  const std::string name = one_of(words_.tables);
  const std::string column = random_.pick(words_.columns).name;
  switch (random_.below(8)) {
    case 0:
      return "UNPIVOT (SELECT id, i64 FROM " + name + ") ON id, i64 INTO NAME n VALUE v";
    case 1:
      return "UNPIVOT " + name + " ON COLUMNS('" + one_of({"i.*", "f.*", "t.*", ".*"}) +
             "') INTO NAME n VALUE v";
    case 2:
      return "FROM " + name + " PIVOT (" + one_of({"sum(id)", "first(id)", "list(day)"}) +
             " FOR region IN ('north', 'south') GROUP BY " + column + ")";
    case 3:
      return "PIVOT (SELECT region AS n, " + random_.pick(words_.columns).name + " AS v FROM " +
             name + ") ON n IN ('north', 'x') USING " + one_of({"max(v)", "count(*)", "list(v)"});
    case 4:
      return "PIVOT " + name + " ON region USING " + one_of({"sum(id)", "first(id)", "count(*)"}) +
             " GROUP BY " + column;
    case 5:
      return "PIVOT (SELECT region AS n, " + column + " AS v FROM " + name + ") ON n, v USING " +
             one_of({"max(v)", "count(*)", "list(v)"});
    case 6:
      return "PIVOT (SELECT * FROM " + name + " WHERE id <> " + literal() + ") ON region || " +
             column;
    default:
      return "PIVOT " + name + " ON " + column + " IN (" + leaf() + ", " + literal() + ") USING " +
             (depth > 0 ? aggregate(0) : "count(*)") + " GROUP BY id";
  }
}

}  // namespace sluice::query
