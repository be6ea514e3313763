#include "ingest/parquet/parquet_footer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/parquet/parquet_annotation.h"
#include "ingest/parquet/thrift_compact.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

using Field = ThriftReader::Field;

/// Offsets, sizes and counts beyond it lie in no file; sums of so many still fit 64 bits.
constexpr std::int64_t number_max = std::int64_t{1} << 42;

tl::unexpected<Error> wrong(const std::string& what) {
  return fail(Errc::unprocessable, Code::parquet_footer,
              "The Parquet file's footer is not one that can be right: " + what + ".",
              "It seems damaged, or made to harm; write it again.");
}

tl::unexpected<Error> too_much(const std::string& what, const char* limit, std::uint64_t most) {
  return fail(
      Errc::unprocessable, Code::parquet_footer,
      "The Parquet file has more than " + std::to_string(most) + " " + what + " (" + limit + ").",
      "Write it again with fewer, or in several files.");
}

/// The footer's fields, one structure of parquet.thrift per function. What is read is used only
/// where the reader is still `ok()` afterwards.
class FooterParser {
 public:
  FooterParser(std::string_view bytes, std::uint64_t data_end) : in_(bytes) {
    footer_.data_end = data_end;
  }

  Result<ParquetFooter> parse() {
    int last = 0;
    while (const std::optional<Field> field = in_.next_field(last)) {
      if (is(field, 2, ThriftKind::list)) {
        TRY(schema());
      } else if (is(field, 3, ThriftKind::i64)) {
        rows_said_ = in_.integer();
      } else if (is(field, 4, ThriftKind::list)) {
        TRY(row_groups());
      } else if (field->id == 8) {
        return fail(parquet_encrypted());
      } else {
        in_.skip(field->kind);
      }
    }
    if (!in_.ok()) return wrong("it cannot be read");
    if (footer_.nodes.empty()) return wrong("it has no schema");
    if (rows_said_ != footer_.rows) {
      return wrong("it says " + std::to_string(rows_said_) + " rows, its row groups " +
                   std::to_string(footer_.rows));
    }
    return std::move(footer_);
  }

 private:
  /// Of a field that this reader knows: a kind that is not the format's is a fault.
  bool is(const std::optional<Field>& field, int id, ThriftKind kind) {
    if (field->id != id) return false;
    if (field->kind != kind) in_.fail();
    return true;
  }

  /// An integer that is an offset, a size or a count.
  std::int64_t count() {
    const std::int64_t number = in_.integer();
    if (number < 0 || number > number_max) in_.fail();
    return in_.ok() ? number : 0;
  }

  Result<void> schema() {
    const ThriftReader::List list = in_.list();
    if (list.size > parquet_nodes_max) {
      return too_much("elements in its schema", "parquet_nodes_max", parquet_nodes_max);
    }
    std::vector<std::size_t> left;  // Children to come, by depth.
    std::size_t columns = 0;
    for (std::size_t i = 0; i < list.size && in_.ok(); ++i) {
      while (!left.empty() && left.back() == 0) left.pop_back();
      TRY_ASSIGN(ParquetNode node, element(left.size() + 1));
      if (left.empty() && i > 0) return wrong("its schema has parts that belong to nothing");
      if (!left.empty()) --left.back();
      left.push_back(node.children);
      if (left.size() > parquet_depth_max) {
        return too_much("levels in its schema", "parquet_depth_max", parquet_depth_max);
      }
      columns += node.depth == 2 ? 1 : 0;
      if (node.depth > 1) node.column = columns - 1;
      if (node.children == 0) leaves_.push_back(i);
      footer_.nodes.push_back(std::move(node));
    }
    footer_.leaves = leaves_.size();
    for (const std::size_t children : left) {
      if (children > 0 && in_.ok()) return wrong("its schema is not all there");
    }
    if (!footer_.nodes.empty() && footer_.nodes[0].children > columns_max) {
      return fail(
          Errc::too_large, Code::too_many_columns,
          "The file has more than " + std::to_string(columns_max) + " columns (columns_max).",
          "Split the table.");
    }
    return {};
  }

