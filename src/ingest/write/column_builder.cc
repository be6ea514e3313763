#include "ingest/write/column_builder.h"

#include <array>
#include <cstring>
#include <utility>

#include "ingest/cells/cell_value.h"

namespace sluice::ingest {
namespace {

using Kind = ValueType::Kind;

bool has_ends(Kind kind) { return kind == Kind::text || kind == Kind::list; }

/// What an ArrowArray points to, freed with it.
struct ArrayOwner {
  std::vector<std::uint8_t> valid;
  std::vector<char> fixed;
  std::vector<std::int32_t> ends;
  std::string text;
  std::array<const void*, 3> buffers{};
  std::vector<ArrowArray> parts;
  std::vector<ArrowArray*> part_pointers;
};

void release_array(ArrowArray* array) {
  auto* owner = static_cast<ArrayOwner*>(array->private_data);
  for (ArrowArray* part : owner->part_pointers) {
    // The consumer may have moved a child out: then it is released by whoever holds it.
    if (part->release != nullptr) part->release(part);
  }
  delete owner;
  array->release = nullptr;
}

struct SchemaOwner {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> parts;
  std::vector<ArrowSchema*> part_pointers;
};

void release_schema(ArrowSchema* schema) {
  auto* owner = static_cast<SchemaOwner*>(schema->private_data);
  for (ArrowSchema* part : owner->part_pointers) {
    if (part->release != nullptr) part->release(part);
  }
  delete owner;
  schema->release = nullptr;
}

ArrowArray array_from(std::unique_ptr<ArrayOwner> owner, std::size_t size, std::size_t nulls,
                      std::int64_t buffers) {
  for (ArrowArray& part : owner->parts) owner->part_pointers.push_back(&part);
  ArrowArray array{};
  array.length = static_cast<std::int64_t>(size);
  array.null_count = static_cast<std::int64_t>(nulls);
  array.n_buffers = buffers;
  array.buffers = owner->buffers.data();
  array.n_children = static_cast<std::int64_t>(owner->parts.size());
  array.children = owner->part_pointers.data();
  array.release = release_array;
  array.private_data = owner.release();
  return array;
}

ArrowSchema schema_from(std::string format, std::string name, std::vector<ArrowSchema> parts) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->format = std::move(format);
  owner->name = std::move(name);
  owner->parts = std::move(parts);
  for (ArrowSchema& part : owner->parts) owner->part_pointers.push_back(&part);
  ArrowSchema schema{};
  schema.format = owner->format.c_str();
  schema.name = owner->name.c_str();
  schema.flags = duckdb::arrow_nullable;
  schema.n_children = static_cast<std::int64_t>(owner->parts.size());
  schema.children = owner->part_pointers.data();
  schema.release = release_schema;
  schema.private_data = owner.release();
  return schema;
}

void set_bit(std::vector<std::uint8_t>& bits, std::size_t at, bool on) {
  if (bits.size() <= at / 8) bits.resize(at / 8 + 1, 0);
  const auto mask = static_cast<std::uint8_t>(1U << (at % 8));
  if (on) {
    bits[at / 8] |= mask;
  } else {
    bits[at / 8] &= static_cast<std::uint8_t>(~mask);
  }
}

}  // namespace

ColumnBuilder::ColumnBuilder(ValueType type) : type_(std::move(type)) {
  if (has_ends(type_.kind)) ends_.push_back(0);
  for (const auto& [name, part] : type_.parts) parts_.emplace_back(part);
}

void ColumnBuilder::mark(bool valid) {
  if (!valid && nulls_++ == 0) {
    valid_.assign(size_ / 8 + 1, 0xFF);
  }
  if (nulls_ > 0) set_bit(valid_, size_, valid);
  ++size_;
}

template <typename T>
void ColumnBuilder::put(T value) {
  const char* bytes = reinterpret_cast<const char*>(&value);
  fixed_.insert(fixed_.end(), bytes, bytes + sizeof(T));
}

void ColumnBuilder::append_null() {
  switch (type_.kind) {
    case Kind::text:
    case Kind::list:
      ends_.push_back(ends_.back());
      break;
    case Kind::structure:
      for (ColumnBuilder& part : parts_) part.append_null();
      break;
    case Kind::boolean:
      put<char>(0);
      break;
    case Kind::date:
      put<std::int32_t>(0);
      break;
    case Kind::decimal:
      if (type_.digits > 18) {
        put<Int128>(0);
      } else {
        put<std::int64_t>(0);
      }
      break;
    case Kind::bigint:
    case Kind::real:
    case Kind::timestamp:
    case Kind::timestamptz:
      put<std::int64_t>(0);
      break;
  }
  mark(false);
}

