// What a query is asked with, read from requests made here: no server, no SQL runs.
#include "api/queries/query_body.h"

#include <gtest/gtest.h>

#include <limits>

#include "api/request_limits.h"

namespace sluice::api {
namespace {

constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

http::Request posted(const std::string& body, const std::string& query = {},
                     const std::string& accept = {}) {
  http::Request request;
  request.method = "POST";
  request.set_body(std::make_shared<http::StringBody>(body));
  if (const std::size_t sign = query.find('='); sign != std::string::npos) {
    request.query = {{query.substr(0, sign), query.substr(sign + 1)}};
  }
  if (!accept.empty()) request.headers.set("Accept", accept);
  return request;
}

Result<AskedQuery> asked(const std::string& body, const std::string& query = {},
                         const std::string& accept = {}) {
  http::Request request = posted(body, query, accept);
  return query_of_body(request);
}

std::string refusal(const std::string& body, const std::string& query = {}) {
  const Result<AskedQuery> result = asked(body, query);
  return result ? "taken" : result.error().code.text() + ": " + result.error().detail;
}

TEST(QueryBody, TimeAndRowsAreBoundedByTheFormatAndTheWord) {
  const query::QueryRequest plain = asked(R"({"sql":"SELECT 1"})")->request;
  EXPECT_EQ(plain.sql, "SELECT 1");
  EXPECT_EQ(plain.row_limit, query::rows_default);
  EXPECT_EQ(plain.row_limit_max, unbounded) << "with a LIMIT of its own";
  EXPECT_EQ(plain.deadline, std::chrono::seconds(30));
  EXPECT_FALSE(plain.formulas_as_they_are);
  const query::QueryRequest limited =
      asked(R"({"sql":"SELECT 1","limit":7,"timeout_ms":1,"formulas":"raw"})")->request;
  EXPECT_EQ(limited.row_limit, 7);
  EXPECT_EQ(limited.row_limit_max, 7) << "even with a LIMIT of its own";
  EXPECT_EQ(limited.deadline, std::chrono::milliseconds(1));
  EXPECT_TRUE(limited.formulas_as_they_are);
  EXPECT_EQ(asked(R"({"sql":"x","format":"csv"})")->request.row_limit, unbounded);
  const Result<AskedQuery> behind = asked(R"({"sql":"x","timeout_ms":3600000})", "mode=async");
  ASSERT_TRUE(behind);
  EXPECT_TRUE(behind->is_async);
  EXPECT_EQ(behind->request.row_limit, unbounded);
  EXPECT_EQ(behind->request.deadline, std::chrono::hours(1));
}

TEST(QueryBody, EachFieldThatIsWrongIsNamed) {
  const std::pair<const char*, const char*> bodies[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {R"({"sql":"SELECT 1")", "not a JSON object"},
      {R"({"sql":"SELECT 1"} x)", "not a JSON object"},
      {R"({})", "sql is missing"},
      {R"({"sql":1})", "sql is not of the right type"},
      {R"({"sql":null})", "sql is not of the right type"},
      {R"({"sql":"x","limit":0})", "limit is not at least 1"},
      {R"({"sql":"x","limit":-1})", "limit is not at least 1"},
      {R"({"sql":"x","limit":1.5})", "limit is not of the right type"},
      {R"({"sql":"x","limit":"7"})", "limit is not of the right type"},
      {R"({"sql":"x","limit":9223372036854775808})", "limit is not of the right type"},
      {R"({"sql":"x","timeout_ms":0})", "between 1 and 30000"},
      {R"({"sql":"x","timeout_ms":30001})", "between 1 and 30000"},
      {R"({"sql":"x","format":"xml"})", "format is none of"},
      {R"({"sql":"x","format":["csv"]})", "format is not of the right type"},
      {R"({"sql":"x","formulas":"no"})", "neither escaped nor raw"},
      {R"({"sql":"x","SQL":""})", "SQL is not known"},
      {R"({"sql":"x","a\nb":""})", "is not known"},
  };
  for (const auto& [body, says] : bodies) {
    const std::string refused = refusal(body);
    EXPECT_TRUE(refused.starts_with("bad_query_body: ")) << body << refused;
    EXPECT_NE(refused.find(says), std::string::npos) << body << ": " << refused;
  }
  EXPECT_NE(refusal(R"({"sql":"x","timeout_ms":3600001})", "mode=async").find("3600000"),
            std::string::npos);
  EXPECT_TRUE(refusal(R"({"sql":""})").starts_with("sql_missing"));
  EXPECT_TRUE(refusal(R"({"sql":"x"})", "format=").starts_with("bad_query_body"));
  EXPECT_NE(refusal(R"({"sql":"x"})", "mode=later").find("mode is"), std::string::npos);
  EXPECT_TRUE(refusal(R"({"sql":"x","parameters":{"a":[1]}})").starts_with("query_parameters"));
  EXPECT_NE(refusal(R"({"sql":"x","parameters":[[[[[1]]]]]})"), "taken") << "deep JSON is not read";
}

TEST(QueryBody, IsNoLongerThanSaid) {
  const std::string frame = R"({"sql":""})";
  const std::string most(query_body_bytes_max - frame.size(), 'x');
  EXPECT_EQ(asked(R"({"sql":")" + most + R"("})")->request.sql.size(), most.size());
  const Result<AskedQuery> longer = asked(R"({"sql":")" + most + R"(x"})");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().kind, Errc::too_large);
}

TEST(QueryBody, TheFormatOfTheBodyGoesBeforeTheUrlAndThatBeforeAccept) {
  using query::Format;
  const std::string body = R"({"sql":"x"})";
  EXPECT_EQ(asked(body)->request.format, Format::json);
  EXPECT_EQ(asked(body, "", "text/csv")->request.format, Format::csv);
  EXPECT_EQ(asked(body, "", "application/x-ndjson")->request.format, Format::ndjson);
  EXPECT_EQ(asked(body, "", "application/vnd.apache.parquet")->request.format, Format::parquet);
  EXPECT_EQ(asked(body, "", "text/html, */*")->request.format, Format::json);
  EXPECT_EQ(asked(body, "format=ndjson", "text/csv")->request.format, Format::ndjson);
  EXPECT_EQ(asked(R"({"sql":"x","format":"csv"})", "format=ndjson")->request.format, Format::csv);
  EXPECT_FALSE(asked(body, "format=XML"));
}

TEST(QueryUrl, TakesTheSameWithoutABodyAndIsNeverBehindItsRequest) {
  http::Request request;
  request.method = "GET";
  EXPECT_EQ(query_of_url(request).error().code, "sql_missing");
  request.query = {{"sql", ""}};
  EXPECT_EQ(query_of_url(request).error().code, "sql_missing");
  request.query = {{"sql", "SELECT 'a b'"}, {"limit", "5"}, {"timeout_ms", "10"}};
  const Result<AskedQuery> asked = query_of_url(request);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->request.sql, "SELECT 'a b'");
  EXPECT_EQ(asked->request.row_limit_max, 5);
  for (const auto& [name, value] : {std::pair("limit", "5x"), std::pair("limit", ""),
                                    std::pair("limit", "99999999999999999999"),
                                    std::pair("timeout_ms", "1.5"), std::pair("mode", "async")}) {
    request.query = {{"sql", "SELECT 1"}, {name, value}};
    const Result<AskedQuery> refused = query_of_url(request);
    ASSERT_FALSE(refused) << name << "=" << value;
    EXPECT_EQ(refused.error().code, "bad_query_body");
    EXPECT_NE(refused.error().detail.find(name), std::string::npos) << refused.error().detail;
  }
}

}  // namespace
}  // namespace sluice::api
