#include "http/asset.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

/// `hello\n`, by gzip -9n.
constexpr std::string_view packed(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06"
    "\x00\x00\x00",
    26);
constexpr Asset hello{"hello.txt", "text/plain", packed, 6, "W/\"1\""};

Response asked(const Headers& headers) {
  Request request;
  request.headers = headers;
  return asset_response(request, hello);
}

Headers with(std::string_view name, std::string_view value) {
  Headers headers;
  headers.set(name, value);
  return headers;
}

TEST(Asset, GoesPackedToWhoTakesThat) {
  const Response plain = asked({});
  EXPECT_EQ(std::get<std::string>(plain.body), "hello\n");
  EXPECT_EQ(plain.headers.find("Content-Encoding"), nullptr);
  EXPECT_EQ(plain.headers.get("ETag"), "W/\"1\"");
  const Response zipped = asked(with("Accept-Encoding", "br, gzip"));
  EXPECT_EQ(std::get<std::string>(zipped.body), packed);
  EXPECT_EQ(zipped.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(zipped.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(std::get<std::string>(asked(with("Accept-Encoding", "gzip;q=0")).body), "hello\n");
}

TEST(Asset, IsNotSentAgain) {
  EXPECT_EQ(asked(with("If-None-Match", "\"0\", W/\"1\"")).status, 304);
  EXPECT_EQ(asked(with("If-None-Match", "*")).status, 304);
  EXPECT_EQ(asked(with("If-None-Match", "W/\"2\"")).status, 200);
}

TEST(Asset, WhatIsBrokenIsNoAnswer) {
  Asset broken = hello;
  broken.gzip = packed.substr(0, 20);
  EXPECT_THROW(unpacked(broken), std::runtime_error);
}

}  // namespace
}  // namespace sluice::http
