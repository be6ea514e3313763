#include "metadata/rows/columns_json.h"

#include <boost/json.hpp>

namespace sluice::metadata {
namespace {

namespace json = boost::json;

tl::unexpected<Error> damaged() {
  return fail(Errc::data_loss, "metadata_columns_damaged",
              "The stored columns of a dataset are not what Sluice wrote.",
              "Restore the data folder from a backup, or upload the dataset again.");
}

/// The member's text; false where it is missing or of another type.
bool take(const json::object& object, std::string_view key, std::string& text) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return false;
  text.assign(value->get_string().data(), value->get_string().size());
  return true;
}

}  // namespace

std::string columns_to_json(const std::vector<Column>& columns) {
  json::array array;
  array.reserve(columns.size());
  for (const Column& column : columns) {
    array.push_back(json::object{{"name", column.name},
                                 {"original", column.original},
                                 {"type", column.type},
                                 {"reason", column.reason}});
  }
  return json::serialize(array);
}

Result<std::vector<Column>> columns_from_json(std::string_view text) {
  boost::system::error_code code;
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // A header is kept byte for byte, whatever it was.
  const json::value value = json::parse(text, code, {}, options);
  if (code || !value.is_array()) return damaged();
  std::vector<Column> columns;
  columns.reserve(value.get_array().size());
  for (const json::value& item : value.get_array()) {
    if (!item.is_object()) return damaged();
    const json::object& object = item.get_object();
    Column column;
    if (!take(object, "name", column.name) || !take(object, "original", column.original) ||
        !take(object, "type", column.type) || !take(object, "reason", column.reason)) {
      return damaged();
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace sluice::metadata
