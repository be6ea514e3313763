#include "query/worker/sql_tree.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "base/ascii.h"
#include "query/protocol/wire.h"
#include "query/request.h"
#include "query/worker/dialect_hints.h"
#include "query/worker/reserved_words.h"
#include "query/worker/sql_errors.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

/// The engine's own bound on expressions is 250; query nodes nest a few JSON levels each.
constexpr std::size_t tree_depth_max = 4'000;

/// Knows which CTEs are in scope where.
class TreeWalk {
 public:
  explicit TreeWalk(SqlTreeVisitor& visitor) : visitor_(visitor) {}

  Result<void> visit(const json::value& value, std::size_t depth) {
    if (depth > tree_depth_max) {
      return fail(query_error(Code::query_not_allowed, "The statement is nested too deeply."));
    }
    if (const json::array* array = value.if_array()) {
      for (const json::value& element : *array) TRY(visit(element, depth + 1));
      return {};
    }
    const json::object* object = value.if_object();
    if (object == nullptr) return {};

    const std::size_t scope = ctes_.size();
    if (text_member(*object, "type") != "BASE_TABLE") {
      TRY(visitor_.node(*object));
    } else if (!is_cte(*object)) {
      TRY(visitor_.table(*object));
    }
    TRY(visit_ctes(*object, depth));
    const std::string recursive = lowered(text_member(*object, "cte_name"));
    for (const auto& [key, child] : *object) {
      if (key == "cte_map") continue;
      // A recursive CTE's name holds in its second half alone.
      const bool holds_itself = key == "right" && !recursive.empty();
      if (holds_itself) ctes_.push_back(recursive);
      TRY(visit(child, depth + 1));
      if (holds_itself) ctes_.pop_back();
    }
    ctes_.resize(scope);
    return {};
  }

 private:
  bool is_cte(const json::object& table) const {
    const std::vector<std::string_view> name = table_name(table);
    return name.size() == 1 &&
           std::find(ctes_.begin(), ctes_.end(), lowered(name.front())) != ctes_.end();
  }

  /// A query node's CTEs hold in it, in all below it and in the CTEs after them, as in the engine:
  /// where it does not find a name, it looks for a file of that name.
  Result<void> visit_ctes(const json::object& object, std::size_t depth) {
    const json::value* map = object.if_contains("cte_map");
    if (map == nullptr) return {};
    for (const json::value& entry : map->at("map").as_array()) {
      TRY(visit(entry, depth + 2));
      ctes_.push_back(lowered(text_member(entry.as_object(), "key")));
    }
    return {};
  }

  SqlTreeVisitor& visitor_;
  std::vector<std::string> ctes_;
};

