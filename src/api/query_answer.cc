#include "api/query_answer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::api {
namespace {

/// So much is answered with its length; more goes as a stream.
constexpr std::size_t whole_bytes_max = 256UL << 10U;
/// The engine's time for what is still to come of a large answer.
constexpr std::chrono::hours export_time_max{1};

/// What is still to be sent of an answer that has begun.
struct Rest {
  query::QueryStream stream;
  std::string begun;
  bool is_json = true;
  std::shared_ptr<Slot> slot = nullptr;

  /// Appends the next rows; false when there are none any more.
  Result<bool> read(std::string& out) {
    TRY_ASSIGN(const std::optional<std::string> rows, stream.next());
    if (rows) {
      out += *rows;
    } else if (is_json) {
      out += query::answer_json_end(stream.tail());
    }
    return rows.has_value();
  }

  Result<void> send(http::BodyWriter& out) {
    for (bool more = true; more;) {
      TRY(out.write(begun));
      begun.clear();
      TRY_ASSIGN(more, read(begun));
    }
    return out.write(begun);
  }
};

const char* content_type_of(query::Format format) {
  switch (format) {
    case query::Format::json:
      return "application/json";
    case query::Format::ndjson:
      return "application/x-ndjson";
    case query::Format::parquet:
      return "application/vnd.apache.parquet";
    case query::Format::csv:
      break;
  }
  return "text/csv; charset=utf-8; header=present";
}

}  // namespace

Result<http::Response> answer_query(Context& context, const http::Request& request,
                                    const query::QueryRequest& wanted) {
  TRY_ASSIGN(query::QueryStream stream, context.queries.open(wanted, request.stop_token));
  auto rest = std::make_shared<Rest>(Rest{std::move(stream), {}, true});
  rest->is_json = wanted.format == query::Format::json;
  if (rest->is_json) rest->begun = query::answer_json_begin(rest->stream.columns());
  bool more = true;
  while (more && rest->begun.size() < whole_bytes_max) {
    TRY_ASSIGN(more, rest->read(rest->begun));
  }
  http::Response response;
  response.headers.set("Content-Type", content_type_of(wanted.format));
  if (!more) {
    response.body = std::move(rest->begun);
    return response;
  }
  std::optional<Slot> slot = Slot::take(context.export_slots);
  if (!slot) {
    return fail(Errc::resource_exhausted, "exports_busy",
                "Other large answers are being sent (exports_max, " + std::to_string(exports_max) +
                    ").",
                "Try again in a moment, or ask for less than " +
                    std::to_string(whole_bytes_max >> 10U) + " KiB.");
  }
  rest->slot = std::make_shared<Slot>(std::move(*slot));
  rest->stream.allow(export_time_max);
  response.body = [rest](http::BodyWriter& out) { return rest->send(out); };
  return response;
}

}  // namespace sluice::api
