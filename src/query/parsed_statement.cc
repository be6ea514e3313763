#include "query/parsed_statement.h"

#include <algorithm>

#include "query/request.h"

namespace sluice::query {
namespace {

bool names(const ParsedStatement& statement, std::string_view table) {
  return std::any_of(
      statement.tables.begin(), statement.tables.end(), [&](const TableReference& each) {
        return each.name.size() == 2 && each.name[0] == listing_schema && each.name[1] == table;
      });
}

}  // namespace

bool asks_for_listing(const ParsedStatement& statement) {
  return names(statement, "tables") || asks_for_columns(statement);
}

bool asks_for_columns(const ParsedStatement& statement) { return names(statement, "columns"); }

}  // namespace sluice::query
