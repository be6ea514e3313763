// Which uploads a tenant sees. No I/O.
#include "intake/running_uploads.h"

#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

TEST(RunningUploads, AreSeenByTheirTenantWhileTheyRun) {
  RunningUploads running;
  const TenantId ours{"ours"};
  {
    const RunningUploads::Entry first = running.add("r", ours, false, 1);
    const RunningUploads::Entry second = running.add("r", ours, false, 2);
    second->bytes_received = 7;
    EXPECT_EQ(running.find(ours, "r")->bytes_received, 7) << "the newest of that id";
    EXPECT_EQ(running.find({"other"}, "r"), nullptr);
    ASSERT_EQ(running.list(ours).size(), 2U);
    EXPECT_EQ(running.list(ours)[0]->created_at_us, 2);
  }
  EXPECT_EQ(running.find(ours, "r"), nullptr);
}

}  // namespace
}  // namespace sluice::intake
