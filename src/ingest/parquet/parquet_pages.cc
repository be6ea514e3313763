#include "ingest/parquet/parquet_pages.h"

#include <algorithm>
#include <array>
#include <string>

#include "ingest/bytes/file_reader.h"
#include "ingest/error_codes.h"
#include "ingest/parquet/thrift_compact.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// PageHeader of parquet.thrift, as far as it is needed here.
struct PageHeader {
  std::int64_t bytes = -1;
  std::int64_t unpacked = -1;
  std::int64_t values = 0;  ///< Of a data page.
  std::int64_t plain = 0;   ///< Values that are stored one behind another, as they are.
  std::int64_t levels = 0;  ///< Bytes before them.
  /// Whether `plain` counts values that may be absent.
  bool counts_absent = false;
  std::size_t header_bytes = 0;
};

tl::unexpected<Error> wrong_page(std::uint64_t at, const std::string& what) {
  return fail(Errc::unprocessable, Code::parquet_footer,
              "The page at byte " + std::to_string(at) + " of the Parquet file " + what + ".",
              "It seems damaged, or made to harm; write it again.");
}

enum class PageKind { other, dictionary, data, data_v2 };

/// By the field of PageHeader that holds its own header.
PageKind kind_of(int field) {
  return field == 5   ? PageKind::data
         : field == 7 ? PageKind::dictionary
         : field == 8 ? PageKind::data_v2
                      : PageKind::other;
}

/// DataPageHeader, DataPageHeaderV2 or DictionaryPageHeader.
void read_values(ThriftReader& in, PageKind kind, PageHeader& page) {
  std::array<std::int64_t, 7> numbers{};  // By their fields; encoding 0 is PLAIN.
  const std::size_t encoding = kind == PageKind::data_v2 ? 4 : 2;
  numbers[encoding] = -1;
  int last = 0;
  while (const auto field = in.next_field(last)) {
    const bool is_known = field->id > 0 && field->id < static_cast<int>(numbers.size());
    if (is_known && field->kind == ThriftKind::i32) {
      const std::int64_t number = in.integer();
      if (number < 0 || number > INT32_MAX) in.fail();  // All are counts or kinds.
      if (in.ok()) numbers[static_cast<std::size_t>(field->id)] = number;
    } else {
      in.skip(field->kind);
    }
  }
  const std::int64_t absent = kind == PageKind::data_v2 ? numbers[2] : 0;
  if (kind != PageKind::dictionary) page.values = numbers[1];
  // A dictionary is stored plainly, by whatever name.
  if (kind == PageKind::dictionary || numbers[encoding] == 0) page.plain = numbers[1] - absent;
  if (kind == PageKind::data_v2) page.levels = numbers[5] + numbers[6];
  page.counts_absent = kind == PageKind::data;
}

/// The engine looks for a value's bytes in one byte more than the page has, so that the last value
/// may have one that nobody wrote, another at each reading.
bool is_too_short(const PageHeader& page, const ParquetNode& leaf) {
  const bool has_levels = leaf.depth != 2 || !leaf.is_required;
  if (leaf.value_bytes == 0 || (page.counts_absent && has_levels)) return false;
  return page.plain > (page.unpacked - page.levels) / leaf.value_bytes;
}

/// False where the bytes end within the header. A header that is none has `bytes` < 0.
bool read_header(std::string_view bytes, PageHeader& page) {
  ThriftReader in(bytes);
  page = {};
  int last = 0;
  while (const auto field = in.next_field(last)) {
    if (field->id == 2 && field->kind == ThriftKind::i32) {
      page.unpacked = in.integer();
    } else if (field->id == 3 && field->kind == ThriftKind::i32) {
      page.bytes = in.integer();
    } else if (field->kind == ThriftKind::structure && kind_of(field->id) != PageKind::other) {
      read_values(in, kind_of(field->id), page);
    } else {
      in.skip(field->kind);
    }
  }
  if (in.cut_off()) return false;
  if (!in.ok()) page = {};
  page.header_bytes = in.at();
  return true;
}

Result<PageHeader> header_at(const SourceFile& file, std::uint64_t at, std::uint64_t data_end) {
  constexpr std::array<std::size_t, 3> sizes = {256, 16U << 10, 1U << 20};
  PageHeader page;
  std::string bytes;
  for (const std::size_t size : sizes) {
    const std::uint64_t there = data_end - at;
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, there)));
    TRY_ASSIGN(const std::size_t got, file.read_at(at, bytes.data(), bytes.size()));
    bytes.resize(got);
    if (read_header(bytes, page)) return page;
    if (got < size) break;
  }
  return wrong_page(at, "has no end");
}

/// `pages_left`: of all columns, so that a file whose columns share their bytes is no work without
/// end.
Result<void> check_chunk(const SourceFile& file, const ParquetChunk& chunk, const ParquetNode& leaf,
                         std::uint64_t data_end, std::uint64_t& pages_left) {
  std::uint64_t at = chunk.begin;
  for (std::int64_t seen = 0; seen < chunk.values;) {
    if (at >= data_end) return wrong_page(at, "is where the data have ended");
    if (pages_left-- == 0) return wrong_page(at, "is read for more columns than one");
    TRY_ASSIGN(const PageHeader page, header_at(file, at, data_end));
    if (page.bytes < 0 || page.unpacked < 0 || page.values < 0) {
      return wrong_page(at, "has a header that cannot be right");
    }
    const std::uint64_t body = at + page.header_bytes;
    if (static_cast<std::uint64_t>(page.bytes) > data_end - body) {
      return wrong_page(at, "is said to be longer than the file");
    }
    const bool is_bomb = page.unpacked > static_cast<std::int64_t>(inflate_free_bytes) &&
                         page.unpacked / static_cast<std::int64_t>(inflate_ratio_max) > page.bytes;
    if (page.unpacked > parquet_page_bytes_max || is_bomb) {
      return wrong_page(at, "is said to unpack to " + std::to_string(page.unpacked) +
                                " bytes; at most " + std::to_string(parquet_page_bytes_max) +
                                " (parquet_page_bytes_max) and " +
                                std::to_string(inflate_ratio_max) +
                                " times its size (inflate_ratio_max) are read");
    }
    if (is_too_short(page, leaf)) return wrong_page(at, "has fewer bytes than its values take");
    seen += page.values;
    at = body + static_cast<std::uint64_t>(page.bytes);
  }
  return {};
}

}  // namespace

Result<void> check_parquet_pages(const SourceFile& file, const ParquetFooter& footer,
                                 const std::stop_token& stop) {
  constexpr std::uint64_t header_bytes_min = 8;
  std::uint64_t pages_left = footer.data_end / header_bytes_min + footer.chunks.size();
  for (const ParquetChunk& chunk : footer.chunks) {
    if (stop.stop_requested()) return fail(cancelled());
    TRY(check_chunk(file, chunk, footer.nodes[chunk.node], footer.data_end, pages_left));
  }
  return {};
}

}  // namespace sluice::ingest
