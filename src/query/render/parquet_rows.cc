#include "query/render/parquet_rows.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "duckdb/arrow_abi.h"
#include "query/protocol/wire.h"
#include "query/render/parquet_abi.h"
#include "query/render/row_writer.h"
#include "query/worker/sql_errors.h"

namespace sluice::query {
namespace {

constexpr const char* cast_remedy = "CAST it to VARCHAR.";

/// What a column goes through before DuckDB makes Arrow of it.
enum class Step {
  keep,
  text,          ///< Arrow or Parquet has no such type, or readers cut it.
  milliseconds,  ///< Parquet has no seconds.
  refused
};

Step step_of(const duckdb::CellType& type) {
  switch (type.id) {
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_INTERVAL:
    case DUCKDB_TYPE_TIME_TZ:
    case DUCKDB_TYPE_TIME_NS:  // DuckDB itself reads Parquet's nanoseconds as microseconds.
    case DUCKDB_TYPE_BIT:
      return Step::text;
    case DUCKDB_TYPE_TIMESTAMP_S:
      return Step::milliseconds;
    case DUCKDB_TYPE_UNION:
      return Step::refused;
    default:
      break;
  }
  const bool is_kept =
      std::all_of(type.children.begin(), type.children.end(),
                  [](const duckdb::CellType& inner) { return step_of(inner) == Step::keep; });
  return is_kept ? Step::keep : Step::refused;
}

class LogicalTypes {
 public:
  LogicalTypes() = default;
  LogicalTypes(const LogicalTypes&) = delete;
  LogicalTypes& operator=(const LogicalTypes&) = delete;
  ~LogicalTypes() {
    for (duckdb_logical_type& type : types_) duckdb_destroy_logical_type(&type);
  }
  void add(duckdb_logical_type type) { types_.push_back(type); }
  duckdb_logical_type* data() { return types_.data(); }
  std::size_t size() const { return types_.size(); }

 private:
  std::vector<duckdb_logical_type> types_;
};

Error memory_error() {
  return query_error(Code::query_memory, "The query needs more memory than it may use.",
                     "Select fewer columns or rows, or substring() of the long ones.");
}

/// Takes the error, whose message is JSON here, or text.
Result<void> checked(duckdb_error_data error) {
  if (error == nullptr || !duckdb_error_data_has_error(error)) {
    duckdb_destroy_error_data(&error);
    return {};
  }
  std::string message = scrubbed(duckdb_error_data_message(error));
  duckdb_destroy_error_data(&error);
  for (const char* sign : {"Out of Memory", "failed to allocate", "bad_alloc"}) {
    if (message.find(sign) != std::string::npos) return fail(memory_error());
  }
  boost::system::error_code not_json;
  const boost::json::value parsed = boost::json::parse(message, not_json);
  if (const boost::json::object* object = not_json ? nullptr : parsed.if_object()) {
    const boost::json::value* text = object->if_contains("exception_message");
    if (text != nullptr && text->is_string()) message = std::string(text->get_string());
  }
  return fail(query_error(Code::query_failed, message, cast_remedy));
}

tl::unexpected<Error> fail_with(const SluiceParquetError& error) {
  const std::string message = error.message;
  switch (error.code) {
    case SLUICE_PARQUET_TYPE:
      return fail(query_error(Code::query_failed,
                              "The answer cannot be written as Parquet: " + message + ".",
                              "CAST nested and rare types to VARCHAR, or ask for another format."));
    case SLUICE_PARQUET_VALUE:
      return fail(query_error(Code::query_failed, message + ", which Parquet has no number for.",
                              cast_remedy));
    case SLUICE_PARQUET_STOPPED:
      return fail(query_error(Code::query_cancelled, "Nobody takes the answer."));
    default:
      return fail(query_error(Code::query_internal, "Parquet was not written: " + message + "."));
  }
}

void write_text(const duckdb::CellVector& from, duckdb_vector to, idx_t count) {
  std::string cell;
  for (idx_t row = 0; row < count; ++row) {
    cell.clear();
    from.append_json(cell, row);
    if (cell == "null") {
      duckdb_vector_ensure_validity_writable(to);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(to), row);
      continue;
    }
    std::string_view text = cell;
    // None of these types has a letter that JSON escapes.
    if (text.front() == '"') text = text.substr(1, text.size() - 2);
    duckdb_unsafe_vector_assign_string_element_len(to, row, text.data(), text.size());
  }
}

Result<void> write_milliseconds(duckdb_vector from, duckdb_vector to, idx_t count) {
  constexpr std::int64_t infinity = std::numeric_limits<std::int64_t>::max();
  const auto* seconds = static_cast<const std::int64_t*>(duckdb_vector_get_data(from));
  auto* milliseconds = static_cast<std::int64_t*>(duckdb_vector_get_data(to));
  std::uint64_t* validity = duckdb_vector_get_validity(from);
  for (idx_t row = 0; row < count; ++row) {
    if (!duckdb_validity_row_is_valid(validity, row)) {
      duckdb_vector_ensure_validity_writable(to);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(to), row);
    } else if (seconds[row] == infinity || seconds[row] == -infinity) {
      milliseconds[row] = seconds[row];
    } else if (__builtin_mul_overflow(seconds[row], std::int64_t{1000}, &milliseconds[row])) {
      return fail(query_error(Code::query_failed, "A TIMESTAMP_S is beyond what Parquet can hold.",
                              cast_remedy));
    }
  }
  return {};
}

