#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.h"

/// What libFuzzer feeds: the readers that we wrote, with what must hold for any bytes. Each ends
/// the process where it does not. `make test` replays corpus/ through them, `make soak` searches
/// on.
namespace sluice::ingest::fuzz {

/// Bytes 0–2 choose delimiter, quote and line end; the rest is a CSV file.
void csv(std::string_view input);
/// Byte 0 chooses the form; the rest is a JSON file.
void json(std::string_view input);
/// A cell.
void cell(std::string_view input);
/// A Parquet file, or a footer alone.
void parquet(std::string_view input);
/// The head of a file, an options object, or text of some encoding.
void text(std::string_view input);

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

/// A file without a name on any disk.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  std::filesystem::path path() const;

 private:
  FileDescriptor file_;
};

}  // namespace sluice::ingest::fuzz
