// What a problem says and what it hides. Pure.
#include "api/problem_json.h"

#include <gtest/gtest.h>

#include "base/error_codes.h"

namespace sluice::api {
namespace {

TEST(Problem, NamesTheCauseAndTheRequest) {
  const http::Response response = problem_response(
      {Errc::unprocessable, ErrorCode::from_outside("csv_ragged_row"), "Line 3.", "Mend it."}, 422,
      "r-1");
  const std::string& body = std::get<std::string>(response.body);
  EXPECT_EQ(response.status, 422);
  for (const char* part : {"csv_ragged_row", "Line 3.", "Mend it.", "\"instance\":\"r-1\""}) {
    EXPECT_NE(body.find(part), std::string::npos) << part;
  }
}

TEST(Problem, WhatBrokeInsideStaysInside) {
  const http::Response response =
      problem_response({Errc::internal, BaseCode::io_error, "/secret/path", ""}, 500, "r-2");
  EXPECT_EQ(std::get<std::string>(response.body).find("/secret"), std::string::npos);
}

}  // namespace
}  // namespace sluice::api
