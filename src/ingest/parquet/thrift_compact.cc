#include "ingest/parquet/thrift_compact.h"

#include <array>
#include <limits>

namespace sluice::ingest {
namespace {

constexpr std::size_t depth_max = 64;

ThriftKind kind_of(unsigned nibble) { return static_cast<ThriftKind>(nibble); }

/// What a value that is being passed over still has to come.
struct Container {
  bool is_structure = false;
  int last_field = 0;
  std::uint64_t left = 0;           ///< Values of a list, or keys and values of a map.
  std::array<ThriftKind, 2> kinds;  ///< Of a map, key and value; of a list the same twice.
};

}  // namespace

void ThriftReader::end_too_early() {
  if (ok_) cut_off_ = true;
  ok_ = false;
}

void ThriftReader::advance(std::size_t bytes) {
  if (!ok_ || bytes > bytes_.size() - at_) return end_too_early();
  at_ += bytes;
}

std::int8_t ThriftReader::byte() {
  advance(1);
  return ok_ ? static_cast<std::int8_t>(bytes_[at_ - 1]) : std::int8_t{0};
}

std::uint64_t ThriftReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto next = static_cast<std::uint8_t>(byte());
    if (!ok_) return 0;
    value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
    if (next < 0x80U) return value;
  }
  fail();
  return 0;
}

std::int64_t ThriftReader::integer() {
  const std::uint64_t zigzag = varint();
  return static_cast<std::int64_t>(zigzag >> 1U) ^ -static_cast<std::int64_t>(zigzag & 1U);
}

std::string_view ThriftReader::binary() {
  const std::uint64_t size = varint();
  const std::size_t start = at_;
  if (ok_ && size > bytes_.size() - at_) end_too_early();
  if (!ok_) return {};
  at_ += static_cast<std::size_t>(size);
  return bytes_.substr(start, static_cast<std::size_t>(size));
}

std::optional<ThriftReader::Field> ThriftReader::next_field(int& last) {
  const auto header = static_cast<std::uint8_t>(byte());
  const ThriftKind kind = kind_of(header & 0x0FU);
  if (!ok_ || kind == ThriftKind::stop) return std::nullopt;
  const int step = header >> 4U;
  const std::int64_t id = step == 0 ? integer() : last + step;
  if (id <= last || id > std::numeric_limits<std::int16_t>::max()) fail();
  if (!ok_) return std::nullopt;
  last = static_cast<int>(id);
  return Field{last, kind};
}

ThriftReader::List ThriftReader::list() {
  const auto header = static_cast<std::uint8_t>(byte());
  std::uint64_t size = header >> 4U;
  if (size == 15) size = varint();
  if (ok_ && size > bytes_.size() - at_) end_too_early();
  if (!ok_) return {};
  return {static_cast<std::size_t>(size), kind_of(header & 0x0FU)};
}

void ThriftReader::skip(ThriftKind kind) {
  std::array<Container, depth_max> open;
  std::size_t depth = 0;
  bool in_list = false;
  for (;;) {
    switch (kind) {
      case ThriftKind::boolean_true:
      case ThriftKind::boolean_false:
        if (in_list) byte();
        break;
      case ThriftKind::byte:
        byte();
        break;
      case ThriftKind::i16:
      case ThriftKind::i32:
      case ThriftKind::i64:
        varint();
        break;
      case ThriftKind::real:
        advance(8);
        break;
      case ThriftKind::binary:
        binary();
        break;
      case ThriftKind::list:
      case ThriftKind::set:
      case ThriftKind::map:
      case ThriftKind::structure: {
        if (depth == depth_max) return fail();
        Container& next = open[depth++];
        next = {};
        if (kind == ThriftKind::structure) {
          next.is_structure = true;
        } else if (kind == ThriftKind::map) {
          next.left = varint();
          if (next.left > bytes_.size() - at_) return end_too_early();
          next.left *= 2;
          const auto kinds = next.left == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(byte());
          next.kinds = {kind_of(kinds >> 4U), kind_of(kinds & 0x0FU)};
        } else {
          const List inner = list();
          next.left = inner.size;
          next.kinds = {inner.kind, inner.kind};
        }
        break;
      }
      default:
        return fail();
    }
    // The value that comes next, of the innermost that is not at its end.
    for (;;) {
      if (!ok_ || depth == 0) return;
      Container& inside = open[depth - 1];
      if (inside.is_structure) {
        if (const std::optional<Field> field = next_field(inside.last_field)) {
          kind = field->kind;
          in_list = false;
          break;
        }
      } else if (inside.left > 0) {
        kind = inside.kinds[inside.left % 2 == 0 ? 0 : 1];
        --inside.left;
        in_list = true;
        break;
      }
      --depth;
    }
  }
}

}  // namespace sluice::ingest
