#include "ingest/worker/job_wire.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "base/ascii.h"
#include "base/utf8.h"
#include "ingest/source_limits.h"
#include "ingest/structure/structure_decision_forms.h"
#include "lakehouse/local/delta_schema.h"
#include "lakehouse/medallion/number_format.h"
#include "lakehouse/medallion/word_pair_look.h"
#include "sandbox/job.h"
#include "wire/dataset_forms.h"
#include "wire/json.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;
using lakehouse::medallion::Plan;
using lakehouse::medallion::SilverColumn;
using lakehouse::medallion::Transform;

constexpr std::string_view ingest_mark = "ingest ";
constexpr std::string_view profile_mark = "profile ";
constexpr std::array<Format, 6> formats = {Format::csv,     Format::json,  Format::ndjson,
                                           Format::records, Format::excel, Format::parquet};
/// Names are bounded so.
constexpr std::size_t text_bytes_max = column_name_bytes_max;
/// Of notes and reasons, which are sentences, some with a cell in them.
constexpr std::size_t sentence_bytes_max = 2048;
constexpr std::size_t notes_max = 1000;
constexpr std::size_t null_tokens_max = 200;

json::value parsed_after(std::string_view mark, std::string_view text) {
  text.remove_prefix(mark.size());
  return json::parse(json::string_view(text.data(), text.size()));
}

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

bool is_plain(const std::string& text, std::size_t bytes_max = text_bytes_max) {
  return text.size() <= bytes_max && text.find('\0') == std::string::npos && is_utf8(text);
}

/// Types become part of SQL: they are what the lakehouse has, to the letter.
bool have_types(const std::vector<Column>& columns) {
  return lakehouse::delta_schema(columns, false).has_value();
}

bool are_columns(const std::vector<Column>& columns) {
  std::set<std::string> names;
  for (const Column& column : columns) {
    if (!is_plain(column.name) || column.name.empty() || !is_plain(column.original) ||
        !is_plain(column.reason, sentence_bytes_max) || !names.insert(column.name).second) {
      return false;
    }
  }
  return !columns.empty() && columns.size() <= columns_max && have_types(columns);
}

/// What a transform may be told of how cells are written.
bool is_format(const SilverColumn& column) {
  const std::string& format = column.format;
  if (!is_plain(format, 64)) return false;
  if (column.transform == Transform::number_format) {
    const auto known = lakehouse::medallion::number_format_of(format);
    return known && lakehouse::medallion::model_of(*known) == format;
  }
  if (column.transform == Transform::word_pair) {
    return lakehouse::medallion::word_pair_of(format).has_value();
  }
  return std::all_of(format.begin(), format.end(), [](char c) {
    return is_alpha(c) || std::string_view(" %-/.:,").find(c) != std::string_view::npos;
  });
}

/// A plan becomes SQL in two dialects.
bool is_plan(const Plan& plan, const std::vector<Column>& columns) {
  if (plan.columns.size() > columns.size()) return false;
  std::set<std::string> names;
  for (const Column& column : columns) names.insert(column.name);
  std::vector<Column> types;
  for (const SilverColumn& column : plan.columns) {
    const bool good_tokens =
        column.null_tokens.size() <= null_tokens_max &&
        std::all_of(column.null_tokens.begin(), column.null_tokens.end(),
                    [](const std::string& token) { return is_plain(token, null_token_bytes_max); });
    if (!is_format(column) || !good_tokens || !names.contains(column.source) ||
        column.name.empty() || !is_plain(column.name) ||
        !is_plain(column.reason, sentence_bytes_max)) {
      return false;
    }
    types.push_back({column.name, column.name, column.type, ""});
  }
  return have_types(types);
}

bool is_sound(const Ingested& done) {
  const bool known_format = std::any_of(formats.begin(), formats.end(), [&](Format format) {
    return name_of(format) == done.source_format;
  });
  return known_format && done.row_count >= 0 && done.rows_rejected >= 0 &&
         done.row_count <= INT64_MAX - done.rows_rejected &&
         done.rows_read == done.row_count + done.rows_rejected && is_plain(done.encoding, 64) &&
         is_plain(done.compression, 16) && done.notes.size() <= notes_max &&
         std::all_of(done.notes.begin(), done.notes.end(),
                     [](const std::string& note) { return is_plain(note, sentence_bytes_max); }) &&
         is_sound(done.decision) && are_columns(done.columns) && is_plan(done.plan, done.columns);
}

}  // namespace

std::string encode(const IngestOrder& order) {
  json::object out{{"records", order.records},
                   {"options", json::parse(to_json(order.options))},
                   {"is_beginning", order.is_beginning},
                   {"arriving", order.arriving},
                   {"free", order.disk_free_bytes_min},
                   {"memory", order.memory_bytes},
                   {"threads", order.threads}};
  if (order.packed_from) out["packed_from"] = *order.packed_from;
  if (order.text_bytes_max) out["text_bytes_max"] = *order.text_bytes_max;
  if (order.hint) out["hint"] = static_cast<int>(*order.hint);
  return std::string(ingest_mark) + json::serialize(out);
}

