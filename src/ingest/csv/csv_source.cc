// CSV → Parquet: pieces of whole rows, parsed side by side, written in the order of the file.

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "dataset/names.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/cells/cell_rewrite.h"
#include "ingest/cells/type_guess.h"
#include "ingest/csv/csv_footer.h"
#include "ingest/csv/csv_layout.h"
#include "ingest/csv/csv_rows.h"
#include "ingest/csv/csv_split.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"
#include "ingest/write/reject_log.h"

namespace sluice::ingest {
namespace {

Error beginning_too_short() {
  return {Errc::unprocessable, Code::beginning_too_short,
          "What is there of the file holds no whole row.", "Send more of it, or the whole file."};
}

/// The file as found, and what its columns are taken for.
struct Plan {
  const IngestRequest& request;
  SourceFile file;
  CsvLayout layout;
  CsvFooter footer;
  std::vector<ValueType> types;
  std::vector<bool> forced;  ///< The user gave the type.
};

/// Hands pieces to the threads that parse them.
class PieceFeed {
 public:
  /// `progress` where it is to be told: people should not see a look at the start as progress that
  /// is lost again.
  PieceFeed(const Plan& plan, std::uint64_t end, IngestProgress* progress)
      : progress_(progress),
        splitter_(plan.file, plan.layout.grammar, plan.layout.data_offset, plan.layout.data_line,
                  std::max(csv_piece_bytes, plan.layout.width * csv_piece_bytes_per_column),
                  plan.request.is_beginning),
        end_(end),
        data_end_(plan.footer.begin) {}

  /// False at the end, or once the given part of the file is handed out.
  Result<bool> next(CsvPiece& piece) {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    TRY_ASSIGN(const bool more, splitter_.next(piece));
    ended_ = !more || piece.offset >= data_end_;
    if (ended_) return false;
    if (piece.bytes.size() >= data_end_ - piece.offset) {
      piece.bytes.resize(data_end_ - piece.offset);
      ended_ = true;
    }
    const std::uint64_t reached = piece.offset + piece.bytes.size();
    if (progress_ != nullptr) progress_->bytes_read = static_cast<std::int64_t>(reached);
    ended_ = ended_ || reached >= end_;
    ++count_;
    return true;
  }
  std::uint64_t count() const { return count_; }

 private:
  IngestProgress* progress_;
  std::mutex mutex_;
  CsvSplitter splitter_;
  std::uint64_t end_;
  std::uint64_t data_end_;  ///< Where the footer begins.
  std::uint64_t count_ = 0;
  bool ended_ = false;
};

/// Runs `work` on several threads at once; an exception goes on in the caller.
void run_together(int threads, const std::function<void()>& work,
                  const std::function<void()>& meanwhile, const std::function<void()>& on_throw) {
  std::mutex mutex;
  std::exception_ptr thrown;
  std::vector<std::jthread> pool;
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([&] {
      try {
        work();
      } catch (...) {
        const std::lock_guard lock(mutex);
        thrown = std::current_exception();
        on_throw();
      }
    });
  }
  meanwhile();
  pool.clear();
  if (thrown) std::rethrow_exception(thrown);
}

Result<void> check_text(const CsvPiece& piece) {
  TextCheck text(piece.offset);
  TRY(text.feed(piece.text()));
  return text.finish();
}

/// Looks at cells for their types.
class SurveySink final : public CsvRowSink {
 public:
  explicit SurveySink(const Plan& plan)
      : guesses(plan.layout.width),
        short_rows_tell_(plan.layout.short_rows_tell),
        rewrite_(plan.request.options, plan.layout.headers),
        rejects_max_(RejectLog(plan.request.options.rejects_max).most()) {}

  bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].is_null()) continue;
      if (rewrite_.idle()) {
        guesses[i].observe(cells[i].text, line);
      } else if (!rewrite_.is_null(i, cells[i].text)) {
        guesses[i].observe(rewrite_.typed(cells[i].text), line);
      }
    }
    return true;
  }
  /// Where some rows end early, the others say what the types are: a footer ends early too.
  bool short_row(const std::vector<CsvCell>& cells, std::uint64_t line,
                 std::string_view raw) override {
    return short_rows_tell_ ? row(cells, line, raw) : true;
  }
  /// Beyond the limit no type is wanted any more: the writing ends there too.
  bool reject(Reject) override { return ++rejects_ <= rejects_max_; }

  std::vector<TypeGuess> guesses;

 private:
  bool short_rows_tell_;
  CellRewrite rewrite_;
  std::int64_t rejects_max_;
  std::int64_t rejects_ = 0;
};

