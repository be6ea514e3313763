#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "ingest/ingest.h"

namespace sluice::ingest {

/// What a value was in JSON; a column of several kinds stays text. Values are bits.
enum class JsonKind : unsigned { null = 0, string = 1, number = 2, boolean = 4, nested = 8 };

/// The keys of all records in order of first appearance, which is the order of columns.
class JsonKeys {
 public:
  /// The column of `key`, new where it was not known; `next` is tried first, as records repeat
  /// their order.
  std::size_t column_of(std::string_view key, std::size_t next);
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> columns_;
};

/// Takes the cells of one record after another, on the thread that reads.
class JsonSink {
 public:
  virtual ~JsonSink() = default;
  /// `text`: a string's characters, a number as it was written, `true`, an object or array as
  /// compact JSON with its numbers as written; empty for null. Dies with the call. Gives what is
  /// wrong, if anything is: no Result, which clears its room for an error each time it has none.
  virtual std::optional<Error> cell(std::size_t column, JsonKind kind, std::string_view text) = 0;
  virtual Result<void> end_record() = 0;
};

/// The fields of a body beside `records`; of an object with records at a path, the keys beside it.
struct JsonFields {
  std::string name;
  std::string description;
  std::vector<std::string> beside;
};

/// `data`, `response.items`, `$.data`, or a JSON pointer (RFC 6901) where keys hold dots:
/// `/a.b/items`. The keys; none where the text is no path.
std::vector<std::string> parse_records_path(std::string_view text);

/// Bytes of a file from `begin` to before `end`.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Parses the file once in pieces; memory is one record's cell, the nesting and the keys. Errors
/// carry the byte: `json_syntax` (NaN and Infinity too), `json_duplicate_key`, `json_too_deep`,
/// `invalid_utf8`, `json_record_not_object`, `json_unknown_field` with its pointer,
/// `json_wrong_kind`, limits as `too_large`. Where there are lines, the line as well. With
/// `records_path`, which only Format::ndjson may have, the records are the elements of the array
/// there: `json_records_path` where there is none. `left_out`, whole lines in their order, is not
/// parsed; only its text is checked. Where the file `is_cut` it may end anywhere: the record that
/// it ends in is begun and never ended.
Result<JsonFields> read_json(const std::filesystem::path& path, Format format, JsonKeys& keys,
                             JsonSink& sink, const std::stop_token& stop,
                             IngestProgress* progress = nullptr,
                             const std::vector<std::string>& records_path = {},
                             const std::vector<ByteRange>& left_out = {}, bool is_cut = false);

}  // namespace sluice::ingest
