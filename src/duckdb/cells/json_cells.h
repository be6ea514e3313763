#pragma once

#include <duckdb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::duckdb {

/// What a column's cells are made of, read once per answer.
struct CellType {
  duckdb_type id = DUCKDB_TYPE_INVALID;
  duckdb_type storage = DUCKDB_TYPE_INVALID;  ///< Of DECIMAL and ENUM: the integer they lie in.
  std::uint8_t scale = 0;                     ///< Of DECIMAL.
  std::uint64_t array_size = 0;               ///< Of ARRAY.
  std::vector<std::string> names;             ///< Of STRUCT and UNION members; of ENUM the values.
  std::vector<CellType> children;             ///< LIST and ARRAY: one; MAP: key, value.
  std::string text;                           ///< `DECIMAL(9,2)`, `STRUCT(a INTEGER)`.
};

CellType cell_type(duckdb_logical_type type);
/// False where a cell of this type has no JSON form here (VARIANT, GEOMETRY, BIGNUM).
bool is_renderable(const CellType& type);

/// One column of one chunk, with its nested vectors. Borrows the chunk and the type; one thread.
/// The forms are what clients read: they never change.
class CellVector {
 public:
  CellVector(const CellType& type, duckdb_vector vector);
  /// Appends the cell as JSON, by the rules of README.md.
  void append_json(std::string& out, std::uint64_t row) const;

 private:
  // Each false where the type is none of its own.
  bool append_number(std::string& out, std::uint64_t row) const;
  bool append_text(std::string& out, std::uint64_t row) const;
  bool append_time(std::string& out, std::uint64_t row) const;
  bool append_nested(std::string& out, std::uint64_t row) const;
  void append_decimal_cell(std::string& out, std::uint64_t row) const;
  void append_enum(std::string& out, std::uint64_t row) const;
  void append_struct(std::string& out, std::uint64_t row) const;
  void append_elements(std::string& out, std::uint64_t from, std::uint64_t count) const;
  void append_map(std::string& out, std::uint64_t from, std::uint64_t count) const;
  template <typename T>
  T at(std::uint64_t row) const {
    return static_cast<const T*>(data_)[row];
  }

  const CellType* type_;
  const void* data_;
  std::uint64_t* validity_;
  std::vector<CellVector> children_;
};

/// `"text"` with what JSON demands escaped.
void append_json_text(std::string& out, std::string_view text);

}  // namespace sluice::duckdb
