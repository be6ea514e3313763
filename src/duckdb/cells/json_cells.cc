#include "duckdb/cells/json_cells.h"

#include "base/base64.h"
#include "duckdb/cells/json_numbers.h"

namespace sluice::duckdb {
namespace {

/// The engine's own text of a value.
std::string engine_text(duckdb_value value) {
  char* text = duckdb_get_varchar(value);
  std::string out = text == nullptr ? "" : text;
  duckdb_free(text);
  duckdb_destroy_value(&value);
  return out;
}

void append_engine_text(std::string& out, duckdb_value value) {
  append_json_text(out, engine_text(value));
}

/// RFC 3339 in UTC; `infinity` and `-infinity` as they are.
void append_instant(std::string& out, duckdb_timestamp when) {
  std::string text = engine_text(duckdb_create_timestamp(when));
  // The last one: `0044-03-15 (BC) 12:00:00`.
  if (const std::size_t blank = text.rfind(' '); blank != std::string::npos) {
    text[blank] = 'T';
    text += 'Z';
  }
  append_json_text(out, text);
}

std::string_view view_of(const duckdb_string_t& text) {
  // The C interface takes a pointer to non-const and changes nothing.
  duckdb_string_t* raw = const_cast<duckdb_string_t*>(&text);
  return {duckdb_string_t_data(raw), duckdb_string_t_length(text)};
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char letter = static_cast<unsigned char>(text[i]);
    if (letter >= 0x20 && letter != '"' && letter != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (letter) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += hex[letter >> 4U];
        out += hex[letter & 15U];
    }
  }
  out.append(text, plain);
  out += '"';
}

CellVector::CellVector(const CellType& type, duckdb_vector vector)
    : type_(&type),
      data_(duckdb_vector_get_data(vector)),
      validity_(duckdb_vector_get_validity(vector)) {
  switch (type.id) {
    case DUCKDB_TYPE_LIST:
      children_.emplace_back(type.children[0], duckdb_list_vector_get_child(vector));
      break;
    case DUCKDB_TYPE_ARRAY:
      children_.emplace_back(type.children[0], duckdb_array_vector_get_child(vector));
      break;
    case DUCKDB_TYPE_MAP: {
      const duckdb_vector entries = duckdb_list_vector_get_child(vector);
      children_.emplace_back(type.children[0], duckdb_struct_vector_get_child(entries, 0));
      children_.emplace_back(type.children[1], duckdb_struct_vector_get_child(entries, 1));
      break;
    }
    case DUCKDB_TYPE_UNION: {
      // A union lies as a struct whose first member is the tag.
      data_ = duckdb_vector_get_data(duckdb_struct_vector_get_child(vector, 0));
      for (std::size_t i = 0; i < type.children.size(); ++i) {
        children_.emplace_back(type.children[i], duckdb_struct_vector_get_child(vector, i + 1));
      }
      break;
    }
    case DUCKDB_TYPE_STRUCT:
      for (std::size_t i = 0; i < type.children.size(); ++i) {
        children_.emplace_back(type.children[i], duckdb_struct_vector_get_child(vector, i));
      }
      break;
    default:
      break;
  }
}

void CellVector::append_struct(std::string& out, std::uint64_t row) const {
  // row(1, 2) has members without names: an array then.
  const bool named = !type_->names.empty() && !type_->names[0].empty();
  out += named ? '{' : '[';
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (i > 0) out += ',';
    if (named) {
      append_json_text(out, type_->names[i]);
      out += ':';
    }
    children_[i].append_json(out, row);
  }
  out += named ? '}' : ']';
}

void CellVector::append_elements(std::string& out, std::uint64_t from, std::uint64_t count) const {
  out += '[';
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    children_[0].append_json(out, from + i);
  }
  out += ']';
}

