// JSON → Parquet: one reading for keys, kinds and types, one for the values.

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>

#include "dataset/names.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/cells/cell_rewrite.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/json/json_lines.h"
#include "ingest/json/json_outline.h"
#include "ingest/json/json_records.h"
#include "ingest/json/json_shape.h"
#include "ingest/json/json_wrapped.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"
#include "ingest/write/batch_queue.h"

namespace sluice::ingest {
namespace {

/// The user's word holds for strings that are a record's own, not for those nested in one.
bool is_null(const CellRewrite& rewrite, std::size_t column, JsonKind kind, std::string_view text) {
  return kind == JsonKind::string && rewrite.is_null(column, text);
}

/// First reading.
class Survey final : public JsonSink {
 public:
  Survey(const IngestOptions& options, const JsonKeys& keys) : rewrite_(options), keys_(keys) {}

  std::optional<Error> cell(std::size_t column, JsonKind kind, std::string_view text) override {
    while (column >= shapes_.size()) {
      rewrite_.add_column(keys_.names()[shapes_.size()]);
      shapes_.emplace_back();
    }
    if (rows_ == 0) first_.cell(column, kind, text);
    record_bytes_ += text.size();
    if (record_bytes_ > json_record_bytes_max) {
      return Error{Errc::too_large, Code::json_record_too_long,
                   "Record " + std::to_string(rows_ + 1) + " is longer than " +
                       std::to_string(json_record_bytes_max) + " bytes (json_record_bytes_max)",
                   "Split it over records."};
    }
    if (kind == JsonKind::null || is_null(rewrite_, column, kind, text)) return {};
    shapes_[column].observe(kind, kind == JsonKind::string ? rewrite_.typed(text) : text, places_);
    return {};
  }

  Result<void> end_record() override {
    if (++rows_ == 2) first_.forget();
    width_ = shapes_.size();
    record_bytes_ = 0;
    return {};
  }

  std::int64_t rows() const { return rows_; }
  /// Columns of whole records: one that the file's end cuts may have begun others.
  std::size_t width() const { return width_; }
  const FirstRecord& first() const { return first_; }
  const std::vector<JsonShape>& shapes() const { return shapes_; }

 private:
  CellRewrite rewrite_;
  const JsonKeys& keys_;
  JsonPlaces places_{json_places_max};
  std::vector<JsonShape> shapes_;
  FirstRecord first_;
  std::int64_t rows_ = 0;
  std::size_t width_ = 0;
  std::size_t record_bytes_ = 0;
};

/// Second reading: records into batches, those `rows` that were whole in the first.
class Builder final : public JsonSink {
 public:
  Builder(const std::vector<std::pair<std::string, ValueType>>& columns, std::int64_t rows,
          const IngestOptions& options, const JsonKeys& keys, BatchQueue& queue,
          IngestProgress* progress)
      : rows_wanted_(rows),
        rewrite_(options, keys.names()),
        filled_(columns.size(), false),
        queue_(queue),
        progress_(progress) {
    for (const auto& [name, type] : columns) columns_.emplace_back(type);
  }

  std::optional<Error> cell(std::size_t column, JsonKind kind, std::string_view text) override {
    if (rows_ == rows_wanted_) return {};
    if (kind == JsonKind::null || is_null(rewrite_, column, kind, text)) return {};
    bytes_ += text.size();
    const bool is_text = columns_.at(column).type().kind == ValueType::Kind::text;
    if (kind == JsonKind::string && !is_text) text = rewrite_.typed(text);
    filled_[column] = append_json(columns_.at(column), kind, text);
    if (filled_[column]) return {};
    return Error{Errc::internal, Code::types_unsettled,
                 "A value does not have the type that all values were found to have.",
                 "This is a defect of Sluice: please report it with the file."};
  }

  Result<void> end_record() override {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!filled_[i]) columns_[i].append_null();
      filled_[i] = false;
    }
    ++rows_;
    bytes_ += columns_.size();
    if (++rows_in_batch_ == json_batch_rows || bytes_ >= json_batch_bytes) return flush();
    return {};
  }

  Result<void> close() {
    TRY(flush());
    queue_.end(batches_);
    return {};
  }
  std::int64_t rows() const { return rows_; }

