#include <algorithm>
#include <iterator>

#include "query/fuzz/sql_writer.h"

namespace sluice::query {

std::string SqlWriter::column() {
  if (!bound_.empty() && random_.chance(40)) return one_of(bound_);
  if (scope_.empty()) return literal();
  const Relation& relation = random_.chance(85) ? scope_.back() : random_.pick(scope_);
  const std::string name = random_.pick(relation.columns).name;
  if (random_.chance(20) && random_.chance(2))
    return one_of({"filename", "rowid", "file_row_number", "file_index", "oid"});
  return relation.alias + "." + name;
}

std::string SqlWriter::column_of(const std::string& type) {
  std::vector<std::string> fitting;
  for (const Relation& relation : scope_) {
    for (const FuzzColumn& column : relation.columns) {
      if (column.type == type) fitting.push_back(relation.alias + "." + column.name);
    }
  }
  return fitting.empty() ? "" : random_.pick(fitting);
}

std::string SqlWriter::leaf() {
  if (random_.chance(1)) return one_of({"?", "$1", "$2", "$day", "$3"});
  return random_.chance(60) ? column() : literal();
}

std::string SqlWriter::value_of(const std::string& type, int depth) {
  if (type == "LAMBDA") return "lambda x: " + expression(0);
  const bool is_open = type.empty() || type.find("ANY") != std::string::npos || type.size() < 3;
  const std::size_t die = random_.below(100);
  if (is_open) return type.ends_with("[]") ? nested_value(depth) : expression(depth - 1);
  if (die < 4) return expression(depth - 1);
  if (die < 50) {
    if (std::string found = column_of(type); !found.empty()) return found;
  }
  const bool is_whole = type.find('(') == std::string::npos || type.ends_with(')');
  if (die < 75 && depth > 0 && is_whole && type != "ENUM" && type != "STRUCT" && type != "MAP") {
    return "TRY_CAST(" + expression(depth - 1) + " AS " + type + ")";
  }
  return literal_of(type);
}

std::string SqlWriter::expression(int depth) {
  if (depth <= 0 || !spend()) return leaf();
  const std::size_t die = random_.below(100);
  if (die < 22) return leaf();
  if (die < 36) return binary(depth - 1);
  if (die < 62) return call(depth - 1);
  if (die < 70) {
    const std::string value = expression(depth - 1);
    if (random_.chance(30)) return "(" + value + ")::" + type();
    return one_of({"CAST(", "TRY_CAST("}) + value + " AS " + type() + ")";
  }
  if (die < 76) return predicate(depth - 1);
  if (die < 82) return nested_value(depth - 1);
  if (die < 87) return with_lambda(depth - 1);
  if (die < 94) return special_form(depth - 1);
  if (die < 97) return "(SELECT " + expression(depth - 1) + " LIMIT 1)";
  return spend() ? "(SELECT n FROM (" + query(depth - 1) + ") LIMIT 1)" : leaf();
}

std::string SqlWriter::binary(int depth) {
  static constexpr std::string_view operators[] = {"+",    "-",          "*",
                                                   "/",    "//",         "%",
                                                   "**",   "^",          "||",
                                                   "=",    "<>",         "<",
                                                   "<=",   ">",          ">=",
                                                   "==",   "AND",        "OR",
                                                   "LIKE", "ILIKE",      "~",
                                                   "!~",   "SIMILAR TO", "GLOB",
                                                   "&",    "|",          "<<",
                                                   ">>",   "->",         "->>",
                                                   "^@",   "@>",         "<@",
                                                   "&&",   "<->",        "<=>",
                                                   "!~~*", "<@",         "IS DISTINCT FROM",
                                                   "IN",   "NOT LIKE",   "IS NOT DISTINCT FROM"};
  if (random_.chance(80)) {
    // Else most pairs have no operator: the first eight want numbers, the next eight take anything.
    const std::size_t which = random_.below(16);
    const std::string same = which < 8 && random_.chance(90)
                                 ? one_of({"TINYINT", "INTEGER", "BIGINT", "UBIGINT", "HUGEINT",
                                           "DOUBLE", "FLOAT", "DECIMAL(18,3)", "DECIMAL(38,10)"})
                                 : type();
    return "(" + value_of(same, depth) + " " + std::string(operators[which]) + " " +
           value_of(same, depth) + ")";
  }
  return "(" + expression(depth) + " " +
         std::string(operators[random_.below(std::size(operators))]) + " " + expression(depth) +
         ")";
}

std::string SqlWriter::arguments(const FuzzFunction& function, int depth) {
  static constexpr std::string_view growing[] = {
      "range", "generate_series", "repeat",      "lpad", "rpad", "list_resize",
      "bar",   "repeat_row",      "array_resize"};
  const bool grows =
      std::find(std::begin(growing), std::end(growing), function.name) != std::end(growing);
  std::string out;
  const auto add = [&](const std::string& argument) {
    out += (out.empty() ? "" : ", ") + argument;
  };
  for (const std::string& type : function.parameter_types) {
    if (grows && !random_.chance(3) && (type.ends_with("INT") || type == "INTEGER")) {
      add(std::to_string(random_.below(40)));
    } else {
      add(value_of(type, depth));
    }
  }
  if (random_.chance(2)) add(expression(depth));
  return out;
}

std::string SqlWriter::call(int depth) {
  if (random_.chance(2)) return aggregate(depth);
  if (random_.chance(2)) return window(depth);
  const FuzzFunction& function = random_.pick(random_.chance(1) ? words_.denied : words_.scalars);
  // Operators are functions too; their names need quotes.
  const bool is_word =
      function.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  const std::string name = is_word ? function.name : "\"" + function.name + "\"";
  if (random_.chance(3)) return leaf() + "." + name + "(" + expression(depth) + ")";
  if (random_.chance(2)) return one_of({"main.", "system.main.", "pg_catalog."}) + name + "()";
  return name + "(" + arguments(function, depth) + ")";
}

std::string SqlWriter::with_lambda(int depth) {
  const std::string name = "l" + std::to_string(names_++);
  std::string list = random_.chance(70) ? literal_of("INTEGER[]") : nested_value(depth);
  bound_.push_back(name);
  const std::string body = expression(depth);
  std::string out;
  switch (random_.below(5)) {
    case 0:
      out = "[" + body + " FOR " + name + " IN " + list + " IF " + predicate(depth) + "]";
      break;
    case 1:
      bound_.push_back(name + "y");
      out = "list_reduce(" + list + ", lambda " + name + ", " + name + "y: " + expression(depth) +
            ")";
      bound_.pop_back();
      break;
    case 2:
      out = "list_transform(" + list + ", lambda " + name + ", i: " + body + ")";
      break;
    case 3:
      out = "list_filter(" + list + ", " + name + " -> " + body + ")";
      break;
    default:
      out =
          one_of({"list_transform", "list_filter", "apply", "list_sort", "array_apply", "reduce"}) +
          "(" + list + ", lambda " + name + ": " + body + ")";
  }
  bound_.pop_back();
  return out;
}

std::string SqlWriter::list_of(int depth, std::size_t most) {
  std::string out = expression(depth);
  for (std::size_t i = random_.below(most); i > 0; --i) out += ", " + expression(depth);
  return out;
}

std::string SqlWriter::nested_value(int depth) {
  const int inside = depth - 1;
  switch (random_.below(11)) {
    case 0:
      return "{'a': " + expression(inside) + ", 'b': " + expression(inside) + "}";
    case 1:
      return "map {" + leaf() + ": " + expression(inside) + "}";
    case 2:
      return "struct_pack(k := " + expression(inside) + ").k";
    case 3:
      return "row(" + list_of(inside, 3) + ")";
    case 4:
      return "(" + value_of("INTEGER[]", inside) + ")[" + integer() + "]";
    case 5:
      return "(" + value_of("VARCHAR", inside) + ")[" + integer() + ":" + integer() + "]";
    case 6:
      return "(" + value_of("VARCHAR[]", inside) + ")[" + integer() + ":-:-1]";
    case 7:
      return "array_value(" + list_of(inside, 3) + ")";
    case 8:
      return "({'a': " + expression(inside) + "}).a";
    case 9:
      return "union_value(m := " + expression(inside) + ")";
    default:
      return "[" + list_of(inside, 4) + "]";
  }
}

std::string SqlWriter::predicate(int depth) {
  const std::string same = type();
  const std::string left = random_.chance(10) ? expression(depth) : value_of(same, depth);
  switch (random_.below(11)) {
    case 0:
      return "(" + left + " BETWEEN " + value_of(same, depth) + " AND " + value_of(same, 0) + ")";
    case 1:
      return "(" + left + one_of({" IN (", " NOT IN ("}) + value_of(same, 0) + ", " +
             literal_of(same) + "))";
    case 2:
      return "(" + left + one_of({" IS NULL)", " IS NOT NULL)", " IS TRUE)", " IS UNKNOWN)"});
    case 3:
      return "(NOT " + value_of("BOOLEAN", depth) + ")";
    case 4:
      return spend() ? "EXISTS (" + query(depth) + ")" : left;
    case 5:
      return spend() ? "(" + left + one_of({" IN", " = ANY", " < ALL", " NOT IN"}) + " (SELECT " +
                           value_of(same, depth) + " FROM " + one_of(words_.tables) + "))"
                     : left;
    case 6:
      return "(" + value_of("VARCHAR", depth) + " LIKE " + quoted_text() + " ESCAPE '\\')";
    case 7:
      return "(" + column() + " = " + column() + ")";
    case 8:
      return value_of("BOOLEAN", depth);
    default:
      return "(" + left + one_of({" = ", " < ", " >= ", " <> "}) + value_of(same, 0) + ")";
  }
}

std::string SqlWriter::special_form(int depth) {
  const std::string same = type();
  const std::string value = value_of(same, depth);
  const std::string word = value_of("VARCHAR", depth);
  switch (random_.below(14)) {
    case 0:
      return "CASE WHEN " + predicate(depth) + " THEN " + value + " ELSE " + value_of(same, depth) +
             " END";
    case 1:
      return "CASE " + value + " WHEN " + literal_of(same) + " THEN " + leaf() + " END";
    case 2:
      return "coalesce(" + value + ", " + literal_of(same) + ")";
    case 3:
      return "nullif(" + value + ", " + literal_of(same) + ")";
    case 4:
      return "extract(" + one_of({"year", "epoch", "isodow", "timezone", "julian", "era"}) +
             " FROM " +
             value_of(one_of({"DATE", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "TIME"}), 0) + ")";
    case 5:
      return "(" + value_of("TIMESTAMPTZ", depth) + " AT TIME ZONE " + quoted_text() + ")";
    case 6:
      return "substring(" + word + " FROM " + integer() + " FOR " + integer() + ")";
    case 7:
      return "trim(BOTH " + quoted_text() + " FROM " + word + ")";
    case 8:
      return "position(" + quoted_text() + " IN " + word + ")";
    case 9:
      return "(" + word + " COLLATE " + one_of({"NOCASE", "de", "NOACCENT.NOCASE", "x"}) + ")";
    case 10:
      return "(-" + value_of(one_of({"BIGINT", "DOUBLE", "INTERVAL", "TINYINT"}), depth) + ")";
    case 11:
      return "TRY(" + value + ")";
    case 12:
      return "(" + literal_of("TIMESTAMP") + " + " + literal_of("INTERVAL") + ")";
    default:
      return "unnest(" + nested_value(depth) + ")";
  }
}

std::string SqlWriter::aggregate(int depth) {
  if (random_.chance(15)) return "count(*)";
  const FuzzFunction& function = random_.pick(words_.aggregates);
  std::string out = function.name + "(" + (random_.chance(12) ? "DISTINCT " : "");
  out += arguments(function, depth);
  if (random_.chance(15)) out += " ORDER BY " + leaf() + one_of({"", " DESC", " NULLS FIRST"});
  out += ")";
  if (random_.chance(12)) out += " FILTER (WHERE " + predicate(depth) + ")";
  return out;
}

std::string SqlWriter::window(int depth) {
  std::string out;
  if (random_.chance(50)) {
    out = one_of({"row_number()", "rank()", "dense_rank()", "percent_rank()", "cume_dist()"});
  } else if (random_.chance(50)) {
    out = one_of({"lag(", "lead(", "first_value(", "last_value(", "fill("}) + expression(depth) +
          one_of({"", "", " IGNORE NULLS"}) + ")";
    if (random_.chance(20))
      out = one_of({"lag(", "lead(", "nth_value("}) + leaf() + ", " + integer() + ")";
    if (random_.chance(10)) out = "ntile(" + integer() + ")";
  } else {
    out = aggregate(depth);
  }
  out += " OVER (";
  if (random_.chance(50)) out += "PARTITION BY " + expression(depth);
  if (random_.chance(70)) out += " ORDER BY " + leaf() + one_of({"", " DESC", " NULLS LAST"});
  if (random_.chance(40)) {
    const auto bound = [&] { return one_of({"UNBOUNDED", "CURRENT ROW", "", ""}); };
    const auto edge = [&](std::string_view side) {
      const std::string at = bound();
      if (at == "CURRENT ROW") return at;
      return (at.empty() ? (random_.chance(80) ? integer() : literal_of("INTERVAL")) : at) +
             std::string(side);
    };
    out += one_of({" ROWS", " RANGE", " GROUPS"}) + " BETWEEN " + edge(" PRECEDING") + " AND " +
           edge(" FOLLOWING") +
           one_of({"", "", " EXCLUDE TIES", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP"});
  }
  return out + ")";
}

}  // namespace sluice::query
