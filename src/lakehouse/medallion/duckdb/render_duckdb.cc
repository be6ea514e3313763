#include "lakehouse/medallion/duckdb/render_duckdb.h"

#include <map>
#include <set>
#include <vector>

#include "base/sql_text.h"
#include "dataset/name_key.h"
#include "lakehouse/medallion/duckdb/strict_cast.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Of a misfit, for `_reason`: enough to find it by.
constexpr const char* misfit_characters = "60";

/// Cells of so many columns go through one expression: their intermediate values die with it.
constexpr std::size_t columns_per_group = 100;

bool can_misfit(const SilverColumn& column) {
  return column.transform != Transform::keep && column.transform != Transform::text;
}

std::string join(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) {
    if (!all.empty()) all += ", ";
    all += part;
  }
  return all;
}

/// Text columns that are treated alike.
struct Group {
  std::vector<std::size_t> columns;  ///< Of the plan, in its order.
  const SilverColumn* like = nullptr;
};

/// A trimmed cell `x`, NULL for a null token.
std::string cleaned(const SilverColumn& column) {
  if (column.null_tokens.empty()) return "x";
  std::vector<std::string> tokens;
  for (const std::string& token : column.null_tokens) tokens.push_back(quote_literal(token));
  // No IN: of more than a few constants the engine makes a join.
  const std::string is_null =
      tokens.size() == 1 ? "x = " + tokens[0] : "list_contains([" + join(tokens) + "], x)";
  return "CASE WHEN NOT (" + is_null + ") THEN x END";
}

/// A plan as SQL over rows whose text columns stand in lists, one per group of columns that are
/// treated alike: `g0`… bronze's cells, `t0`… cleaned, `s0`… silver's, NULL where a cell does not
/// cast. An expression per group instead of one per column, because DuckDB's binder and optimizer
/// take minutes for thousands.
class Rendering {
 public:
  Rendering(const Plan& plan, const std::string& relation) : plan_(plan), relation_(relation) {
    std::map<std::string, std::size_t> open;  // By treatment, the group that is not full.
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      const SilverColumn& column = plan.columns[i];
      if (column.transform == Transform::keep) {
        bronze_.push_back("b" + std::to_string(i));
        silver_.push_back(bronze_.back());
        continue;
      }
      std::string key = std::to_string(static_cast<int>(column.transform)) + "|" + column.type +
                        "|" + column.format;
      for (const std::string& token : column.null_tokens) key += "|" + quote_literal(token);
      auto found = open.find(key);
      if (found == open.end() || groups_[found->second].columns.size() == columns_per_group) {
        groups_.push_back({{}, &column});
        found = open.insert_or_assign(key, groups_.size() - 1).first;
      }
      Group& group = groups_[found->second];
      group.columns.push_back(i);
      const std::string place =
          std::to_string(found->second) + "[" + std::to_string(group.columns.size()) + "]";
      bronze_.push_back("g" + place);
      silver_.push_back("s" + place);
    }
  }

  /// Of the staged rows, by the plan's columns.
  const std::string& bronze(std::size_t column) const { return bronze_[column]; }
  const std::string& silver(std::size_t column) const { return silver_[column]; }

  std::string staged() const {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
      if (plan_.columns[i].transform != Transform::keep) continue;
      cells.push_back(quote_identifier(plan_.columns[i].source) + " AS b" + std::to_string(i));
    }
    std::string clean;
    std::string cast;
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      const Group& group = groups_[k];
      const std::string n = std::to_string(k);
      std::vector<std::string> sources;
      for (const std::size_t i : group.columns) {
        sources.push_back(quote_identifier(plan_.columns[i].source));
      }
      cells.push_back("[" + join(sources) + "] AS g" + n);
      clean += ", list_transform(list_transform(g" + n + ", lambda x: " + quickly_trimmed_sql("x") +
               "), lambda x: " + cleaned(*group.like) + ") AS t" + n;
      cast += ", ";
      cast += can_misfit(*group.like)
                  ? "list_transform(t" + n + ", lambda x: " +
                        strict_cast_sql("x", group.like->type, group.like->transform,
                                        group.like->format) +
                        ")"
                  : "t" + n;
      cast += " AS s" + n;
    }
    return "(SELECT *" + cast + " FROM (SELECT *" + clean + " FROM (SELECT " + join(cells) +
           " FROM " + relation_ + ")))";
  }

  /// True where a staged row has a cell that is there and does not cast; empty where none can be.
  std::string any_misfit() const {
    std::vector<std::string> fits;
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      if (!can_misfit(*groups_[k].like)) continue;
      const std::string n = std::to_string(k);
      // Of those that are not NULL.
      fits.push_back("list_count(t" + n + ") = list_count(s" + n + ")");
    }
    return fits.empty() ? "" : "list_contains([" + join(fits) + "], false)";
  }

  /// `first`, the number of the first column that does not cast, and `cell`, what it holds, beside
  /// the columns of the staged rows `rows`.
  std::string with_first_misfit(const std::string& rows) const {
    std::string places;
    std::vector<std::string> firsts;
    std::string cell;
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      if (!can_misfit(*groups_[k].like)) continue;
      const std::string n = std::to_string(k);
      std::vector<std::string> columns;
      for (const std::size_t i : groups_[k].columns) columns.push_back(std::to_string(i));
      places += ", list_position(list_transform(t" + n + ", lambda x, i: x IS NOT NULL AND s" + n +
                "[i] IS NULL), true) AS m" + n;
      const std::string first = "[" + join(columns) + "][m" + n + "]";
      firsts.push_back(first);
      cell += " WHEN " + first + " THEN t" + n + "[m" + n + "]";
    }
    return "(SELECT *, CASE first" + cell + " END AS cell FROM (SELECT *, list_min([" +
           join(firsts) + "]) AS first FROM (SELECT *" + places + " FROM " + rows + ")))";
  }

 private:
  const Plan& plan_;
  const std::string& relation_;
  std::vector<Group> groups_;
  std::vector<std::string> bronze_;
  std::vector<std::string> silver_;
};