 private:
  Result<void> flush() {
    if (progress_ != nullptr) progress_->rows_read = rows_;
    bytes_ = 0;
    const std::size_t count = std::exchange(rows_in_batch_, 0);
    if (count == 0 || queue_.push(batches_, record_batch(columns_, count))) {
      batches_ += count == 0 ? 0 : 1;
      return {};
    }
    return fail(cancelled());
  }

  std::int64_t rows_wanted_;
  CellRewrite rewrite_;
  std::vector<ColumnBuilder> columns_;
  std::vector<bool> filled_;
  BatchQueue& queue_;
  IngestProgress* progress_;
  std::int64_t rows_ = 0;
  std::size_t rows_in_batch_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t batches_ = 0;
};

Error beginning_too_short() {
  return {Errc::unprocessable, Code::beginning_too_short,
          "What is there of the file holds no whole record.",
          "Send more of it, or the whole file. Where the records are within an object, name the "
          "keys that lead to them (records_path)."};
}

/// Where the records are.
struct RecordsAt {
  std::vector<std::string> path;        ///< None: they are the outermost objects.
  std::optional<RecordsChoice> choice;  ///< Where there was one.
};

/// By the sender's word, or by what is in a document that is alone in its file.
Result<RecordsAt> locate_records(const IngestRequest& request, Format format) {
  RecordsAt at;
  const std::string& given = request.options.records_path;
  if (given == whole_document_path) return at;
  if (!given.empty()) {
    at.path = parse_records_path(given);
    if (format == Format::ndjson) return at;
    return fail(Errc::unprocessable, Code::json_records_path,
                "The JSON is an array at its outermost, and its elements are the records.",
                "Leave records_path out.");
  }
  if (format != Format::ndjson) return at;
  TRY_ASSIGN(const std::optional<JsonOutline> outline,
             outline_document(request.source, request.stop, request.is_beginning));
  if (!outline) return at;
  RecordsChoice choice = choose_records(*outline);
  if (choice.arrays.empty()) return at;
  if (choice.is_taken) at.path = choice.arrays.front().keys;
  at.choice = std::move(choice);
  return at;
}

/// What was read of an object that has more in it than its records, or could have been.
void note_wrapping(const IngestOptions& options, const RecordsAt& at, const Survey& survey,
                   const JsonKeys& keys, Table& table) {
  if (at.choice) {
    table.decision.push_back(as_structure_choice(*at.choice));
    table.notes.push_back(records_note(*at.choice, table.fields.beside));
    return;
  }
  StructureChoice choice;
  choice.part = StructurePart::records_path;
  choice.settled_by = {"records_path"};
  if (options.records_path.empty()) {
    if (survey.rows() != 1) return;
    std::optional<std::string> note = survey.first().note(keys.names());
    if (!note) return;
    choice.taken = "the outermost object, one row";
    choice.why = "The file is one object.";
    choice.is_guess = true;
    table.decision.push_back(std::move(choice));
    table.notes.push_back(*std::move(note));
    return;
  }
  choice.taken = !at.path.empty()     ? options.records_path
                 : survey.rows() == 1 ? "the outermost object, one row"
                                      : "the outermost objects";
  choice.why = "The sender says so.";
  choice.is_given = true;
  table.decision.push_back(std::move(choice));
  if (at.path.empty()) return;
  table.notes.push_back("The records are those at " + shown(options.records_path) +
                        left_out(table.fields.beside) + ".");
}

/// A last line that ends with the file of a beginning is cut, and no reject.
void leave_cut_line(const std::filesystem::path& source, WrongLines& wrong) {
  std::error_code ignored;
  const std::uintmax_t bytes = std::filesystem::file_size(source, ignored);
  if (ignored || wrong.ranges.empty() || wrong.ranges.back().end < bytes) return;
  std::ifstream file(source, std::ios::binary);
  file.seekg(-1, std::ios::end);
  if (file.get() != '\n') wrong.rejects.pop_back();
}

/// What the first reading found.
struct Surveyed {
  std::unique_ptr<JsonKeys> keys;
  std::unique_ptr<Survey> survey;  ///< Refers to `keys`.
  JsonFields fields;
  WrongLines wrong;
};

