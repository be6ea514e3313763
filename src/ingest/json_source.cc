#include "dataset/names.h"
#include "ingest/limits.h"
#include "ingest/piecewise.h"
#include "ingest/sources.h"

namespace sluice::ingest {
namespace {

/// First reading: what kinds each column has, and candidate types from the first records.
class Survey final : public JsonSink {
 public:
  struct Facts {
    unsigned kinds = 0;
    std::size_t observed = 0;
    TypeGuess text{CellRule::json_string};
    TypeGuess number{CellRule::json_number};
    TypeGuess boolean{CellRule::json_boolean};
  };

  Result<void> cell(std::size_t column, JsonKind kind, std::string_view text) override {
    if (column >= facts_.size()) facts_.resize(column + 1);
    Facts& facts = facts_[column];
    facts.kinds |= static_cast<unsigned>(kind);
    // Per column, since a key may come late; what this leaves unseen checked_copy sees.
    if (facts.observed >= sample_rows_max) return {};
    if (kind != JsonKind::null) ++facts.observed;
    if (kind == JsonKind::string) facts.text.observe(text);
    if (kind == JsonKind::number) facts.number.observe(text);
    if (kind == JsonKind::boolean) facts.boolean.observe(text);
    return {};
  }

  Result<void> end_record() override {
    ++rows_;
    return {};
  }

  std::int64_t rows() const { return rows_; }

  TypeGuess guess(std::size_t column) const {
    if (column >= facts_.size()) return TypeGuess(CellRule::text);
    const Facts& facts = facts_[column];
    switch (facts.kinds) {
      case 0:
        return TypeGuess(CellRule::text);
      case static_cast<unsigned>(JsonKind::string):
        return facts.text;
      case static_cast<unsigned>(JsonKind::number):
        return facts.number;
      case static_cast<unsigned>(JsonKind::boolean):
        return facts.boolean;
      case static_cast<unsigned>(JsonKind::nested):
        return TypeGuess(CellRule::json_nested);
      default:
        return TypeGuess(CellRule::json_mixed);
    }
  }

 private:
  std::vector<Facts> facts_;
  std::int64_t rows_ = 0;
};

/// Second reading: records into the staging table.
class Stager final : public JsonSink {
 public:
  Stager(duckdb::Appender appender, std::size_t columns)
      : appender_(std::move(appender)), cells_(columns), filled_(columns, false) {}

  Result<void> cell(std::size_t column, JsonKind kind, std::string_view text) override {
    if (kind == JsonKind::null) return {};
    cells_.at(column).assign(text);
    filled_[column] = true;
    return {};
  }

  Result<void> end_record() override {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (filled_[i]) {
        appender_.append_text(cells_[i]);
      } else {
        appender_.append_null();
      }
      filled_[i] = false;
    }
    return appender_.end_row();
  }

  Result<void> close() { return appender_.close(); }

 private:
  duckdb::Appender appender_;
  std::vector<std::string> cells_;
  std::vector<bool> filled_;
};

}  // namespace

Result<Source> open_json(const IngestRequest& request, Format format, const Engine& engine) {
  JsonKeys keys;
  Survey survey;
  Source source;
  TRY_ASSIGN(source.fields, read_json(request.source, format, keys, survey, request.stop));
  source.headers = keys.names();
  const std::size_t width = source.headers.size();
  if (width == 0) {
    return fail(Errc::unprocessable, "no_columns", "No record has a key.",
                "Send at least one record with one key.");
  }
  source.rows = survey.rows();
  if (source.rows > json_cells_max / static_cast<std::int64_t>(width)) {
    return fail(Errc::too_large, "too_many_cells",
                std::to_string(source.rows) + " records with " + std::to_string(width) +
                    " different keys are more than " + std::to_string(json_cells_max) +
                    " cells (json_cells_max).",
                "Turn keys that are data into values: {\"key\": …, \"value\": …}.");
  }
  source.relation = "staging";
  std::string create = "CREATE TABLE staging (";
  for (std::size_t i = 0; i < width; ++i) {
    CopyColumn& column = source.columns.emplace_back();
    column.source = "c" + std::to_string(i);
    column.guess = survey.guess(i);
    create += (i == 0 ? "" : ", ") + column.source + " VARCHAR";
  }
  TRY(engine.query(create + ")"));
  TRY_ASSIGN(duckdb::Appender appender, duckdb::Appender::open(engine.connection, "staging"));
  Stager stager(std::move(appender), width);
  TRY(read_json(request.source, format, keys, stager, request.stop));
  TRY(stager.close());
  return source;
}

}  // namespace sluice::ingest
