#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::ingest {

/// Kinds of values in Thrift's compact protocol, as they are written (thrift-compact-protocol.md).
enum class ThriftKind : std::uint8_t {
  stop = 0,
  boolean_true = 1,
  boolean_false = 2,
  byte = 3,
  i16 = 4,
  i32 = 5,
  i64 = 6,
  real = 7,
  binary = 8,
  list = 9,
  set = 10,
  map = 11,
  structure = 12,
};

/// Reads Thrift's compact protocol out of bytes that nobody vouches for. It never recurses, looks
/// at no byte beyond the end, and does no more work than there are bytes. After the first fault
/// `ok()` is false and all that is read is 0 or empty: look at it before anything read is used. One
/// thread; the bytes must outlive it and the views that it gives.
class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  /// True where the fault was that the bytes end too early.
  bool cut_off() const { return cut_off_; }
  std::size_t at() const { return at_; }
  void fail() { ok_ = false; }

  struct Field {
    int id = 0;
    ThriftKind kind = ThriftKind::stop;
  };
  /// The next field of a structure, whose last one had the id `last` (0 at its start, set here);
  /// none at its end. Ids must rise, as every writer has them: a field that comes twice is read
  /// differently by different readers.
  std::optional<Field> next_field(int& last);

  struct List {
    std::size_t size = 0;
    ThriftKind kind = ThriftKind::stop;
  };
  /// No longer than the bytes that are left, of which each element has one at least.
  List list();
  /// i16, i32 or i64; a byte by `byte()`.
  std::int64_t integer();
  std::int8_t byte();
  std::string_view binary();

  /// Passes over a value, to a depth of 64.
  void skip(ThriftKind kind);

 private:
  void end_too_early();
  std::uint64_t varint();
  void advance(std::size_t bytes);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
  bool cut_off_ = false;
};

}  // namespace sluice::ingest
