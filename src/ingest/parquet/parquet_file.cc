#include "ingest/parquet/parquet_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "ingest/bytes/source_file.h"
#include "ingest/error_codes.h"
#include "ingest/parquet/parquet_pages.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

tl::unexpected<Error> unreadable(const std::string& what) {
  return fail(Errc::unprocessable, Code::parquet_unreadable,
              "The Parquet file cannot be read: " + what + ".",
              "It seems damaged or cut off; write it again.");
}

}  // namespace

Result<ParquetFooter> check_parquet(const std::filesystem::path& path,
                                    const std::stop_token& stop) {
  constexpr std::string_view plain_magic = "PAR1";
  constexpr std::string_view encrypted_magic = "PARE";
  constexpr std::uint64_t tail_bytes = 8;
  TRY_ASSIGN(const SourceFile file, SourceFile::open(path));
  std::error_code code;
  const std::uint64_t size = std::filesystem::file_size(path, code);
  std::string tail(tail_bytes, '\0');
  if (code || size < plain_magic.size() + tail_bytes) return unreadable("it is too short");
  TRY_ASSIGN(const std::size_t got, file.read_at(size - tail_bytes, tail.data(), tail.size()));
  const std::string_view magic = std::string_view(tail).substr(4);
  if (got == tail_bytes && magic == encrypted_magic) return fail(parquet_encrypted());
  if (got != tail_bytes || magic != plain_magic) return unreadable("it does not end as one");
  std::uint32_t footer_bytes = 0;
  for (unsigned i = 4; i-- > 0;) {
    footer_bytes = footer_bytes << 8U | static_cast<std::uint8_t>(tail[i]);
  }
  if (footer_bytes > size - tail_bytes - plain_magic.size()) {
    return unreadable("its footer is said to be longer than the file");
  }
  if (footer_bytes > parquet_footer_bytes_max) {
    return fail(Errc::unprocessable, Code::parquet_footer,
                "The Parquet file has more than " + std::to_string(parquet_footer_bytes_max) +
                    " bytes of footer (parquet_footer_bytes_max).",
                "Write it again with fewer columns or row groups, or in several files.");
  }
  const std::uint64_t data_end = size - tail_bytes - footer_bytes;
  std::string footer(footer_bytes, '\0');
  TRY_ASSIGN(const std::size_t read, file.read_at(data_end, footer.data(), footer.size()));
  if (read != footer.size()) return unreadable("it became shorter");
  TRY_ASSIGN(ParquetFooter parsed, parse_parquet_footer(footer, data_end));
  TRY(check_parquet_pages(file, parsed, stop));
  return parsed;
}

}  // namespace sluice::ingest
