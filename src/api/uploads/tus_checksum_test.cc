// Pure: digests in, verdicts out.
#include "api/uploads/tus_checksum.h"

#include <gtest/gtest.h>

#include "api/problem_json.h"

namespace sluice::api {
namespace {

TEST(TusChecksum, OfTheBytesThatCame) {
  const auto outcome = [](std::string_view header) {
    TusChecksum checksum = TusChecksum::parse(header).value();
    checksum.update("a");
    checksum.update("bc");
    return checksum.finish();
  };
  // FIPS 180-2, appendices A.1 and B.1.
  EXPECT_TRUE(outcome("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="));
  EXPECT_TRUE(outcome("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="));
  const Result<void> wrong = outcome("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J4=");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(http_status(wrong.error()), 460);
  for (const char* bad : {"", "sha1", "sha1 YQ==", "md5 kAFQmDzST7DWlj99KOF/cg==", "SHA1 x"}) {
    EXPECT_FALSE(TusChecksum::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace sluice::api
