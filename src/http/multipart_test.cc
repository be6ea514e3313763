// The parser alone, fed in pieces of every size. Pure; its fuzz target states what holds for any
// bytes.
#include "http/multipart.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

struct Collector final : PartSink {
  std::string seen;
  Result<void> begin(const Part& part) override {
    seen += "[" + part.name + (part.filename ? "|" + *part.filename : "") + ":";
    return {};
  }
  Result<void> data(std::string_view bytes) override {
    seen += bytes;
    return {};
  }
  Result<void> end() override {
    seen += "]";
    return {};
  }
};

/// Feeds `form` in pieces of every size; all must give the same.
std::string parsed(const std::string& form, MultipartLimits limits = {}) {
  std::string first;
  for (std::size_t size = form.size(); size > 0; --size) {
    Collector sink;
    MultipartParser parser("XX", sink, limits);
    std::string outcome;
    for (std::size_t at = 0; at < form.size() && outcome.empty(); at += size) {
      const Result<void> fed = parser.feed(std::string_view(form).substr(at, size));
      if (!fed) outcome = fed.error().code;
    }
    if (outcome.empty()) {
      const Result<void> ended = parser.finish();
      outcome = ended ? sink.seen : ended.error().code.text();
    }
    if (first.empty()) first = outcome;
    EXPECT_EQ(outcome, first) << "pieces of " << size;
  }
  return first;
}

std::string part(const std::string& disposition, const std::string& content) {
  return "--XX\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, is_the_same_across_all_chunk_boundaries) {
  EXPECT_EQ(
      parsed(part("form-data; name=\"a\"", "1") +
             part("form-data; name=\"f\"; filename=\"x \\\"y\\\";.csv\"", "a\r\n--X\r\n\r\nb") +
             part("form-data; name=e", "") + "--XX--\r\nepilogue"),
      "[a:1][f|x \"y\";.csv:a\r\n--X\r\n\r\nb][e:]");
  EXPECT_EQ(parsed("preamble\r\n--XX \r\nContent-Disposition: form-data; name=a; "
                   "filename*=UTF-8''%c3%bc.csv\r\n\r\n--XX--"),
            "[a|\u00fc.csv:]");
}

TEST(Multipart, refuses_what_is_malformed) {
  EXPECT_EQ(parsed("no form at all"), "bad_multipart");
  EXPECT_EQ(parsed(part("form-data; name=a", "1")), "bad_multipart");
  EXPECT_EQ(parsed("--XXjunk\r\n\r\n"), "bad_multipart");
  EXPECT_EQ(parsed(part("attachment; name=a", "1") + "--XX--"), "bad_multipart");
  EXPECT_EQ(parsed(part("form-data", "1") + "--XX--"), "bad_multipart");
  EXPECT_EQ(parsed("--XX\r\n\r\nx\r\n--XX--"), "bad_multipart");
  const std::string two =
      part("form-data; name=a", "1") + part("form-data; name=b", "2") + "--XX--";
  EXPECT_EQ(parsed(two, {1, 1000}), "too_many_parts");
  EXPECT_EQ(parsed(two, {9, 10}), "part_header_too_large");
}

TEST(Multipart, reads_the_boundary) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; charset=x; boundary=\"a b\"").value(), "a b");
  EXPECT_EQ(multipart_boundary("text/plain").error().code, "not_multipart");
  EXPECT_EQ(
      multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')).error().code,
      "bad_multipart_boundary");
}

TEST(Multipart, headers_of_the_size_allowed_are_taken_in_any_pieces) {
  const std::string form = part("form-data; name=a", "1") + "--XX--";
  const std::size_t size = std::string_view("\r\nContent-Disposition: form-data; name=a").size();
  EXPECT_EQ(parsed(form, {9, size}), "[a:1]");
  EXPECT_EQ(parsed(form, {9, size - 1}), "part_header_too_large");
}

}  // namespace
}  // namespace sluice::http
