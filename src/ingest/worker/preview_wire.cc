#include "ingest/worker/preview_wire.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "ingest/error_codes.h"
#include "ingest/source_limits.h"
#include "sandbox/job.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

constexpr std::string_view preview_mark = "preview ";

json::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

/// JSON that a worker made becomes part of an answer as it is, digits and all: it has to be one
/// value, and of the right shape.
json::array parsed_array(const std::string& text) {
  json::parse_options options;
  options.max_depth = json_depth_max + 2;
  if (text.size() > preview_json_bytes_max + 2) throw std::length_error("a preview without end");
  return json::parse(view_of(text), {}, options).as_array();
}

bool are_rows(const json::array& rows, std::size_t width) {
  return std::ranges::all_of(rows, [width](const json::value& row) {
    return row.is_array() && row.as_array().size() == width;
  });
}

bool are_rejects(const json::array& rejects) {
  return std::ranges::all_of(rejects, [](const json::value& reject) {
    if (!reject.is_object() || reject.as_object().size() != 4) return false;
    const json::object& fields = reject.as_object();
    const auto is_text = [&fields](const char* name) {
      const json::value* field = fields.if_contains(name);
      return field != nullptr && field->is_string();
    };
    return fields.contains("line") && fields.at("line").is_int64() && is_text("reason") &&
           is_text("detail") && is_text("raw");
  });
}

json::object error_json(const Error& error) {
  return {{"code", error.code.text()}, {"detail", error.detail}, {"remedy", error.remedy}};
}

/// The one error with which a preview says that an ingest would be refused.
Error error_of(const json::value& value) {
  Error error{Errc::unprocessable, ErrorCode::from_outside(text_of(value.at("code"))),
              text_of(value.at("detail")), text_of(value.at("remedy"))};
  if (error.code != Code::rejects_too_many ||
      error.detail.size() + error.remedy.size() > column_name_bytes_max) {
    throw std::invalid_argument("another error");
  }
  return error;
}

}  // namespace

std::string encode(const PreviewOrder& order) {
  return std::string(preview_mark) + std::to_string(order.rows_max) + " " +
         std::to_string(order.rejects_max) + " " + encode(order.ingest);
}

bool is_preview_order(std::string_view text) { return text.starts_with(preview_mark); }

PreviewOrder decode_preview_order(std::string_view text) {
  PreviewOrder order;
  text.remove_prefix(preview_mark.size());
  for (std::int64_t* number : {&order.rows_max, &order.rejects_max}) {
    const std::size_t blank = text.find(' ');
    *number = std::stoll(std::string(text.substr(0, blank)));
    text.remove_prefix(blank + 1);
  }
  order.ingest = decode_ingest_order(text);
  return order;
}

std::string encode(const Preview& preview) {
  json::object out{{"ingested", encode(IngestedRecords{{}, {}, preview.ingested})},
                   {"rows", preview.rows_json},
                   {"rejects", preview.rejects_json}};
  if (preview.refusal) out["refusal"] = error_json(*preview.refusal);
  return json::serialize(out);
}

Result<Preview> decode_preview(std::string_view text, const PreviewOrder& order) {
  Preview preview;
  try {
    const json::value parsed = json::parse(view_of(text));
    TRY_ASSIGN(IngestedRecords records, decode_ingested(text_of(parsed.at("ingested"))));
    preview.ingested = std::move(records.ingested);
    preview.rows_json = text_of(parsed.at("rows"));
    preview.rejects_json = text_of(parsed.at("rejects"));
    const json::array rows = parsed_array(preview.rows_json);
    const json::array rejects = parsed_array(preview.rejects_json);
    preview.rows = static_cast<std::int64_t>(rows.size());
    if (preview.rows > std::min(order.rows_max, preview.ingested.row_count) ||
        static_cast<std::int64_t>(rejects.size()) >
            std::min(order.rejects_max, preview.ingested.rows_rejected) ||
        !are_rows(rows, preview.ingested.columns.size()) || !are_rejects(rejects)) {
      return fail(sandbox::broken_answer());
    }
    if (const json::value* refusal = parsed.as_object().if_contains("refusal")) {
      preview.refusal = error_of(*refusal);
    }
  } catch (const std::exception&) {
    return fail(sandbox::broken_answer());
  }
  return preview;
}

}  // namespace sluice::ingest
