#include <deque>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include "base/testing/fuzz_target.h"
#include "base/testing/memory_file.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/error_codes.h"
#include "ingest/json/json_lines.h"
#include "ingest/json/json_outline.h"
#include "ingest/json/json_reader.h"
#include "ingest/json/json_records.h"
#include "ingest/json/json_shape.h"
#include "ingest/write/column_builder.h"

namespace sluice::ingest {
namespace {

using fuzz::require;

struct Cells final : JsonSink {
  std::optional<Error> cell(std::size_t column, JsonKind kind, std::string_view value) override {
    if (column >= shapes.size()) shapes.resize(column + 1);
    shapes[column].observe(kind, value, places);
    all.push_back({column, kind, std::string(value)});
    if (kind == JsonKind::nested) {
      boost::system::error_code wrong;
      boost::json::parse_options deep;
      deep.max_depth = 100;
      boost::json::parse(value, wrong, {}, deep);
      require(!wrong, "nested values are JSON");
    }
    return {};
  }
  Result<void> end_record() override {
    ++records;
    return {};
  }
  struct Cell {
    std::size_t column;
    JsonKind kind;
    std::string value;
  };
  JsonPlaces places{50};  ///< Few, so that they run out.
  std::deque<JsonShape> shapes;
  std::vector<Cell> all;
  std::size_t records = 0;
};

/// Without its wrong lines a file reads, unless it is refused for more than its syntax; and it has
/// as many of them as the reader says.
void check_lines(const std::filesystem::path& path, std::string_view body, const Error& error) {
  const auto found = find_wrong_lines(path, 1'000'000, {});
  if (!found || !*found) return;
  const WrongLines& wrong = **found;
  require(wrong.rejects.size() == wrong.ranges.size(), "each wrong line has its bytes");
  std::uint64_t end = 0;
  for (const ByteRange& range : wrong.ranges) {
    require(range.begin >= end && range.end > range.begin && range.end <= body.size(),
            "wrong lines are of the file, in order");
    end = range.end;
  }
  JsonKeys keys;
  Cells cells;
  const Result<JsonFields> read =
      read_json(path, Format::ndjson, keys, cells, {}, nullptr, {}, wrong.ranges);
  if (error.code != Code::json_syntax && error.code != Code::json_record_not_object) return;
  require(read || (read.error().code != Code::json_syntax &&
                   read.error().code != Code::json_record_not_object),
          "what is left has no wrong line");
}

/// Records that are found in a document are there to be read.
void check_records(const std::filesystem::path& path) {
  const auto outline = outline_document(path, {}, false);
  if (!outline || !*outline) return;
  for (const RecordArray& array : choose_records(**outline).arrays) {
    JsonKeys keys;
    Cells cells;
    const Result<JsonFields> read =
        read_json(path, Format::ndjson, keys, cells, {}, nullptr, array.keys);
    require(read ? cells.records == array.records
                 : read.error().code != Code::json_records_path &&
                       read.error().code != Code::json_record_not_object,
            "the records are at their path");
    require(array.keys == parse_records_path(array.path), "the path says its keys");
  }
}

/// Byte 0 chooses the form; the rest is a JSON file.
void json(std::string_view input) {
  if (input.empty()) return;
  const Format format = input[0] % 3 == 0   ? Format::json
                        : input[0] % 3 == 1 ? Format::ndjson
                                            : Format::records;
  const std::string_view body = input.substr(1);
  const fuzz::MemoryFile memory(body);
  JsonKeys keys;
  Cells cells;
  if (format == Format::ndjson) check_records(memory.path());
  const Result<JsonFields> read = read_json(memory.path(), format, keys, cells, {});
  if (!read) {
    require(!read.error().code.empty() && !read.error().detail.empty(), "an error says what it is");
    if (format == Format::ndjson) check_lines(memory.path(), body, read.error());
    return;
  }
  const std::string_view plain = body.substr(body.starts_with(utf8_bom) ? utf8_bom.size() : 0);
  // An upload without content is refused earlier.
  const bool blank = plain.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (format != Format::ndjson && !blank) {
    boost::system::error_code wrong;
    boost::json::parse_options deep;
    deep.max_depth = 100;
    const boost::json::value tree = boost::json::parse(plain, wrong, {}, deep);
    require(!wrong, "what we take is JSON to others");
    const boost::json::value* records =
        format == Format::json ? &tree : tree.get_object().if_contains("records");
    require(
        records != nullptr && records->is_array() && records->get_array().size() == cells.records,
        "each record came");
  }
  // A column's type takes each value that it was made from.
  std::vector<ColumnBuilder> columns;
  for (const JsonShape& shape : cells.shapes) columns.emplace_back(shape.type());
  for (const Cells::Cell& cell : cells.all) {
    if (cell.kind == JsonKind::null) continue;
    require(append_json(columns[cell.column], cell.kind, cell.value), "the type takes its values");
  }
  for (ColumnBuilder& column : columns) {
    ArrowArray array = column.finish();
    array.release(&array);
  }
}

const fuzz::Target target(__FILE__, json);

}  // namespace
}  // namespace sluice::ingest