/// Once; where a line is no record, its lines are looked at alone, and those that are records once
/// more.
Result<Surveyed> survey_records(const IngestRequest& request, Format format,
                                const std::vector<std::string>& path) {
  Surveyed found;
  const auto read = [&]() -> Result<void> {
    found.survey.reset();
    found.keys = std::make_unique<JsonKeys>();
    found.survey = std::make_unique<Survey>(request.options, *found.keys);
    TRY_ASSIGN(found.fields,
               read_json(request.source, format, *found.keys, *found.survey, request.stop,
                         request.progress.get(), path, found.wrong.ranges, request.is_beginning));
    return {};
  };
  Result<void> done = read();
  const bool may_be_a_line =
      format == Format::ndjson && path.empty() && !done &&
      (done.error().code == Code::json_syntax || done.error().code == Code::json_record_not_object);
  if (may_be_a_line) {
    TRY_ASSIGN(std::optional<WrongLines> wrong,
               find_wrong_lines(request.source, request.options.rejects_max, request.stop));
    if (!wrong) return fail(std::move(done).error());
    found.wrong = *std::move(wrong);
    if (request.is_beginning) leave_cut_line(request.source, found.wrong);
    if (request.progress) request.progress->bytes_read = 0;
    done = read();
  }
  if (!done) return fail(std::move(done).error());
  return found;
}

}  // namespace

Result<Table> write_json(const IngestRequest& request, Format format, const Engine& engine) {
  Table table;
  TRY_ASSIGN(const RecordsAt at, locate_records(request, format));
  TRY_ASSIGN(Surveyed surveyed, survey_records(request, format, at.path));
  JsonKeys& keys = *surveyed.keys;
  const Survey& survey = *surveyed.survey;
  table.fields = std::move(surveyed.fields);
  if (request.is_beginning && survey.rows() == 0) return fail(beginning_too_short());
  const std::size_t width = request.is_beginning ? survey.width() : keys.names().size();
  if (width == 0) {
    return fail(Errc::unprocessable, Code::no_columns, "No record has a key.",
                "Send at least one record with one key.");
  }
  if (survey.rows() > json_cells_max / static_cast<std::int64_t>(width)) {
    return fail(Errc::too_large, Code::too_many_cells,
                std::to_string(survey.rows()) + " records with " + std::to_string(width) +
                    " different keys are more than " + std::to_string(json_cells_max) +
                    " cells (json_cells_max).",
                "Turn keys that are data into values: {\"key\": …, \"value\": …}.");
  }
  const auto end = keys.names().begin() + static_cast<std::ptrdiff_t>(width);
  TRY(check_null_tokens(request.options, {keys.names().begin(), end}));
  const JsonShape none;
  const std::vector<std::string> names = bronze_column_names(keys.names());
  std::vector<std::pair<std::string, ValueType>> columns;
  for (std::size_t i = 0; i < width; ++i) {
    const JsonShape& shape = i < survey.shapes().size() ? survey.shapes()[i] : none;
    columns.emplace_back(names[i], shape.type());
    table.columns.push_back(
        {keys.names()[i], sql_of(columns.back().second), shape.reason(), shape.is_of_numbers()});
  }

  BatchQueue queue(columns, batches_ahead_max);
  Builder builder(columns, survey.rows(), request.options, keys, queue, request.progress.get());
  const auto produce = [&]() -> Result<void> {
    TRY(read_json(request.source, format, keys, builder, request.stop, nullptr, at.path,
                  surveyed.wrong.ranges, request.is_beginning));
    return builder.close();
  };
  TRY_ASSIGN(table.rows_written, write_while(engine, queue, width, request.output, produce));
  table.rows = builder.rows();
  note_wrapping(request.options, at, survey, keys, table);
  table.rejects = std::move(surveyed.wrong.rejects);
  if (const std::size_t count = table.rejects.size(); count > 0) {
    table.notes.push_back(std::to_string(count) +
                          (count == 1 ? " line is no record" : " lines are no records") +
                          ": kept among the rejects.");
  }
  return table;
}

}  // namespace sluice::ingest
