#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "duckdb/arrow_abi.h"
#include "ingest/cells/value_type.h"

namespace sluice::ingest {

/// Values of one column of a batch as Arrow buffers. One thread.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(ValueType type);
  ColumnBuilder(ColumnBuilder&&) = default;
  ColumnBuilder& operator=(ColumnBuilder&&) = default;

  const ValueType& type() const { return type_; }
  std::size_t size() const { return size_; }
  /// Of text and of nested text, for bounding a batch.
  std::size_t bytes() const { return text_.size(); }

  void append_null();
  /// False where the type does not print back this text (cell_value.h): nothing was appended.
  bool append(std::string_view cell);
  /// Takes the last value back. Scalars only.
  void pop();

  /// For values that are numbers already: microseconds of a timestamp, days of a date, a boolean, a
  /// BIGINT; and a DOUBLE.
  void append_integer(std::int64_t value);
  void append_real(double value);

  /// Of a structure: the fields, each given one value by the caller. Of a list: part(0) takes the
  /// elements, before the list's own value ends.
  ColumnBuilder& part(std::size_t index) { return parts_[index]; }
  void end_structure() { mark(true); }
  void end_list();

  /// What was built; the builder is empty afterwards. The array owns its memory until released.
  ArrowArray finish();

 private:
  void mark(bool valid);
  template <typename T>
  void put(T value);

  ValueType type_;
  std::size_t size_ = 0;
  std::size_t nulls_ = 0;
  std::vector<std::uint8_t> valid_;  ///< A bit per value; empty while nothing is NULL.
  std::vector<char> fixed_;          ///< Values of fixed width; bits of booleans.
  std::vector<std::int32_t> ends_;   ///< Of texts and lists, after a leading 0.
  std::string text_;
  std::vector<ColumnBuilder> parts_;
};

/// The Arrow schema of a column; owns its memory until released.
ArrowSchema arrow_schema_of(const std::string& name, const ValueType& type);

/// A struct array of the columns: what a stream gives. All must have `rows` values.
ArrowArray record_batch(std::vector<ColumnBuilder>& columns, std::size_t rows);
/// The struct schema of such batches.
ArrowSchema record_schema(const std::vector<std::pair<std::string, ValueType>>& columns);

}  // namespace sluice::ingest
