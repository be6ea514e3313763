#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/cells/type_guess.h"
#include "ingest/cells/value_type.h"
#include "ingest/json/json_reader.h"
#include "ingest/write/column_builder.h"

namespace sluice::ingest {

/// How many more places (fields and elements) the shapes of a file may tell apart. Not for several
/// threads.
class JsonPlaces {
 public:
  explicit JsonPlaces(std::size_t max) : left_(max) {}
  bool take() {
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  void give_back(std::size_t count) { left_ += count; }

 private:
  std::size_t left_;
};

/// What the values at one place of JSON records are: a column, a field of an object in it, or an
/// element of an array. Nested values come as JsonSink gives them: compact JSON of our own writing.
class JsonShape {
 public:
  /// `nested`: of a field or an element, not of a column.
  explicit JsonShape(bool nested = false);
  JsonShape(JsonShape&&) noexcept;
  JsonShape& operator=(JsonShape&&) noexcept;
  ~JsonShape();

  /// Where `places` has none left, nested values here stay JSON text from now on.
  void observe(JsonKind kind, std::string_view text, JsonPlaces& places);
  /// Objects become STRUCT and arrays LIST where all values here are so, and their names are fit
  /// for a column of Delta; else the JSON text stays.
  ValueType type() const;
  std::string reason() const;
  /// Each value is a number.
  bool is_of_numbers() const { return kinds_ == static_cast<unsigned>(JsonKind::number); }

 private:
  friend class ShapeReader;
  bool is_table_like(std::size_t depth) const;
  void observe_scalar(JsonKind kind, std::string_view text);
  /// Null: there are no places left.
  JsonShape* field(std::string_view name, std::size_t expected, JsonPlaces& places);
  std::size_t places_below() const;

  unsigned kinds_ = 0;
  bool too_many_places_ = false;
  bool has_nul_ =
      false;  ///< JSON text can say \u0000; too much that reads plain text after us stops there.
  TypeGuess text_{CellRule::json_string};
  TypeGuess number_;
  TypeGuess boolean_{CellRule::json_boolean};
  std::vector<std::pair<std::string, JsonShape>> fields_;
  std::unique_ptr<JsonShape> element_;
};

/// Appends a value to a column of the type that its shape gave; false where it does not fit.
bool append_json(ColumnBuilder& column, JsonKind kind, std::string_view text);

}  // namespace sluice::ingest
