#include "ingest/json/json_shape.h"

#include <algorithm>
#include <set>

#include "dataset/name_key.h"
#include "ingest/cells/cell_value.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// Characters that Delta forbids in a name (sync-and-types.md, "Types and names").
constexpr std::string_view forbidden_in_names = " ,;{}()\n\t=";

/// Walks over compact JSON that JsonHandler wrote: it is valid, and has just the escapes that are
/// written there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip() { ++at_; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  JsonKind kind() const {
    switch (peek()) {
      case '{':
      case '[':
        return JsonKind::nested;
      case '"':
        return JsonKind::string;
      case 't':
      case 'f':
        return JsonKind::boolean;
      case 'n':
        return JsonKind::null;
      default:
        return JsonKind::number;
    }
  }

  /// A whole value as JsonSink would give it: a string's characters, else its JSON.
  std::string_view value(std::string& scratch) {
    if (peek() == '"') return string(scratch);
    const std::size_t start = at_;
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        skip_string();
        continue;
      }
      if ((c == ',' || c == '}' || c == ']' || c == '\0') && depth == 0) break;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 || (peek() != ',' && peek() != '}' && peek() != ']' && peek() != '\0'));
    return text_.substr(start, at_ - start);
  }

  /// A string's characters: in the text where it has no escape, else in `scratch`.
  std::string_view string(std::string& scratch) {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') ++at_;
    if (peek() != '\\') return text_.substr(start, at_++ - start);
    scratch.assign(text_.substr(start, at_ - start));
    while (peek() != '"' && at_ < text_.size()) {
      char c = text_[at_++];
      if (c == '\\') {
        c = text_[at_++];
        if (c == 'n') c = '\n';
        if (c == 't') c = '\t';
        if (c == 'r') c = '\r';
        if (c == 'u') {
          c = static_cast<char>(std::stoi(std::string(text_.substr(at_, 4)), nullptr, 16));
          at_ += 4;
        }
      }
      scratch += c;
    }
    ++at_;
    return scratch;
  }

 private:
  void skip_string() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

/// Gives each part of a nested value to the shape of its place.
class ShapeReader {
 public:
  ShapeReader(std::string_view text, JsonPlaces& places) : cursor_(text), places_(places) {}

  /// False: there are no places left, and nothing more was read.
  bool read(JsonShape& shape) {
    const JsonKind kind = cursor_.kind();
    if (kind != JsonKind::nested) {
      const std::string_view text = cursor_.value(scratch_);
      shape.has_nul_ = shape.has_nul_ || text.find('\0') != std::string_view::npos;
      shape.observe_scalar(kind, kind == JsonKind::null ? std::string_view() : text);
      return true;
    }
    if (cursor_.take('[')) {
      shape.kinds_ |= array;
      if (!shape.element_) {
        if (!places_.take()) return false;
        shape.element_ = std::make_unique<JsonShape>(true);
      }
      if (cursor_.take(']')) return true;
      do {
        if (!read(*shape.element_)) return false;
      } while (cursor_.take(','));
      cursor_.skip();
      return true;
    }
    shape.kinds_ |= object;
    cursor_.skip();
    if (cursor_.take('}')) return true;
    std::size_t expected = 0;
    do {
      const std::string_view name = cursor_.string(scratch_);
      cursor_.skip();  // The colon.
      JsonShape* const field = shape.field(name, expected++, places_);
      if (field == nullptr || !read(*field)) return false;
    } while (cursor_.take(','));
    cursor_.skip();
    return true;
  }

  static constexpr unsigned object = 16;
  static constexpr unsigned array = 32;

 private:
  Cursor cursor_;
  JsonPlaces& places_;
  std::string scratch_;
};

JsonShape::JsonShape(bool nested)
    : number_(nested ? CellRule::json_nested_number : CellRule::json_number) {}
JsonShape::JsonShape(JsonShape&&) noexcept = default;
JsonShape& JsonShape::operator=(JsonShape&&) noexcept = default;
JsonShape::~JsonShape() = default;

JsonShape* JsonShape::field(std::string_view name, std::size_t expected, JsonPlaces& places) {
  if (expected < fields_.size() && fields_[expected].first == name) {
    return &fields_[expected].second;
  }
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const auto& known) { return known.first == name; });
  if (found != fields_.end()) return &found->second;
  // Beyond the limit the place is no table any more; what comes is not told apart.
  if (fields_.size() > json_fields_max) return &fields_.back().second;
  if (!places.take()) return nullptr;
  return &fields_.emplace_back(name, JsonShape(true)).second;
}

std::size_t JsonShape::places_below() const {
  std::size_t count = element_ ? 1 + element_->places_below() : 0;
  for (const auto& [name, field] : fields_) count += 1 + field.places_below();
  return count;
}