/// The member, unless it is absent or null.
const json::value* there(const json::object& node, std::string_view name) {
  const json::value* value = node.if_contains(json::string_view(name.data(), name.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool is_limit(const json::object& node) { return text_member(node, "type").starts_with("LIMIT_"); }

class Summary final : public SqlTreeVisitor {
 public:
  Summary(const SqlTree& tree, ParsedStatement& out) : tree_(tree), out_(out) {}

  Result<void> node(const json::object& node) override {
    if (!is_limit(node)) return {};
    ++out_.limit_clauses;
    out_.has_offset = out_.has_offset || there(node, "offset") != nullptr;
    return {};
  }

  Result<void> table(const json::object& node) override {
    if (out_.tables.size() > tables_max) return {};
    TableReference reference;
    for (const std::string_view part : table_name(node)) reference.name.push_back(lowered(part));
    if (!seen_.insert(reference.name).second) return {};
    reference.position = position_in(tree_, node);
    out_.tables.push_back(std::move(reference));
    return {};
  }

 private:
  const SqlTree& tree_;
  ParsedStatement& out_;
  std::set<std::vector<std::string>> seen_;
};

/// The number of `LIMIT 5`; nothing where it is reckoned or a share.
std::optional<std::int64_t> plain_limit(const json::object& modifier) {
  if (text_member(modifier, "type") != "LIMIT_MODIFIER") return std::nullopt;
  const json::value* limit = there(modifier, "limit");
  if (limit == nullptr || !limit->is_object()) return std::nullopt;
  if (text_member(limit->get_object(), "type") != "VALUE_CONSTANT") return std::nullopt;
  const json::value* value = there(limit->get_object(), "value");
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const json::value* number = there(value->get_object(), "value");
  if (number == nullptr || !number->is_int64() || number->get_int64() < 0) return std::nullopt;
  return number->get_int64();
}

void read_outermost(const json::object& node, ParsedStatement& out) {
  if (const json::value* modifiers = there(node, "modifiers");
      modifiers != nullptr && modifiers->is_array()) {
    for (const json::value& modifier : modifiers->get_array()) {
      if (!modifier.is_object() || !is_limit(modifier.get_object())) continue;
      if (there(modifier.get_object(), "limit") == nullptr) continue;  // OFFSET alone.
      out.has_limit = true;
      out.limit = plain_limit(modifier.get_object());
    }
  }
}

/// Of the text that has no tree.
Error syntax_error(const json::object& root, std::string_view sql) {
  Error error = query_error(Code::query_syntax, std::string(text_member(root, "error_message")));
  const std::string_view position = text_member(root, "position");
  std::size_t offset = 0;
  const char* end = position.data() + position.size();
  if (!position.empty() && std::from_chars(position.data(), end, offset).ec == std::errc() &&
      offset <= sql.size()) {
    error.position = position_of(sql, offset);
    error.remedy = dialect_hint(sql, offset);
    if (error.remedy.empty()) error.remedy = reserved_word_hint(sql, offset);
  } else if (has_limit_pair(sql)) {
    error.detail = "LIMIT takes one number here.";
    error.remedy = "Write LIMIT count OFFSET skipped.";
  }
  return error;
}

tl::unexpected<Error> not_allowed(const char* detail, std::string remedy = {}) {
  return fail(query_error(Code::query_not_allowed, detail, std::move(remedy)));
}

constexpr const char* one_select = "Only one SELECT statement can be run here.";

}  // namespace

std::string_view text_member(const json::object& node, std::string_view name) {
  const json::value* value = node.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

std::vector<std::string_view> table_name(const json::object& node) {
  std::vector<std::string_view> name;
  for (const char* part : {"catalog_name", "schema_name", "table_name"}) {
    const std::string_view text = text_member(node, part);
    if (!text.empty()) name.push_back(text);
  }
  return name;
}

std::optional<TextPosition> position_in(const SqlTree& tree, const json::object& node) {
  const json::value* location = node.if_contains("query_location");
  if (location == nullptr) return std::nullopt;
  boost::system::error_code bad;
  const auto offset = location->to_number<std::uint64_t>(bad);
  if (bad || offset >= tree.engine_sql.size()) return std::nullopt;
  const std::optional<std::size_t> place = tree.places.in_users_text(offset);
  if (!place) return std::nullopt;
  return position_of(tree.sql, *place);
}

Result<void> walk(const SqlTree& tree, SqlTreeVisitor& visitor) {
  return TreeWalk(visitor).visit(tree.select, 1);
}

Result<ParsedStatement> parsed_statement(const SqlTree& tree, Explain explain) {
  ParsedStatement out;
  out.plan_only = explain == Explain::plan;
  Summary summary(tree, out);
  TRY(walk(tree, summary));
  read_outermost(tree.select.at("node").as_object(), out);
  return out;
}

Result<SqlTree> sql_tree(std::string_view serialized, std::string sql) {
  json::parse_options options;
  options.max_depth = tree_depth_max;
  boost::system::error_code bad;
  json::value tree =
      json::parse(json::string_view(serialized.data(), serialized.size()), bad, {}, options);
  json::object* root = bad ? nullptr : tree.if_object();
  const json::value* error = root == nullptr ? nullptr : root->if_contains("error");
  if (error == nullptr || !error->is_bool()) return not_allowed("The statement cannot be checked.");
  if (error->get_bool()) {
    if (text_member(*root, "error_type") == "parser") return fail(syntax_error(*root, sql));
    return not_allowed(one_select, other_statement_hint(sql));
  }
  json::value* statements = root->if_contains("statements");
  if (statements != nullptr && statements->is_array() && statements->get_array().empty()) {
    return fail(query_error(Code::query_syntax, "There is no statement in the text."));
  }
  if (statements == nullptr || !statements->is_array() || statements->get_array().size() != 1) {
    return not_allowed(one_select);
  }
  json::value select = std::move(statements->get_array()[0]);
  return SqlTree{sql, std::move(select), std::move(sql)};
}

}  // namespace sluice::query
