// What of the machine a tenant must not read in an error. Pure, but for the folder that is hidden
// for the rest of the process.
#include "api/public_error_text.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "api/problem_json.h"

namespace sluice::api {
namespace {

TEST(PublicErrorText, ShowsNoPathOfTheMachine) {
  hide_paths_below("/srv-1/sluice data");
  const std::pair<const char*, const char*> cases[] = {
      {"Cannot create /srv-1/sluice data/lakehouse/landing/a.part: No space left on device.",
       "Cannot create …: No space left on device."},
      {"Cannot open /srv-1/sluice data: Permission denied.", "Cannot open …: Permission denied."},
      {"Read \"/tmp/x/y.parquet\", then failed", "Read \"…\", then failed"},
      {"IO Error: Cannot open file \"/proc/self/fd/12\"", "IO Error: Cannot open file \"…\""},
      {"It lies at file:///var/lib/sluice/t.", "It lies at …."},
      {"syntax error [boost.json:15 at /usr/include/boost/json/basic_parser_impl.hpp:2750 in "
       "function 'fail'].",
       "syntax error."},
      {"syntax error basic_parser_impl.hpp:2750", "syntax error"},
      {"files go to /api/v1/datasets/upload.", "files go to /api/v1/datasets/upload."},
      {"See https://example.com/usr/x and /Volumes/main/x/y.",
       "See https://example.com/usr/x and /Volumes/main/x/y."},
      {"\"prices.h: 2025.cc\" is a/b or 1/2.", "\"prices.h: 2025.cc\" is a/b or 1/2."},
      {"", ""},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(public_text(text), shown);
  const http::Response response =
      problem_response(error_from_errno(EACCES, "Cannot create", "/srv-1/sluice data/x"), 403, "r");
  EXPECT_EQ(std::get<std::string>(response.body).find("sluice data"), std::string::npos);
}

}  // namespace
}  // namespace sluice::api