void JsonShape::observe(JsonKind kind, std::string_view text, JsonPlaces& places) {
  if (kind != JsonKind::nested) {
    observe_scalar(kind, text);
    return;
  }
  if (too_many_places_) {
    kinds_ |= text.front() == '[' ? ShapeReader::array : ShapeReader::object;
    return;
  }
  if (ShapeReader(text, places).read(*this)) return;
  too_many_places_ = true;
  places.give_back(places_below());
  decltype(fields_)().swap(fields_);
  element_.reset();
}

void JsonShape::observe_scalar(JsonKind kind, std::string_view text) {
  kinds_ |= static_cast<unsigned>(kind);
  if (kind == JsonKind::string) text_.observe(text);
  if (kind == JsonKind::number) number_.observe(text);
  if (kind == JsonKind::boolean) boolean_.observe(text);
}

bool JsonShape::is_table_like(std::size_t depth) const {
  if (depth > json_type_depth_max || has_nul_ || too_many_places_) return false;
  if (kinds_ == ShapeReader::array) return element_->is_table_like(depth + 1);
  if (kinds_ != ShapeReader::object) return true;
  std::set<std::string> names;
  for (const auto& [name, field] : fields_) {
    if (name.empty() || name.size() > column_name_bytes_max ||
        name.find_first_of(forbidden_in_names) != std::string::npos ||
        !names.insert(name_key(name)).second || !field.is_table_like(depth + 1)) {
      return false;
    }
  }
  return !fields_.empty() && fields_.size() <= json_fields_max;
}

ValueType JsonShape::type() const {
  switch (kinds_) {
    case static_cast<unsigned>(JsonKind::string):
      return text_.type();
    case static_cast<unsigned>(JsonKind::number):
      return number_.type();
    case static_cast<unsigned>(JsonKind::boolean):
      return boolean_.type();
    case ShapeReader::object:
    case ShapeReader::array:
      break;
    default:
      return {};
  }
  ValueType type;
  if (!is_table_like(0)) return type;
  if (kinds_ == ShapeReader::array) {
    type.kind = ValueType::Kind::list;
    type.parts.emplace_back("element", element_->type());
    return type;
  }
  type.kind = ValueType::Kind::structure;
  for (const auto& [name, field] : fields_) type.parts.emplace_back(name, field.type());
  return type;
}

std::string JsonShape::reason() const {
  switch (kinds_) {
    case 0:
      return "text: no record has a value";
    case static_cast<unsigned>(JsonKind::string):
      return text_.reason();
    case static_cast<unsigned>(JsonKind::number):
      return number_.reason();
    case static_cast<unsigned>(JsonKind::boolean):
      return boolean_.reason();
    case ShapeReader::object:
    case ShapeReader::array:
      return type().kind != ValueType::Kind::text
                 ? "every value is an " +
                       std::string(kinds_ == ShapeReader::object ? "object" : "array")
                 : "JSON text: names of fields that a table cannot have, or too many or none of "
                   "them";
    default:
      return "text: several JSON kinds";
  }
}

namespace {

bool append_at(ColumnBuilder& column, Cursor& cursor, std::string& scratch) {
  const JsonKind kind = cursor.kind();
  const ValueType::Kind wanted = column.type().kind;
  if (kind == JsonKind::null) {
    cursor.value(scratch);
    column.append_null();
    return true;
  }
  if (wanted == ValueType::Kind::list && cursor.take('[')) {
    if (!cursor.take(']')) {
      do {
        if (!append_at(column.part(0), cursor, scratch)) return false;
      } while (cursor.take(','));
      cursor.skip();
    }
    column.end_list();
    return true;
  }
  if (wanted == ValueType::Kind::structure && cursor.take('{')) {
    const auto& parts = column.type().parts;
    const std::size_t rows = column.size();
    if (!cursor.take('}')) {
      std::size_t next = 0;
      do {
        const std::string_view name = cursor.string(scratch);
        cursor.skip();
        std::size_t i = next;
        for (std::size_t tried = 0; i >= parts.size() || parts[i].first != name; ++tried) {
          if (tried > parts.size()) return false;
          i = i + 1 < parts.size() ? i + 1 : 0;
        }
        if (!append_at(column.part(i), cursor, scratch)) return false;
        next = i + 1;
      } while (cursor.take(','));
      cursor.skip();
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (column.part(i).size() == rows) column.part(i).append_null();
    }
    column.end_structure();
    return true;
  }
  const std::string_view text = cursor.value(scratch);
  if (wanted != ValueType::Kind::real) return column.append(text);
  double value = 0;
  if (kind != JsonKind::number || !read_double_by_value(text, value)) return false;
  column.append_real(value);
  return true;
}

}  // namespace

bool append_json(ColumnBuilder& column, JsonKind kind, std::string_view text) {
  const ValueType::Kind wanted = column.type().kind;
  if (wanted != ValueType::Kind::structure && wanted != ValueType::Kind::list) {
    return column.append(text);
  }
  if (kind != JsonKind::nested) return false;
  Cursor cursor(text);
  std::string scratch;
  return append_at(column, cursor, scratch);
}

}  // namespace sluice::ingest
