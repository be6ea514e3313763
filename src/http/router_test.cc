// Which route takes a request, and percent decoding. Pure.
#include "http/router.h"

#include <gtest/gtest.h>

#include "http/percent_encoding.h"

namespace sluice::http {
namespace {

Router sample() {
  Router router;
  const Handler none = [](Request&) { return Response::empty(200); };
  router.add("GET", "/api/v1/datasets", none);
  router.add("POST", "/api/v1/datasets", none);
  router.add("GET", "/api/v1/datasets/{id}", none);
  router.add("GET", "/api/v1/datasets/{id}/query", none);
  router.add("GET", "/api/v1/datasets/import", none);
  router.add("GET", "/{path...}", none);
  return router;
}

/// The pattern that takes a path with its parameters, or the status of the miss.
std::string found(std::string_view method, std::string_view path) {
  const Router router = sample();
  const auto outcome = router.find(method, path);
  if (const auto* miss = std::get_if<RouteMiss>(&outcome)) {
    return std::to_string(miss->status) + (miss->allow.empty() ? "" : " " + miss->allow);
  }
  const RouteMatch& match = std::get<RouteMatch>(outcome);
  std::string text = match.route->pattern;
  for (const auto& [name, value] : match.parameters) text += " " + name + "=" + value;
  return text;
}

TEST(Router, finds_the_most_specific_route) {
  EXPECT_EQ(found("GET", "/api/v1/datasets"), "/api/v1/datasets");
  EXPECT_EQ(found("HEAD", "/api/v1/datasets"), "/api/v1/datasets");
  EXPECT_EQ(found("GET", "/api/v1/datasets/7"), "/api/v1/datasets/{id} id=7");
  EXPECT_EQ(found("GET", "/api/v1/datasets/import"), "/api/v1/datasets/import");
  EXPECT_EQ(found("GET", "/api/v1/datasets/a%20b/query"), "/api/v1/datasets/{id}/query id=a b");
  EXPECT_EQ(found("GET", "/"), "/{path...} path=");
  EXPECT_EQ(found("GET", "/assets/x.js"), "/{path...} path=assets/x.js");
}

TEST(Router, an_encoded_slash_makes_no_segment_and_nothing_climbs) {
  EXPECT_EQ(found("GET", "/api/v1/datasets/a%2Fquery"), "/api/v1/datasets/{id} id=a/query");
  for (const char* path : {"/api/../x", "/api/%2e%2e/x", "/api/v1/datasets/a%2F..%2Fb", "/x%00y",
                           "/x%zz", "/x%2", "/a%5C..%5Cb", "/%ff", "*", "/a%0Ab"}) {
    EXPECT_EQ(found("GET", path), "400") << path;
  }
}

TEST(Router, says_what_is_allowed) {
  EXPECT_EQ(found("DELETE", "/api/v1/datasets"), "405 GET, HEAD, POST");
  EXPECT_EQ(sample().routes().size(), 6U);
  Router router = sample();
  router.add("DELETE", "/api/v1/datasets/{id}", {});
  const auto shadowed = router.find("DELETE", "/api/v1/datasets/import");
  ASSERT_TRUE(std::holds_alternative<RouteMiss>(shadowed)) << "`import` is no id";
  EXPECT_EQ(std::get<RouteMiss>(shadowed).status, 405);
  EXPECT_EQ(std::get<RouteMiss>(shadowed).allow, "GET, HEAD");
  EXPECT_THROW(router.add("GET", "/api/v1/datasets", {}), std::invalid_argument);
}

TEST(Percent, decodes_queries) {
  const auto pairs = parse_query("a=1&b=x+y%2B&c&a=2&sql=a%0Ab");
  ASSERT_TRUE(pairs);
  ASSERT_EQ(pairs->size(), 5U);
  EXPECT_EQ((*pairs)[1].second, "x y+");
  EXPECT_EQ((*pairs)[4].second, "a\nb");
  EXPECT_FALSE(parse_query("a=%0"));
  EXPECT_EQ(percent_encode("a b/ü"), "a%20b%2F%C3%BC");
}

TEST(Message, DatesAreThoseOfTheStandard) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7
}

}  // namespace
}  // namespace sluice::http