/// The types of all columns, from the cells before `end`.
Result<std::vector<TypeGuess>> survey(const Plan& plan, std::uint64_t end, int threads) {
  PieceFeed feed(plan, end, nullptr);
  std::mutex mutex;
  std::map<std::uint64_t, std::vector<TypeGuess>> done;  // Merged in the order of the file.
  std::uint64_t next = 0;
  std::vector<TypeGuess> all(plan.layout.width);
  std::optional<Error> error;
  const auto work = [&] {
    CsvRowReader reader(plan.layout.grammar, plan.layout.width, plan.layout.least_cells);
    CsvPiece piece;
    for (;;) {
      Result<bool> more = feed.next(piece);
      Result<void> read;
      SurveySink sink(plan);
      if (more && *more) {
        read = check_text(piece);
        if (read) read = reader.read(piece.text(), piece.line, sink);
      }
      const std::lock_guard lock(mutex);
      if (!more) read = fail(more.error());
      if (!read && !error) error = std::move(read).error();
      if (error || !*more) return;
      done.emplace(piece.number, std::move(sink.guesses));
      for (auto found = done.find(next); found != done.end(); found = done.find(++next)) {
        for (std::size_t i = 0; i < all.size(); ++i) all[i].merge(found->second[i]);
        done.erase(found);
      }
    }
  };
  run_together(
      threads, work, [] {}, [] {});
  if (error) return fail(std::move(*error));
  return all;
}

/// Cells of one piece → column builders.
class BuildSink final : public CsvRowSink {
 public:
  BuildSink(const Plan& plan, std::atomic<bool>& surprised, std::int64_t rejects_max)
      : plan_(plan),
        surprised_(surprised),
        rejects_max_(rejects_max),
        rewrite_(plan.request.options, plan.layout.headers) {
    for (const ValueType& type : plan.types) columns.emplace_back(type);
  }

  bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view raw) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (append(i, cells[i])) continue;
      if (!plan_.forced[i] && !lenient_) {
        surprised_ = true;
        return false;
      }
      for (std::size_t back = 0; back < i; ++back) columns[back].pop();
      if (!plan_.forced[i]) {
        return reject({line, "ragged_row",
                       "The row ends early, and is none of the table: " + shown(cells[i].text) +
                           " is no " + sql_of(plan_.types[i]) + ".",
                       std::string(raw)});
      }
      return reject({line, "unparsable",
                     "Column " + shown(plan_.layout.headers[i]) + ": " + shown(cells[i].text) +
                         " is no " + sql_of(plan_.types[i]) + ".",
                     std::string(raw)});
    }
    ++rows;
    return true;
  }

  /// Unless such rows have a say in the types, one that does not fit is no surprise: a footer.
  bool short_row(const std::vector<CsvCell>& cells, std::uint64_t line,
                 std::string_view raw) override {
    const std::size_t before = rows;
    lenient_ = !plan_.layout.short_rows_tell;
    const bool more = row(cells, line, raw);
    lenient_ = false;
    short_rows += static_cast<std::int64_t>(rows - before);
    return more;
  }

  /// False once this piece alone has more than the log takes: a piece may be of millions.
  bool reject(Reject reject) override {
    reject_bytes_ += reject.bytes();
    rejects.push_back(std::move(reject));
    return static_cast<std::int64_t>(rejects.size()) <= rejects_max_ &&
           reject_bytes_ <= reject_bytes_max;
  }

  /// Of one piece; what the next one has is counted anew.
  std::vector<Reject> take_rejects() {
    reject_bytes_ = 0;
    return std::exchange(rejects, {});
  }

  std::vector<ColumnBuilder> columns;
  std::vector<Reject> rejects;
  std::size_t rows = 0;
  std::int64_t short_rows = 0;  ///< Of all pieces.

 private:
  bool append(std::size_t i, const CsvCell& cell) {
    ColumnBuilder& column = columns[i];
    if (cell.is_null() || (!rewrite_.idle() && rewrite_.is_null(i, cell.text))) {
      column.append_null();
      return true;
    }
    if (column.type().kind == ValueType::Kind::text) return column.append(cell.text);
    const std::string_view text = rewrite_.idle() ? cell.text : rewrite_.typed(cell.text);
    return plan_.forced[i] ? append_as(column, text) : column.append(text);
  }

  const Plan& plan_;
  std::atomic<bool>& surprised_;
  std::int64_t rejects_max_;
  std::size_t reject_bytes_ = 0;
  bool lenient_ = false;
  CellRewrite rewrite_;
};

