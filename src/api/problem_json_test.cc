// What a problem says and what it hides. Pure.
#include "api/problem_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "api/error_codes.h"
#include "base/error_codes.h"
#include "http/error_codes.h"
#include "storage/error_codes.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

struct Outcome {
  Errc kind;
  int status;
  bool retryable;
};

/// The statuses of docs/api.md and what RFC 9110 says of them.
constexpr Outcome outcomes[] = {
    {Errc::invalid_argument, 400, false}, {Errc::unprocessable, 422, false},
    {Errc::unauthenticated, 401, false},  {Errc::permission_denied, 403, false},
    {Errc::not_found, 404, false},        {Errc::conflict, 409, false},
    {Errc::too_large, 413, false},        {Errc::resource_exhausted, 503, true},
    {Errc::unavailable, 503, true},       {Errc::deadline_exceeded, 504, true},
    {Errc::cancelled, 499, false},        {Errc::data_loss, 500, false},
    {Errc::internal, 500, false},
};

json::object body_of(const http::Response& response) {
  return json::parse(std::get<std::string>(response.body)).as_object();
}

TEST(Problem, EachKindHasItsStatusAndTheSameEightMembers) {
  for (const Outcome& each : outcomes) {
    SCOPED_TRACE(name_of(each.kind));
    const Error error{each.kind, Code::bad_limit, "The cause.", "The remedy."};
    EXPECT_EQ(http_status(error), each.status);
    const http::Response response = problem_response(error, http_status(error), "r-7");
    EXPECT_EQ(response.status, each.status);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.headers.find("WWW-Authenticate") != nullptr, each.status == 401);
    EXPECT_EQ(response.headers.find("Retry-After") != nullptr, each.status == 503);
    const json::object body = body_of(response);
    EXPECT_EQ(body.size(), 8U) << "and no position where there is none";
    EXPECT_EQ(body.at("type"), "about:blank#bad_limit");
    EXPECT_EQ(body.at("title").as_string(), http::reason_for(each.status));
    EXPECT_FALSE(body.at("title").as_string().empty());
    EXPECT_EQ(body.at("status"), each.status);
    EXPECT_EQ(body.at("code"), "bad_limit");
    EXPECT_EQ(body.at("hint"), "The remedy.");
    EXPECT_EQ(body.at("retryable"), each.retryable);
    EXPECT_EQ(body.at("instance"), "r-7");
    EXPECT_EQ(body.at("detail") == "The cause.", each.kind != Errc::internal);
  }
}

TEST(Problem, SomeCodesHaveAStatusOfTheirOwn) {
  const std::pair<ErrorCode, int> codes[] = {
      {BaseCode::disk_full, 507},           {storage::Code::data_damaged, 409},
      {storage::Code::source_damaged, 409}, {Code::unsupported_media_type, 415},
      {http::Code::not_multipart, 415},     {http::Code::body_too_slow, 408},
      {Code::upload_expired, 410},          {Code::tus_version, 412},
      {storage::Code::upload_locked, 423},  {Code::upload_checksum_mismatch, 460}};
  for (const auto& [code, status] : codes) {
    EXPECT_EQ(http_status({Errc::internal, code, "", {}}), status) << code;
    EXPECT_FALSE(http::reason_for(status).empty()) << status;
  }
}

TEST(Problem, WhatBrokeInsideStaysInside) {
  const http::Response response =
      problem_response({Errc::internal, BaseCode::io_error, "/secret/path", ""}, 500, "r-2");
  EXPECT_EQ(std::get<std::string>(response.body).find("/secret"), std::string::npos);
}

TEST(Problem, APlaceInTheSqlIsSaidUnlessTheFaultIsOurs) {
  Error error{Errc::invalid_argument, Code::bad_query_body, "Here.", {}, TextPosition{3, 14}};
  const json::object shown = body_of(problem_response(error, 400, "r"));
  EXPECT_EQ(shown.at("position"), (json::object{{"line", 3}, {"column", 14}}));
  EXPECT_TRUE(shown.at("hint").is_null());
  error.kind = Errc::internal;
  EXPECT_FALSE(body_of(problem_response(error, 500, "r")).contains("position"));
}

TEST(Problem, ChoicesAreSaidWhereThereAreAny) {
  Error error{Errc::unprocessable, Code::bad_query_body, "Which?", {}};
  EXPECT_FALSE(body_of(problem_response(error, 422, "r")).contains("choices"));
  error.choices = {"a.csv", "b/c.csv"};
  EXPECT_EQ(body_of(problem_response(error, 422, "r")).at("choices"),
            (json::array{"a.csv", "b/c.csv"}));
}

TEST(Problem, NeitherCauseNorRemedyNamesAPathOfTheMachine) {
  const Error error{Errc::conflict, Code::no_profile, "It is /var/lib/x/y.", "See /var/lib/x/z."};
  const json::object body = body_of(problem_response(error, 409, "r"));
  EXPECT_EQ(body.at("detail"), "It is ….");
  EXPECT_EQ(body.at("hint"), "See ….");
}

}  // namespace
}  // namespace sluice::api
