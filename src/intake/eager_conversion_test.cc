// A conversion that reads while the file grows: ending, abandoning, stopping, and whose place it
// takes. Real file workers.
#include "intake/eager_conversion.h"

#include "intake/test_intake.h"

namespace sluice::intake {
namespace {

constexpr std::uint64_t large = 32 << 20;

class EagerConversionTest : public IntakeTest {
 protected:
  std::unique_ptr<EagerConversion> begun(std::uint64_t announced) {
    path_ = written("arriving.csv", "a,b\n1,x\n");
    Source source;
    source.request.source = path_;
    source.label = "arriving.csv";
    return EagerConversion::begin(context_, std::move(source), tenant_, announced);
  }
  std::uint64_t arrive(const std::string& text) {
    std::ofstream(path_, std::ios::app) << text;
    return std::filesystem::file_size(path_);
  }
  std::filesystem::path path_;
};

TEST_F(EagerConversionTest, ConvertsWhatArrivesAndEndsWithItsLastByte) {
  const std::unique_ptr<EagerConversion> eager = begun(large);
  ASSERT_TRUE(eager);
  EXPECT_EQ(context_.ingest_slots.held(), 1U);
  for (int i = 0; i < 3; ++i) eager->reached(arrive("2,y\n3,z\n"));
  std::optional<Result<Converted>> made = eager->finish();
  ASSERT_TRUE(made && *made) << to_line((*made).error());
  EXPECT_EQ((*made)->version.row_count, 7);
  EXPECT_EQ((*made)->version.source_bytes,
            static_cast<std::int64_t>(std::filesystem::file_size(path_)));
  EXPECT_EQ(context_.ingest_slots.held(), 0U);
}

TEST_F(EagerConversionTest, WhatIsAbandonedGivesItsPlaceBackAtOnce) {
  const std::unique_ptr<EagerConversion> eager = begun(large);
  ASSERT_TRUE(eager);
  eager->abandon();
  EXPECT_EQ(context_.ingest_slots.held(), 0U);
  EXPECT_FALSE(eager->finish()) << "to be converted in turn";
}

TEST_F(EagerConversionTest, AStopEndsItWithCancelled) {
  const std::unique_ptr<EagerConversion> eager = begun(large);
  ASSERT_TRUE(eager);
  eager->stop();
  ASSERT_TRUE(soon([&] {
    eager->reached(std::filesystem::file_size(path_));
    return context_.ingest_slots.held() == 0;
  }));
  const std::optional<Result<Converted>> made = eager->finish();
  ASSERT_TRUE(made.has_value());
  ASSERT_FALSE(*made);
  EXPECT_EQ((*made).error().kind, Errc::cancelled);
}

TEST_F(EagerConversionTest, IsNotBegunForLittleNorInTheLastFreePlace) {
  EXPECT_FALSE(begun(large / 4)) << "it would be there before it began";
  const FairSlots::Place one = context_.ingest_slots.try_take("x");
  const FairSlots::Place two = context_.ingest_slots.try_take("y");
  EXPECT_FALSE(begun(large)) << "a slow client would hold the last place";
  EXPECT_EQ(context_.ingest_slots.held(), 2U);
}

}  // namespace
}  // namespace sluice::intake