void CellVector::append_map(std::string& out, std::uint64_t from, std::uint64_t count) const {
  // JSON's keys are text; a map with other keys goes as a list of pairs.
  const bool text_keys = type_->children[0].id == DUCKDB_TYPE_VARCHAR;
  out += text_keys ? '{' : '[';
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    if (!text_keys) out += '[';
    children_[0].append_json(out, from + i);
    out += text_keys ? ':' : ',';
    children_[1].append_json(out, from + i);
    if (!text_keys) out += ']';
  }
  out += text_keys ? '}' : ']';
}

void CellVector::append_decimal_cell(std::string& out, std::uint64_t row) const {
  Int128 value = 0;
  switch (type_->storage) {
    case DUCKDB_TYPE_SMALLINT:
      value = at<std::int16_t>(row);
      break;
    case DUCKDB_TYPE_INTEGER:
      value = at<std::int32_t>(row);
      break;
    case DUCKDB_TYPE_BIGINT:
      value = at<std::int64_t>(row);
      break;
    default: {
      Uint128 magnitude = 0;
      const bool negative = is_negative(at<duckdb_hugeint>(row), magnitude);
      return append_decimal(out, negative, magnitude, type_->scale);
    }
  }
  append_decimal(out, value < 0, static_cast<Uint128>(value < 0 ? -value : value), type_->scale);
}

void CellVector::append_enum(std::string& out, std::uint64_t row) const {
  const std::size_t index = type_->storage == DUCKDB_TYPE_UTINYINT    ? at<std::uint8_t>(row)
                            : type_->storage == DUCKDB_TYPE_USMALLINT ? at<std::uint16_t>(row)
                                                                      : at<std::uint32_t>(row);
  append_json_text(out, type_->names.at(index));
}

bool CellVector::append_number(std::string& out, std::uint64_t row) const {
  Uint128 magnitude = 0;
  switch (type_->id) {
    case DUCKDB_TYPE_BOOLEAN:
      out += at<bool>(row) ? "true" : "false";
      return true;
    case DUCKDB_TYPE_TINYINT:
      append_signed(out, at<std::int8_t>(row));
      return true;
    case DUCKDB_TYPE_SMALLINT:
      append_signed(out, at<std::int16_t>(row));
      return true;
    case DUCKDB_TYPE_INTEGER:
      append_signed(out, at<std::int32_t>(row));
      return true;
    case DUCKDB_TYPE_BIGINT:
      append_signed(out, at<std::int64_t>(row));
      return true;
    case DUCKDB_TYPE_UTINYINT:
      append_signed(out, at<std::uint8_t>(row));
      return true;
    case DUCKDB_TYPE_USMALLINT:
      append_signed(out, at<std::uint16_t>(row));
      return true;
    case DUCKDB_TYPE_UINTEGER:
      append_signed(out, at<std::uint32_t>(row));
      return true;
    case DUCKDB_TYPE_UBIGINT:
      append_integer(out, false, at<std::uint64_t>(row));
      return true;
    case DUCKDB_TYPE_HUGEINT: {
      const bool negative = is_negative(at<duckdb_hugeint>(row), magnitude);
      append_integer(out, negative, magnitude);
      return true;
    }
    case DUCKDB_TYPE_UHUGEINT: {
      const duckdb_uhugeint value = at<duckdb_uhugeint>(row);
      append_integer(out, false, joined(value.upper, value.lower));
      return true;
    }
    case DUCKDB_TYPE_FLOAT:
      append_floating(out, at<float>(row));
      return true;
    case DUCKDB_TYPE_DOUBLE:
      append_floating(out, at<double>(row));
      return true;
    case DUCKDB_TYPE_DECIMAL:
      append_decimal_cell(out, row);
      return true;
    default:
      return false;
  }
}