/// Bronze without what stands twice in it: rows that are alike as they came.
std::string distinct_bronze(const Plan& plan, const std::string& relation) {
  std::vector<std::string> cells;
  for (const SilverColumn& column : plan.columns) cells.push_back(quote_identifier(column.source));
  return "(SELECT DISTINCT " + join(cells) + " FROM " + relation + ")";
}

/// A name that no silver column has.
std::string mark_beside(const Plan& plan) {
  std::set<std::string> taken;
  for (const SilverColumn& column : plan.columns) taken.insert(name_key(column.name));
  std::string name = "misfit";
  while (taken.contains(name)) name += "_";
  return name;
}

}  // namespace

std::string silver_select(const Plan& plan, const std::string& relation) {
  const bool by_bronze = plan.duplicates_by == DuplicatesBy::bronze;
  const std::string rows =
      plan.remove_duplicates && by_bronze ? distinct_bronze(plan, relation) : relation;
  const Rendering rendering(plan, rows);
  std::vector<std::string> cells;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    names.push_back(quote_identifier(plan.columns[i].name));
    cells.push_back(rendering.silver(i) + " AS " + names.back());
  }
  const std::string misfit = rendering.any_misfit();
  const std::string from = join(cells) + " FROM " + rendering.staged();
  if (plan.remove_duplicates && !by_bronze) {
    if (misfit.empty()) return "SELECT DISTINCT " + from;
    // Equal rows are one where any of them fits.
    return "SELECT " + from + " GROUP BY ALL HAVING bool_or(NOT " + misfit + ")";
  }
  if (misfit.empty()) return "SELECT " + from;
  // A condition on the casts would be pushed below them, and each cell cast twice: one that the
  // engine takes for another at every row stays where it is.
  const std::string mark = quote_identifier(mark_beside(plan));
  return "SELECT " + join(names) + " FROM (SELECT " + misfit + " OR random() > 2 AS " + mark +
         ", " + from + ") WHERE NOT " + mark;
}

QuarantineMarks quarantine_marks(const Plan& plan) {
  std::set<std::string> taken;
  for (const SilverColumn& column : plan.columns) taken.insert(name_key(column.source));
  const auto unique = [&](const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; taken.contains(name); ++n) name = wanted + "_" + std::to_string(n);
    return name;
  };
  return {unique("_column"), unique("_reason")};
}

std::string quarantine_select(const Plan& plan, const std::string& relation) {
  const Rendering rendering(plan, relation);
  std::vector<std::string> cells;
  std::vector<std::string> sources;
  std::vector<std::string> types;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const SilverColumn& column = plan.columns[i];
    cells.push_back(rendering.bronze(i) + " AS " + quote_identifier(column.source));
    sources.push_back(quote_literal(column.source));
    types.push_back(quote_literal(column.type));
  }
  const QuarantineMarks marks = quarantine_marks(plan);
  const std::string misfit = rendering.any_misfit();
  const auto select = [&](const std::string& column, const std::string& reason,
                          const std::string& from) {
    return "SELECT " + join(cells) + ", " + column + " AS " + quote_identifier(marks.column) +
           ", " + reason + " AS " + quote_identifier(marks.reason) + " FROM " + from;
  };
  if (misfit.empty()) {
    return select("CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)",
                  rendering.staged() + " WHERE false");
  }
  return select("[" + join(sources) + "][first + 1]",
                std::string("'\"' || left(cell, ") + misfit_characters +
                    ") || '\" is not a ' || [" + join(types) + "][first + 1]",
                rendering.with_first_misfit("(SELECT * FROM " + rendering.staged() + " WHERE " +
                                            misfit + ")"));
}

std::string quarantine_count(const Plan& plan, const std::string& relation) {
  const Rendering rendering(plan, relation);
  const std::string misfit = rendering.any_misfit();
  if (misfit.empty()) return "SELECT 0";
  return "SELECT count(*) FROM " + rendering.staged() + " WHERE " + misfit;
}

}  // namespace sluice::lakehouse::medallion