  Result<ParquetNode> element(std::size_t depth) {
    ParquetNode node;
    node.depth = depth;
    ParquetAnnotation annotation;
    int last = 0;
    while (const std::optional<Field> field = in_.next_field(last)) {
      if (is(field, 1, ThriftKind::i32)) {
        annotation.physical = physical_type(annotation.physical_at);
      } else if (is(field, 2, ThriftKind::i32)) {
        annotation.length = in_.integer();
      } else if (is(field, 3, ThriftKind::i32)) {
        const std::int64_t repetition = count();
        if (repetition > 2) in_.fail();
        node.is_required = repetition == 0;
      } else if (is(field, 4, ThriftKind::binary)) {
        node.name = in_.binary();
      } else if (is(field, 5, ThriftKind::i32)) {
        node.children = static_cast<std::size_t>(count());
      } else if (is(field, 6, ThriftKind::i32)) {
        annotation.converted = one_byte(annotation.converted_at);
      } else if (is(field, 7, ThriftKind::i32)) {
        annotation.scale = in_.integer();
      } else if (is(field, 8, ThriftKind::i32)) {
        annotation.precision = one_byte(annotation.precision_at);
      } else if (is(field, 10, ThriftKind::structure)) {
        TRY(logical_type(annotation));
      } else {
        in_.skip(field->kind);
      }
    }
    if (!in_.ok()) return node;
    if (node.name.find('\0') != std::string::npos) {
      return fail(Errc::unprocessable, Code::nul_byte,
                  "The name of a column or field holds a NUL character.",
                  "Take the character out.");
    }
    if (node.children > 0 && annotation.physical >= 0) {
      return wrong(shown(node.name) + " has a type and fields");
    }
    if (depth > 1 && node.children == 0 && annotation.physical < 0) {
      return wrong(shown(node.name) + " has neither a type nor fields");
    }
    if (const std::string fault = annotation.fault(); !fault.empty()) {
      return wrong("the type of " + shown(node.name) + " " + fault);
    }
    if (node.children > 0) return node;
    node.declared = annotation.widen(depth, footer_.changes);
    node.is_int96 = annotation.physical == ParquetAnnotation::int96;
    node.value_bytes = annotation.value_bytes();
    if (node.is_int96) annotation.as_interval(in_.at() - 1, footer_.int96_as_interval);
    return node;
  }

  /// A number; where it stands goes to `at` if it is a small one, which is then to be written as
  /// every writer does, in one byte.
  std::int64_t one_byte(std::size_t& at) {
    constexpr std::int64_t one_byte_max = 63;
    const std::size_t begin = in_.at();
    const std::int64_t number = in_.integer();
    at = in_.at() == begin + 1 ? begin : 0;
    if (at == 0 && number <= one_byte_max) in_.fail();
    return in_.ok() ? number : 0;
  }

  std::int64_t physical_type(std::size_t& at) {
    const std::int64_t type = one_byte(at);
    if (type < 0) in_.fail();
    return type;
  }

  /// A union: the one field that is set says which.
  Result<void> logical_type(ParquetAnnotation& annotation) {
    constexpr int variant = 16;
    int last = 0;
    for (;;) {
      const std::size_t at = in_.at();
      const std::optional<Field> field = in_.next_field(last);
      if (!field) return {};
      if (field->id == variant) {
        return fail(Errc::unprocessable, Code::parquet_variant,
                    "The Parquet file has a column of type VARIANT, whose values may be nested "
                    "without end.",
                    "Write the column as JSON text, or as a struct.");
      }
      if (field->kind != ThriftKind::structure || annotation.logical >= 0) in_.fail();
      annotation.logical = field->id;
      annotation.logical_at = at;
      logical_body(annotation);
    }
  }

  void logical_body(ParquetAnnotation& annotation) {
    int last = 0;
    for (;;) {
      const std::size_t at = in_.at();
      const std::optional<Field> field = in_.next_field(last);
      if (!field) return;
      const bool is_decimal = annotation.logical == ParquetAnnotation::decimal;
      const bool is_integer = annotation.logical == ParquetAnnotation::integer;
      if (is_decimal && is(field, 1, ThriftKind::i32)) {
        annotation.logical_scale = in_.integer();
      } else if (is_decimal && is(field, 2, ThriftKind::i32)) {
        annotation.logical_precision = one_byte(annotation.logical_precision_at);
      } else if (is_integer && is(field, 1, ThriftKind::byte)) {
        annotation.bits = in_.byte();
      } else {
        const bool is_true = field->kind == ThriftKind::boolean_true;
        if (annotation.logical == ParquetAnnotation::time && field->id == 1 && is_true) {
          annotation.utc_at = at;
        }
        if (is_integer && field->id == 2) annotation.is_signed = is_true;
        in_.skip(field->kind);
      }
    }
  }

  Result<void> row_groups() {
    if (footer_.nodes.empty()) return wrong("its schema does not come first");
    const ThriftReader::List list = in_.list();
    if (list.size > parquet_row_groups_max) {
      return too_much("row groups", "parquet_row_groups_max", parquet_row_groups_max);
    }
    if (list.size * footer_.leaves > parquet_chunks_max) {
      return too_much("row groups times columns", "parquet_chunks_max", parquet_chunks_max);
    }
    for (std::size_t i = 0; i < list.size && in_.ok(); ++i) {
      std::size_t chunks = 0;
      std::int64_t rows = -1;
      int last = 0;
      while (const std::optional<Field> field = in_.next_field(last)) {
        if (is(field, 1, ThriftKind::list)) {
          const ThriftReader::List columns = in_.list();
          for (; chunks < columns.size && in_.ok(); ++chunks) TRY(chunk());
        } else if (is(field, 3, ThriftKind::i64)) {
          rows = count();
        } else {
          in_.skip(field->kind);
        }
      }
      if (!in_.ok()) break;
      if (rows < 0) return wrong("a row group does not say how many rows it has");
      if (chunks != footer_.leaves) {
        return wrong("a row group has " + std::to_string(chunks) + " columns, the schema " +
                     std::to_string(footer_.leaves));
      }
      footer_.rows += rows;
      if (footer_.rows > number_max) return wrong("it has too many rows for any file");
    }
    return {};
  }