bool CellVector::append_text(std::string& out, std::uint64_t row) const {
  switch (type_->id) {
    case DUCKDB_TYPE_VARCHAR:
      append_json_text(out, view_of(at<duckdb_string_t>(row)));
      return true;
    case DUCKDB_TYPE_BLOB:
      out += '"' + base64_encode(view_of(at<duckdb_string_t>(row))) + '"';
      return true;
    case DUCKDB_TYPE_BIT: {
      const duckdb_string_t raw = at<duckdb_string_t>(row);
      std::string bytes(view_of(raw));
      append_engine_text(out, duckdb_create_bit({reinterpret_cast<std::uint8_t*>(bytes.data()),
                                                 static_cast<idx_t>(bytes.size())}));
      return true;
    }
    case DUCKDB_TYPE_UUID: {
      // Stored with the top bit turned, so that UUIDs sort as signed numbers.
      const duckdb_hugeint raw = at<duckdb_hugeint>(row);
      const std::uint64_t upper = static_cast<std::uint64_t>(raw.upper) ^ (std::uint64_t{1} << 63U);
      append_engine_text(out, duckdb_create_uuid({raw.lower, upper}));
      return true;
    }
    case DUCKDB_TYPE_ENUM:
      append_enum(out, row);
      return true;
    default:
      return false;
  }
}

bool CellVector::append_time(std::string& out, std::uint64_t row) const {
  switch (type_->id) {
    case DUCKDB_TYPE_DATE:
      append_engine_text(out, duckdb_create_date(at<duckdb_date>(row)));
      return true;
    case DUCKDB_TYPE_TIME:
      append_engine_text(out, duckdb_create_time(at<duckdb_time>(row)));
      return true;
    case DUCKDB_TYPE_TIME_NS:
      append_engine_text(out, duckdb_create_time_ns(at<duckdb_time_ns>(row)));
      return true;
    case DUCKDB_TYPE_TIME_TZ:
      append_engine_text(out, duckdb_create_time_tz_value(at<duckdb_time_tz>(row)));
      return true;
    case DUCKDB_TYPE_TIMESTAMP:
      append_engine_text(out, duckdb_create_timestamp(at<duckdb_timestamp>(row)));
      return true;
    case DUCKDB_TYPE_TIMESTAMP_S:
      append_engine_text(out, duckdb_create_timestamp_s(at<duckdb_timestamp_s>(row)));
      return true;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      append_engine_text(out, duckdb_create_timestamp_ms(at<duckdb_timestamp_ms>(row)));
      return true;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      append_engine_text(out, duckdb_create_timestamp_ns(at<duckdb_timestamp_ns>(row)));
      return true;
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      append_instant(out, at<duckdb_timestamp>(row));
      return true;
    case DUCKDB_TYPE_INTERVAL:
      append_engine_text(out, duckdb_create_interval(at<duckdb_interval>(row)));
      return true;
    default:
      return false;
  }
}

bool CellVector::append_nested(std::string& out, std::uint64_t row) const {
  switch (type_->id) {
    case DUCKDB_TYPE_LIST: {
      const duckdb_list_entry entry = at<duckdb_list_entry>(row);
      append_elements(out, entry.offset, entry.length);
      return true;
    }
    case DUCKDB_TYPE_ARRAY:
      append_elements(out, row * type_->array_size, type_->array_size);
      return true;
    case DUCKDB_TYPE_MAP: {
      const duckdb_list_entry entry = at<duckdb_list_entry>(row);
      append_map(out, entry.offset, entry.length);
      return true;
    }
    case DUCKDB_TYPE_STRUCT:
      append_struct(out, row);
      return true;
    case DUCKDB_TYPE_UNION:
      children_.at(at<std::uint8_t>(row)).append_json(out, row);
      return true;
    default:
      return false;
  }
}

void CellVector::append_json(std::string& out, std::uint64_t row) const {
  const bool valid = validity_ == nullptr || duckdb_validity_row_is_valid(validity_, row);
  if (valid && (append_number(out, row) || append_text(out, row) || append_time(out, row) ||
                append_nested(out, row))) {
    return;
  }
  out += "null";  // Or SQLNULL; the rest is refused by is_renderable.
}

}  // namespace sluice::duckdb
