#include "api/queries/query_body.h"

#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/error_codes.h"
#include "api/request_limits.h"
#include "query/protocol/parameters.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

tl::unexpected<Error> bad_body(std::string detail) {
  return fail(Errc::invalid_argument, Code::bad_query_body, std::move(detail),
              "{\"sql\": \"…\"}, and as wanted parameters, limit and timeout_ms.");
}

/// Behind its request a query may take longer than somebody waits.
constexpr std::chrono::milliseconds async_time_max = std::chrono::hours(1);

/// What was asked for, before the format's own bounds.
struct Asked {
  std::string sql;
  std::vector<query::Parameter> parameters;
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::string> format;
  std::optional<std::string> formulas;
};

Result<query::Format> format_of(const Asked& asked, const http::Request& request) {
  const std::string* in_url = request.query_parameter("format");
  std::optional<std::string> named = asked.format;
  if (!named && in_url != nullptr) named = *in_url;
  if (named == "json") return query::Format::json;
  if (named == "ndjson") return query::Format::ndjson;
  if (named == "csv") return query::Format::csv;
  if (named == "parquet") return query::Format::parquet;
  if (named) return bad_body("format is none of json, ndjson, csv and parquet.");
  const std::string_view accept = request.headers.get("Accept");
  if (accept.find("application/json") != std::string_view::npos) return query::Format::json;
  if (accept.find("application/x-ndjson") != std::string_view::npos) return query::Format::ndjson;
  if (accept.find("text/csv") != std::string_view::npos) return query::Format::csv;
  if (accept.find("application/vnd.apache.parquet") != std::string_view::npos) {
    return query::Format::parquet;
  }
  return query::Format::json;
}

Result<bool> is_async(const http::Request& request) {
  const std::string* mode = request.query_parameter("mode");
  if (mode == nullptr || *mode == "sync") return false;
  if (*mode == "async" && request.method == "POST") return true;
  return bad_body("mode is sync, or with POST async.");
}

Result<AskedQuery> bounded(Asked asked, const http::Request& request) {
  AskedQuery query;
  TRY_ASSIGN(query.is_async, is_async(request));
  query::QueryRequest& wanted = query.request;
  wanted.sql = std::move(asked.sql);
  wanted.parameters = std::move(asked.parameters);
  TRY_ASSIGN(wanted.format, format_of(asked, request));
  if (asked.formulas && asked.formulas != "escaped" && asked.formulas != "raw") {
    return bad_body("formulas is neither escaped nor raw.");
  }
  wanted.formulas_as_they_are = asked.formulas == "raw";
  // Rows go out as they come, so that only time and what was asked for bound them.
  wanted.row_limit_max = std::numeric_limits<std::int64_t>::max();
  if (wanted.format != query::Format::json || query.is_async)
    wanted.row_limit = wanted.row_limit_max;
  wanted.result_bytes_max = std::numeric_limits<std::size_t>::max();
  if (asked.limit) {
    if (*asked.limit < 1) return bad_body("limit is not at least 1.");
    wanted.row_limit = *asked.limit;
    wanted.row_limit_max = *asked.limit;
  }
  if (query.is_async) wanted.deadline = async_time_max;
  const std::int64_t most_ms = wanted.deadline.count();
  if (asked.timeout_ms) {
    if (*asked.timeout_ms < 1 || *asked.timeout_ms > most_ms) {
      return bad_body("timeout_ms is not between 1 and " + std::to_string(most_ms) + ".");
    }
    wanted.deadline = std::chrono::milliseconds(*asked.timeout_ms);
  }
  return query;
}

Result<void> set_field(Asked& asked, std::string_view name, const json::value& value) {
  const auto text = [&value] { return std::string(value.get_string()); };
  if (name == "sql" && value.is_string()) {
    asked.sql = text();
  } else if (name == "parameters") {
    TRY_ASSIGN(asked.parameters, query::parameters_from_json(value));
  } else if (name == "limit" && value.is_int64()) {
    asked.limit = value.get_int64();
  } else if (name == "timeout_ms" && value.is_int64()) {
    asked.timeout_ms = value.get_int64();
  } else if (name == "format" && value.is_string()) {
    asked.format = text();
  } else if (name == "formulas" && value.is_string()) {
    asked.formulas = text();
  } else {
    const std::set<std::string_view> known = {"sql", "limit", "timeout_ms", "format", "formulas"};
    return bad_body("The field " + std::string(name) +
                    (known.contains(name) ? " is not of the right type." : " is not known."));
  }
  return {};
}

Result<std::int64_t> whole_number(std::string_view name, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad == std::errc() && end == text.data() + text.size()) return value;
  return bad_body(std::string(name) + " is not a whole number.");
}

}  // namespace

Result<AskedQuery> query_of_body(http::Request& request) {
  TRY_ASSIGN(const std::string body, request.body().read_all(query_body_bytes_max));
  boost::system::error_code code;
  json::parse_options options;
  options.max_depth = 4;
  const json::value parsed = json::parse(body, code, {}, options);
  const json::object* object = code ? nullptr : parsed.if_object();
  if (object == nullptr) return bad_body("The body is not a JSON object.");
  if (!object->contains("sql")) return bad_body("The field sql is missing.");
  Asked asked;
  for (const auto& [name, value] : *object) {
    TRY(set_field(asked, std::string_view(name.data(), name.size()), value));
  }
  if (asked.sql.empty()) {
    return fail(Errc::invalid_argument, Code::sql_missing, "The field sql is empty.",
                "For example {\"sql\": \"SELECT count(*) FROM dataset\"}");
  }
  return bounded(std::move(asked), request);
}

Result<AskedQuery> query_of_url(const http::Request& request) {
  const std::string* sql = request.query_parameter("sql");
  if (sql == nullptr || sql->empty()) {
    return fail(Errc::invalid_argument, Code::sql_missing, "There is no query parameter sql.",
                "For example ?sql=SELECT%20count(*)%20FROM%20dataset");
  }
  Asked asked;
  asked.sql = *sql;
  if (const std::string* limit = request.query_parameter("limit")) {
    TRY_ASSIGN(asked.limit, whole_number("limit", *limit));
  }
  if (const std::string* timeout = request.query_parameter("timeout_ms")) {
    TRY_ASSIGN(asked.timeout_ms, whole_number("timeout_ms", *timeout));
  }
  if (const std::string* formulas = request.query_parameter("formulas")) {
    asked.formulas = *formulas;
  }
  return bounded(std::move(asked), request);
}

}  // namespace sluice::api