/// One writing of the whole file. Empty: a cell was met that its column's type does not print back.
Result<std::optional<Table>> write_once(const Plan& plan, const Engine& engine) {
  const IngestRequest& request = plan.request;
  std::vector<std::pair<std::string, ValueType>> columns;
  const std::vector<std::string> names = bronze_column_names(plan.layout.headers);
  for (std::size_t i = 0; i < names.size(); ++i) columns.emplace_back(names[i], plan.types[i]);

  PieceFeed feed(plan, UINT64_MAX, request.progress.get());
  BatchQueue queue(columns, batches_ahead_max);
  RejectLog rejects(request.options.rejects_max);
  TRY(rejects.add(0, plan.layout.above_header, plan.layout.above_header_counts));
  std::atomic<bool> surprised = false;
  std::atomic<std::int64_t> rows = 0;
  std::atomic<std::int64_t> blank_lines = 0;
  std::atomic<std::int64_t> short_rows = 0;
  std::atomic<int> running = request.threads;
  const auto parse = [&]() -> Result<void> {
    CsvRowReader reader(plan.layout.grammar, plan.layout.width, plan.layout.least_cells);
    BuildSink sink(plan, surprised, rejects.most());
    CsvPiece piece;
    for (;;) {
      TRY_ASSIGN(const bool more, feed.next(piece));
      if (!more) break;
      TRY(check_text(piece));
      sink.rows = 0;
      TRY(reader.read(piece.text(), piece.line, sink));
      if (surprised) {
        return fail(Errc::unprocessable, Code::surprise, "A cell does not have its column's type.");
      }
      TRY(rejects.add(piece.number + 1, sink.take_rejects()));
      rows += static_cast<std::int64_t>(sink.rows);
      if (request.progress) request.progress->rows_read = rows + rejects.count();
      const std::size_t count = sink.rows;
      if (!queue.push(piece.number, record_batch(sink.columns, count))) return {};
    }
    blank_lines += reader.blank_lines();
    short_rows += sink.short_rows;
    if (--running == 0) queue.end(feed.count());
    return {};
  };
  const auto work = [&] {
    if (Result<void> parsed = parse(); !parsed) queue.fail_with(std::move(parsed).error());
  };
  Result<std::int64_t> written = 0;
  run_together(
      request.threads, work,
      [&] { written = write_parquet(engine, queue, columns.size(), request.output); },
      [&] {
        queue.fail_with({Errc::internal, Code::exception, "A parser of CSV threw.", {}});
      });
  if (surprised) return std::nullopt;
  if (!written) return fail(std::move(written).error());

  Table table;
  table.rows = rows;
  table.rows_written = *written;
  table.notes = plan.layout.notes;
  table.decision = plan.layout.decision;
  if (short_rows > 0) {
    table.notes.push_back("Rows that end early: " + std::to_string(short_rows) +
                          ". The cells that they lack are NULL (pad_short_rows).");
  }
  if (blank_lines > 0) {
    table.notes.push_back(std::to_string(blank_lines) + " blank lines are not rows.");
  }
  TRY(rejects.add(UINT64_MAX, plan.footer.rows, false));
  TRY(rejects.check_share(rows));
  table.rejects = rejects.take();
  return table;
}

}  // namespace

Result<Table> write_csv(const IngestRequest& request, const Engine& engine) {
  TRY_ASSIGN(SourceFile file, SourceFile::open(request.source, request.arrival, request.stop));
  std::string head(sample_bytes_max, '\0');
  TRY_ASSIGN(const std::size_t size, file.read_at(0, head.data(), head.size()));
  head.resize(size);
  const bool whole = size < sample_bytes_max;
  // Programs that add to a file write a second one.
  std::size_t mark = 0;
  while (std::string_view(head).substr(mark).starts_with(utf8_bom)) mark += utf8_bom.size();
  std::string_view start = std::string_view(head).substr(mark);
  if (request.is_beginning && whole) {
    start = start.substr(0, start.find_last_of("\r\n") + 1);
    if (start.empty()) return fail(beginning_too_short());
  }
  TRY_ASSIGN(CsvLayout layout, find_layout(start, whole, request.options));
  layout.data_offset += mark;
  // Header and titles; the rows are looked at where they are read.
  TextCheck above_rows(0);
  TRY(above_rows.feed(std::string_view(head).substr(0, layout.data_offset)));
  TRY(above_rows.finish());
  head = {};

  Plan plan{request, std::move(file), std::move(layout), {}, {}, {}};
  // The last rows of a beginning are not those of the file.
  if (!request.is_beginning) {
    TRY_ASSIGN(plan.footer, find_footer(plan.file, plan.layout,
                                        static_cast<std::size_t>(request.options.skip_footer)));
  }
  plan.types.resize(plan.layout.width);
  TRY_ASSIGN(plan.forced, force_types(request.options, plan.layout.headers, plan.types));
  const int sample_threads = whole ? request.threads : 1;
  TRY_ASSIGN(std::vector<TypeGuess> guesses,
             survey(plan, whole ? UINT64_MAX : sample_bytes_max / 4, sample_threads));
  for (int reading = 1;; ++reading) {
    for (std::size_t i = 0; i < guesses.size(); ++i) {
      if (!plan.forced[i]) plan.types[i] = guesses[i].type();
    }
    TRY_ASSIGN(std::optional<Table> table, write_once(plan, engine));
    if (table) {
      const std::string& delimiter = plan.layout.grammar.delimiter;
      table->delimiter = delimiter.empty() ? ' ' : delimiter.front();
      for (std::size_t i = 0; i < guesses.size(); ++i) {
        table->columns.push_back({plan.layout.headers[i], sql_of(plan.types[i]),
                                  plan.forced[i] ? "given by the sender" : guesses[i].reason()});
      }
      return std::move(*table);
    }
    if (reading == 2) {
      return fail(Errc::internal, Code::types_unsettled,
                  "A cell does not have the type that all cells were found to have.",
                  "This is a defect of Sluice: please report it with the file.");
    }
    TRY_ASSIGN(guesses, survey(plan, UINT64_MAX, request.threads));
  }
}

}  // namespace sluice::ingest
