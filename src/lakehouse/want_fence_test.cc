// Pure. The fence's text lies beside tables: old ones must still be read.
#include "lakehouse/want_fence.h"

#include <gtest/gtest.h>

namespace sluice::lakehouse {
namespace {

TableRequest request_of(std::int64_t order, Micros asked_at_us) {
  TableRequest request;
  request.table_name = "sales";
  request.order = order;
  request.asked_at_us = asked_at_us;
  return request;
}

TEST(WantFence, OnlyWhatIsBehindByOrderAndByTimeIsLate) {
  const WantFence fence{5, 500};
  struct Case {
    std::int64_t order;
    Micros asked_at_us;
    bool is_late;
  };
  for (const Case& one : {Case{4, 400, true}, Case{5, 500, false}, Case{6, 600, false},
                          // After a restore of older metadata orders begin again further back.
                          Case{2, 900, false},
                          // A clock that was set back.
                          Case{6, 400, false},
                          // A want from before they were recorded, or a caller that tells none.
                          Case{0, 0, false}}) {
    const Result<void> checked = check_fence(request_of(one.order, one.asked_at_us), fence);
    EXPECT_EQ(!checked, one.is_late) << one.order << " " << one.asked_at_us;
    if (!checked) {
      EXPECT_EQ(checked.error().code, "newer_want_carried");
    }
  }
  EXPECT_TRUE(check_fence(request_of(1, 1), {})) << "no fence yet";
}

TEST(WantFence, ItMovesForwardOnly) {
  const WantFence fence{5, 500};
  EXPECT_FALSE(raised(request_of(5, 500), fence)) << "as it is";
  EXPECT_FALSE(raised(request_of(4, 400), fence));
  EXPECT_FALSE(raised(request_of(0, 0), fence));
  EXPECT_EQ(raised(request_of(6, 600), fence)->order, 6);
  EXPECT_EQ(raised(request_of(2, 900), fence)->order, 2) << "restored metadata begin anew";
}

TEST(WantFence, ItsTextIsReadBack) {
  const WantFence read = want_fence_from(to_text({7, 1'700'000'000'000'000}));
  EXPECT_EQ(read.order, 7);
  EXPECT_EQ(read.asked_at_us, 1'700'000'000'000'000);
  for (const char* text : {"", "7", "7 ", "x 1", " ", "-", "7x1"}) {
    EXPECT_EQ(want_fence_from(text).order, 0) << text;
  }
}

}  // namespace
}  // namespace sluice::lakehouse