/// Hands bytes on in pieces, without a copy where they are many.
class Output {
 public:
  explicit Output(AnswerSink& sink) : sink_(sink) { begun_.reserve(piece_bytes); }

  /// The callback of parquet_abi.h. Never allocates.
  static int take(void* context, const std::uint8_t* bytes, std::size_t count) noexcept {
    return static_cast<Output*>(context)->add({reinterpret_cast<const char*>(bytes), count}) ? 0
                                                                                             : 1;
  }
  bool flush() {
    const bool taken = begun_.empty() || sink_.rows(begun_);
    begun_.clear();
    return taken;
  }

 private:
  bool add(std::string_view bytes) {
    if (begun_.size() + bytes.size() <= piece_bytes) {
      begun_ += bytes;
      return true;
    }
    if (!flush()) return false;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), piece_bytes))) {
      if (!sink_.rows(bytes.substr(0, piece_bytes))) return false;
    }
    return true;
  }

  AnswerSink& sink_;
  std::string begun_;
};

}  // namespace

struct ParquetRows::State {
  State(AnswerSink& sink, const std::vector<duckdb::CellType>& cell_types)
      : output(sink), types(cell_types) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    sluice_parquet_close(writer);
    duckdb_destroy_arrow_options(&options);
    duckdb_destroy_data_chunk(&changed);
  }

  /// `chunk`, or `changed` with its columns as their steps leave them.
  Result<duckdb_data_chunk> stepped(duckdb_data_chunk chunk);

  Output output;
  const std::vector<duckdb::CellType>& types;
  std::vector<Step> steps;
  duckdb_arrow_options options = nullptr;
  duckdb_data_chunk changed = nullptr;  ///< Only where a step is not `keep`.
  SluiceParquetWriter* writer = nullptr;
};

Result<duckdb_data_chunk> ParquetRows::State::stepped(duckdb_data_chunk chunk) {
  if (changed == nullptr) return chunk;
  const idx_t count = duckdb_data_chunk_get_size(chunk);
  duckdb_data_chunk_reset(changed);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    duckdb_vector from = duckdb_data_chunk_get_vector(chunk, i);
    duckdb_vector to = duckdb_data_chunk_get_vector(changed, i);
    if (steps[i] == Step::text) {
      write_text(duckdb::CellVector(types[i], from), to, count);
    } else if (steps[i] == Step::milliseconds) {
      TRY(write_milliseconds(from, to, count));
    } else {
      duckdb_vector_reference_vector(to, from);
    }
  }
  duckdb_data_chunk_set_size(changed, count);
  return changed;
}

ParquetRows::ParquetRows(std::unique_ptr<State> state) : state_(std::move(state)) {}
ParquetRows::ParquetRows(ParquetRows&&) noexcept = default;
ParquetRows::~ParquetRows() = default;

Result<ParquetRows> ParquetRows::open(duckdb_result& result,
                                      const std::vector<AnswerColumn>& columns,
                                      const std::vector<duckdb::CellType>& types,
                                      AnswerSink& sink) {
  auto state = std::make_unique<State>(sink, types);
  LogicalTypes written;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Step step = step_of(types[i]);
    state->steps.push_back(step);
    switch (step) {
      case Step::refused:
        return fail(query_error(Code::query_failed,
                                "The column " + columns[i].name + " has the type " +
                                    columns[i].type + ", which Parquet does not hold exactly.",
                                cast_remedy));
      case Step::text:
        written.add(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
        break;
      case Step::milliseconds:
        written.add(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP_MS));
        break;
      case Step::keep:
        written.add(duckdb_column_logical_type(&result, i));
    }
  }
  const auto is_kept = [](Step step) { return step == Step::keep; };
  if (!std::all_of(state->steps.begin(), state->steps.end(), is_kept)) {
    state->changed = duckdb_create_data_chunk(written.data(), written.size());
  }
  const std::vector<std::string> names = unique_names(columns);
  std::vector<const char*> raw_names;
  for (const std::string& name : names) raw_names.push_back(name.c_str());
  state->options = duckdb_result_get_arrow_options(&result);
  ArrowSchema schema{};
  TRY(checked(duckdb_to_arrow_schema(state->options, written.data(), raw_names.data(),
                                     written.size(), &schema)));
  SluiceParquetError error{};
  if (sluice_parquet_open(&schema, &Output::take, &state->output, &state->writer, &error) != 0) {
    return fail_with(error);
  }
  return ParquetRows(std::move(state));
}

Result<void> ParquetRows::append(duckdb_data_chunk chunk) {
  TRY_ASSIGN(duckdb_data_chunk rows, state_->stepped(chunk));
  ArrowArray array{};
  TRY(checked(duckdb_data_chunk_to_arrow(state_->options, rows, &array)));
  SluiceParquetError error{};
  if (sluice_parquet_append(state_->writer, &array, &error) != 0) return fail_with(error);
  return {};
}

std::uint64_t ParquetRows::bytes() const { return sluice_parquet_bytes(state_->writer); }

Result<void> ParquetRows::finish(const AnswerTail& tail) {
  const std::string row_count = std::to_string(tail.row_count);
  const SluiceParquetNote notes[] = {{"sluice.row_count", row_count.c_str()},
                                     {"sluice.truncated", tail.truncated ? "true" : "false"}};
  SluiceParquetError error{};
  if (sluice_parquet_finish(state_->writer, notes, std::size(notes), &error) != 0) {
    return fail_with(error);
  }
  if (!state_->output.flush()) {
    return fail(query_error(Code::query_cancelled, "Nobody takes the answer."));
  }
  return {};
}

}  // namespace sluice::query