bool ColumnBuilder::append(std::string_view cell) {
  std::int64_t integer = 0;
  switch (type_.kind) {
    case Kind::text:
      text_.append(cell);
      ends_.push_back(static_cast<std::int32_t>(text_.size()));
      break;
    case Kind::bigint:
      if (!read_bigint(cell, integer)) return false;
      put(integer);
      break;
    case Kind::timestamp:
      if (!read_timestamp(cell, integer)) return false;
      put(integer);
      break;
    case Kind::timestamptz:
      if (!read_timestamptz(cell, integer)) return false;
      put(integer);
      break;
    case Kind::decimal: {
      Int128 value = 0;
      if (!read_decimal(cell, static_cast<std::size_t>(type_.digits),
                        static_cast<std::size_t>(type_.scale), value)) {
        return false;
      }
      if (type_.digits > 18) {
        put(value);
      } else {
        put(static_cast<std::int64_t>(value));
      }
      break;
    }
    case Kind::real: {
      double value = 0;
      if (!read_double(cell, value)) return false;
      put(value);
      break;
    }
    case Kind::boolean: {
      bool value = false;
      if (!read_boolean(cell, value)) return false;
      put<char>(value ? 1 : 0);
      break;
    }
    case Kind::date: {
      std::int32_t days = 0;
      if (!read_date(cell, days)) return false;
      put(days);
      break;
    }
    case Kind::structure:
    case Kind::list:
      return false;
  }
  mark(true);
  return true;
}

void ColumnBuilder::append_integer(std::int64_t value) {
  if (type_.kind == Kind::date) {
    put(static_cast<std::int32_t>(value));
  } else if (type_.kind == Kind::boolean) {
    put<char>(value != 0 ? 1 : 0);
  } else {
    put(value);
  }
  mark(true);
}

void ColumnBuilder::append_real(double value) {
  put(value);
  mark(true);
}

void ColumnBuilder::end_list() {
  ends_.push_back(static_cast<std::int32_t>(parts_[0].size()));
  mark(true);
}

void ColumnBuilder::pop() {
  --size_;
  if (nulls_ > 0 && (valid_[size_ / 8] & (1U << (size_ % 8))) == 0) --nulls_;
  if (type_.kind == Kind::text) {
    ends_.pop_back();
    text_.resize(static_cast<std::size_t>(ends_.back()));
    return;
  }
  const std::size_t width = type_.kind == Kind::boolean                        ? 1
                            : type_.kind == Kind::date                         ? 4
                            : type_.kind == Kind::decimal && type_.digits > 18 ? 16
                                                                               : 8;
  fixed_.resize(fixed_.size() - width);
}

ArrowArray ColumnBuilder::finish() {
  auto owner = std::make_unique<ArrayOwner>();
  owner->valid = std::exchange(valid_, {});
  owner->fixed = std::exchange(fixed_, {});
  owner->text = std::exchange(text_, {});
  owner->ends = std::exchange(ends_, {});
  // The next batch is most likely as large.
  fixed_.reserve(owner->fixed.size());
  text_.reserve(owner->text.size());
  ends_.reserve(owner->ends.size());
  if (has_ends(type_.kind)) ends_.push_back(0);
  if (type_.kind == Kind::boolean) {
    // Kept as bytes until now; Arrow has bits.
    std::vector<char> bits;
    bits.resize(owner->fixed.size() / 8 + 1);
    for (std::size_t i = 0; i < owner->fixed.size(); ++i) {
      if (owner->fixed[i] != 0) bits[i / 8] = static_cast<char>(bits[i / 8] | (1 << (i % 8)));
    }
    owner->fixed = std::move(bits);
  }
  // An empty buffer may be null by the specification; readers differ, so none is.
  owner->fixed.reserve(16);
  owner->buffers[0] = nulls_ > 0 ? owner->valid.data() : nullptr;
  std::int64_t buffers = 2;
  if (type_.kind == Kind::text) {
    owner->buffers[1] = owner->ends.data();
    owner->buffers[2] = owner->text.data();
    buffers = 3;
  } else if (type_.kind == Kind::list) {
    owner->buffers[1] = owner->ends.data();
  } else if (type_.kind == Kind::structure) {
    buffers = 1;
  } else {
    owner->buffers[1] = owner->fixed.data();
  }
  for (ColumnBuilder& part : parts_) owner->parts.push_back(part.finish());
  const std::size_t nulls = std::exchange(nulls_, 0);
  return array_from(std::move(owner), std::exchange(size_, 0), nulls, buffers);
}

ArrowSchema arrow_schema_of(const std::string& name, const ValueType& type) {
  std::vector<ArrowSchema> parts;
  for (const auto& [part_name, part] : type.parts) {
    parts.push_back(arrow_schema_of(part_name, part));
  }
  return schema_from(arrow_format_of(type), name, std::move(parts));
}

ArrowArray record_batch(std::vector<ColumnBuilder>& columns, std::size_t rows) {
  auto owner = std::make_unique<ArrayOwner>();
  for (ColumnBuilder& column : columns) owner->parts.push_back(column.finish());
  return array_from(std::move(owner), rows, 0, 1);
}

ArrowSchema record_schema(const std::vector<std::pair<std::string, ValueType>>& columns) {
  return arrow_schema_of("", {ValueType::Kind::structure, 0, 0, columns});
}

}  // namespace sluice::ingest