bool is_ingest_order(std::string_view text) { return text.starts_with(ingest_mark); }

IngestOrder decode_ingest_order(std::string_view text) {
  const json::value parsed = parsed_after(ingest_mark, text);
  IngestOrder order;
  order.records = parsed.at("records").as_bool();
  order.options = options_from_json(json::serialize(parsed.at("options"))).value();
  order.is_beginning = parsed.at("is_beginning").as_bool();
  order.arriving = parsed.at("arriving").as_bool();
  order.disk_free_bytes_min = parsed.at("free").to_number<std::uint64_t>();
  order.memory_bytes = parsed.at("memory").to_number<std::uint64_t>();
  order.threads = parsed.at("threads").to_number<int>();
  const json::object& fields = parsed.as_object();
  if (fields.contains("packed_from")) {
    order.packed_from = parsed.at("packed_from").to_number<std::uint64_t>();
  }
  if (fields.contains("text_bytes_max")) {
    order.text_bytes_max = parsed.at("text_bytes_max").to_number<std::uint64_t>();
  }
  if (fields.contains("hint")) {
    order.hint = static_cast<Format>(parsed.at("hint").to_number<int>());
  }
  return order;
}

std::string encode(const ProfileOrder& order) {
  return std::string(profile_mark) + std::to_string(order.memory_bytes) + " " +
         wire::to_text(order.columns);
}

ProfileOrder decode_profile_order(std::string_view text) {
  text.remove_prefix(profile_mark.size());
  const std::size_t blank = text.find(' ');
  return {wire::from_stored_text<std::vector<Column>>(text.substr(blank + 1)).value(),
          std::stoull(std::string(text.substr(0, blank)))};
}

std::string encode(const Arrival::State& state) {
  return json::serialize(json::object{
      {"bytes", state.bytes}, {"complete", state.complete}, {"broken", state.is_broken}});
}

Arrival::State decode_arrival(std::string_view text) {
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
  return {parsed.at("bytes").to_number<std::uint64_t>(), parsed.at("complete").as_bool(),
          parsed.at("broken").as_bool()};
}

std::string encode_progress(std::int64_t bytes_read, std::int64_t rows_read) {
  return std::to_string(bytes_read) + " " + std::to_string(rows_read);
}

void decode_progress(std::string_view text, IngestProgress& progress) {
  long long bytes = 0;
  long long rows = 0;
  if (std::sscanf(std::string(text).c_str(), "%lld %lld", &bytes, &rows) != 2) return;
  progress.bytes_read = std::max(0LL, bytes);
  progress.rows_read = std::max(0LL, rows);
}

std::string encode(const IngestedRecords& done) {
  const Ingested& ingested = done.ingested;
  return json::serialize(
      json::object{{"name", done.name},
                   {"description", done.description},
                   {"columns", wire::to_json(ingested.columns)},
                   {"row_count", ingested.row_count},
                   {"rows_rejected", ingested.rows_rejected},
                   {"rows_read", ingested.rows_read},
                   {"source_format", ingested.source_format},
                   {"encoding", ingested.encoding},
                   {"plan", lakehouse::medallion::to_json(ingested.plan)},
                   {"compression", ingested.compression},
                   {"is_beginning", ingested.is_beginning},
                   {"decision", wire::to_json(ingested.decision)},
                   {"notes", json::array(ingested.notes.begin(), ingested.notes.end())}});
}

Result<IngestedRecords> decode_ingested(std::string_view text) {
  IngestedRecords done;
  Ingested& ingested = done.ingested;
  try {
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()));
    done.name = text_of(parsed.at("name"));
    done.description = text_of(parsed.at("description"));
    const Result<std::vector<Column>> columns =
        wire::from_json<std::vector<Column>>(parsed.at("columns"));
    const Result<Plan> plan = lakehouse::medallion::plan_from_json(text_of(parsed.at("plan")));
    const Result<StructureDecision> decision =
        wire::from_json<StructureDecision>(parsed.at("decision"));
    if (!columns || !plan || !decision) return fail(sandbox::broken_answer());
    ingested.decision = *decision;
    ingested.columns = *columns;
    ingested.plan = *plan;
    ingested.row_count = parsed.at("row_count").to_number<std::int64_t>();
    ingested.rows_rejected = parsed.at("rows_rejected").to_number<std::int64_t>();
    ingested.rows_read = parsed.at("rows_read").to_number<std::int64_t>();
    ingested.source_format = text_of(parsed.at("source_format"));
    ingested.encoding = text_of(parsed.at("encoding"));
    ingested.compression = text_of(parsed.at("compression"));
    ingested.is_beginning = parsed.at("is_beginning").as_bool();
    ingested.notes = json::value_to<std::vector<std::string>>(parsed.at("notes"));
  } catch (const std::exception&) {
    return fail(sandbox::broken_answer());
  }
  if (!is_sound(ingested)) return fail(sandbox::broken_answer());
  return done;
}

}  // namespace sluice::ingest