  Result<void> chunk() {
    bool has_data = false;
    int last = 0;
    while (const std::optional<Field> field = in_.next_field(last)) {
      if (is(field, 1, ThriftKind::binary)) {
        if (!in_.binary().empty()) return wrong("its data lie in another file");
      } else if (is(field, 3, ThriftKind::structure)) {
        has_data = true;
        TRY(chunk_data());
      } else if (field->id == 8 || field->id == 9) {
        return fail(parquet_encrypted());
      } else {
        in_.skip(field->kind);
      }
    }
    if (in_.ok() && !has_data) return wrong("a column does not say where its data are");
    return {};
  }

  Result<void> chunk_data() {
    std::int64_t physical = -1;
    std::size_t physical_at = 0;
    std::int64_t values = -1;
    std::int64_t bytes = -1;
    std::int64_t unpacked = -1;
    std::int64_t data = -1;
    std::int64_t dictionary = 0;
    int last = 0;
    while (const std::optional<Field> field = in_.next_field(last)) {
      if (is(field, 1, ThriftKind::i32)) {
        physical = physical_type(physical_at);
      } else if (is(field, 4, ThriftKind::i32)) {
        if (count() > 7) in_.fail();
      } else if (is(field, 5, ThriftKind::i64)) {
        values = count();
      } else if (is(field, 6, ThriftKind::i64)) {
        unpacked = count();
      } else if (is(field, 7, ThriftKind::i64)) {
        bytes = count();
      } else if (is(field, 9, ThriftKind::i64)) {
        data = count();
      } else if (is(field, 11, ThriftKind::i64)) {
        dictionary = in_.integer();
      } else {
        in_.skip(field->kind);
      }
    }
    if (!in_.ok()) return {};
    if (values < 0 || bytes < 0 || unpacked < 0 || data < 0) {
      return wrong("a column does not say where its data are");
    }
    // Some writers give a dictionary's place where there is none.
    const std::int64_t begin = dictionary >= 4 && dictionary < data ? dictionary : data;
    const auto end = static_cast<std::int64_t>(footer_.data_end);
    if (values > 0 && (begin < 4 || bytes > end || begin > end - bytes || data >= end)) {
      return wrong("a column's data lie outside the file");
    }
    if (unpacked > static_cast<std::int64_t>(inflate_free_bytes) &&
        unpacked / static_cast<std::int64_t>(inflate_ratio_max) > bytes) {
      return fail(
          Errc::unprocessable, Code::parquet_footer,
          "A column of the Parquet file unpacks to " + std::to_string(unpacked) +
              " bytes, which is larger than " + std::to_string(inflate_ratio_max) +
              " times its size in the file (inflate_ratio_max).",
          "A text of that size belongs into a file of its own: write the table without it.");
    }
    if (physical == ParquetAnnotation::int96) {
      footer_.int96_as_interval.push_back({physical_at, 1, {ParquetAnnotation::as_fixed_bytes}});
    }
    // A tree has leaves; how many chunks a row group has is looked at when all of them are read.
    const std::size_t node = leaves_[footer_.chunks.size() % leaves_.size()];
    footer_.chunks.push_back(
        {static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(bytes), values, node});
    return {};
  }

  ThriftReader in_;
  ParquetFooter footer_;
  std::vector<std::size_t> leaves_;  ///< Their places in the schema.
  std::int64_t rows_said_ = -1;
};

}  // namespace

Error parquet_encrypted() {
  return {Errc::unprocessable, Code::parquet_encrypted,
          "The Parquet file is encrypted, or some of its columns are.",
          "Write it without encryption: Sluice has no key of yours."};
}

Result<ParquetFooter> parse_parquet_footer(std::string_view footer, std::uint64_t data_end) {
  TRY_ASSIGN(ParquetFooter parsed, FooterParser(footer, data_end).parse());
  // The row groups were held against each other; here all of them against the file.
  const auto columns = static_cast<std::int64_t>(parsed.leaves);
  const auto allowed =
      static_cast<std::int64_t>(std::min(data_end, std::uint64_t{1} << 42U) * inflate_ratio_max);
  if (columns > 0 && parsed.rows > std::max(parquet_cells_free, allowed) / columns) {
    return wrong(std::to_string(parsed.rows) + " rows of " + std::to_string(columns) +
                 " columns are more than " + std::to_string(parquet_cells_free) +
                 " cells (parquet_cells_free), and more than its bytes can hold");
  }
  return parsed;
}

}  // namespace sluice::ingest
