// Unpacking and transcoding, over the borders of pieces. Real files; no engine.
#include "ingest/bytes/decode.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <fstream>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "ingest/testing/gzipped.h"

namespace sluice::ingest {
namespace {

namespace fs = std::filesystem;

std::string zstandard(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

/// Text that does not pack well, of more than the pieces in which files are read.
std::string long_text() {
  std::string text;
  std::uint32_t random = 7;
  while (text.size() < 700'000) {
    random = random * 1'664'525 + 1'013'904'223;
    text += std::to_string(random) + ",\n";
  }
  return text;
}

class Decode : public testing::Test {
 protected:
  Decode() { fs::create_directories(folder_.path()); }
  fs::path write(const std::string& bytes) const {
    std::ofstream(folder_.path() / "from", std::ios::binary) << bytes;
    fs::remove(to());
    return folder_.path() / "from";
  }
  fs::path to() const { return folder_.path() / "to"; }
  /// What came out, or the error's code.
  std::string after(const Result<void>& done) const {
    return done ? read_file(to()).value() : done.error().code.text();
  }
  std::string inflated(const std::string& packed, Compression compression,
                       const InflateBounds& bounds = {}) const {
    return after(inflate_file(write(packed), to(), compression, bounds, {}));
  }
  std::string transcoded(const std::string& bytes, const std::string& encoding) const {
    return after(transcode_file(write(bytes), to(), encoding, {}, {}));
  }
  const ScopedPath folder_{fs::temp_directory_path() / ("decode_test_" + random_hex(8))};
};

TEST_F(Decode, WhatWasPackedComesBackWholeOrNotAtAll) {
  const std::string text = long_text();
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const auto pack = compression == Compression::gzip ? gzipped : zstandard;
    const std::string packed = pack(text);
    ASSERT_GT(packed.size(), 256U << 10) << "of more than one piece";
    EXPECT_TRUE(inflated(packed, compression) == text);
    EXPECT_EQ(inflated(pack(""), compression), "");
    EXPECT_EQ(inflated(pack("a,b\n") + pack("") + pack("1,2\n"), compression), "a,b\n1,2\n");
    // Cut anywhere, at the borders of pieces too, it is damaged and never merely shorter.
    for (std::size_t cut = 1; cut < packed.size(); cut += 65'536 - 1) {
      EXPECT_EQ(inflated(packed.substr(0, cut), compression), "archive_damaged") << cut;
    }
    EXPECT_EQ(inflated(packed.substr(0, packed.size() - 1), compression), "archive_damaged");
    EXPECT_EQ(inflated(pack("a\n") + "rest", compression), "archive_damaged");
  }
  std::string flipped = gzipped(text);
  flipped[flipped.size() - 6] ^= 1;
  EXPECT_EQ(inflated(flipped, Compression::gzip), "archive_damaged") << "its checksum says so";
}

TEST_F(Decode, NothingUnpacksWithoutEnd) {
  const std::string bomb = zstandard(std::string(100U << 20, 'x'));
  EXPECT_EQ(inflated(bomb, Compression::zstd), "inflate_ratio_too_high");
  const std::string packed = zstandard("a,b\n1,2\n");
  EXPECT_EQ(inflated(packed, Compression::zstd, {8, {}}), "a,b\n1,2\n");
  EXPECT_EQ(inflated(packed, Compression::zstd, {7, {}}), "source_damaged")
      << "more than was packed";
  const InflateBounds full{std::nullopt, [](std::uint64_t) -> Result<void> {
                             return fail(Errc::resource_exhausted, BaseCode::disk_full, "Full.");
                           }};
  EXPECT_EQ(inflated(packed, Compression::zstd, full), "disk_full");
}

TEST_F(Decode, ASequenceMayStraddleTwoPieces) {
  // U+1F6BF in UTF-16LE, over each possible place of the border at 256 KiB.
  for (std::size_t before = (128U << 10) - 3; before <= (128U << 10) + 1; ++before) {
    std::string utf16;
    for (std::size_t i = 0; i < before; ++i) utf16.append("a\0", 2);
    utf16.append("\x3D\xD8\xBF\xDE", 4).append("b\0", 2);
    EXPECT_TRUE(transcoded(utf16, "utf-16le") == std::string(before, 'a') + "🚿b") << before;
  }
  // 日 in Shift_JIS, two bytes of which the second is a letter's.
  const std::string odd((256U << 10) - 1, 'a');
  EXPECT_TRUE(transcoded(odd + "\x93\xFA!", "shift_jis") == odd + "日!");
}

/// glibc holds the last letter back in case a mark follows that joins it.
TEST_F(Decode, TheLastLetterIsKeptInEveryEncoding) {
  EXPECT_EQ(transcoded("a,b\n1,\xF9\xEC\xE5\xED", "windows-1255"), "a,b\n1,שלום");
  EXPECT_EQ(transcoded("a,b\n1,A", "windows-1258"), "a,b\n1,A");
  EXPECT_EQ(transcoded("a,b\n1,a\xEC\n", "windows-1258"), "a,b\n1,á\n") << "and marks join";
  EXPECT_EQ(transcoded("1,\xE9", "windows-1252"), "1,é");
}

TEST_F(Decode, WhatIsNotOfTheEncodingIsRefusedWithItsPlace) {
  EXPECT_EQ(transcoded("a", "no-such-encoding"), "encoding_unknown");
  const std::string half("a\0\x3D\xD8", 4);
  EXPECT_EQ(transcoded(half, "utf-16le"), "encoding_invalid") << "half a pair at the end";
  EXPECT_EQ(transcoded("a\xC3", "utf-8"), "encoding_invalid");
  const std::string filler(300'000, 'a');
  const Result<void> wrong = transcode_file(write(filler + "\xFF"), to(), "utf-8", {}, {});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().detail.find("byte 300000"), std::string::npos) << wrong.error().detail;
}

TEST_F(Decode, AStopIsSeenAndNoFileIsWrittenOver) {
  std::stop_source stop;
  stop.request_stop();
  const std::string packed = gzipped("a\n");
  EXPECT_EQ(after(inflate_file(write(packed), to(), Compression::gzip, {}, stop.get_token())),
            "cancelled");
  const fs::path from = write(packed);
  std::ofstream(to()) << "mine";
  EXPECT_FALSE(inflate_file(from, to(), Compression::gzip, {}, {}));
  EXPECT_FALSE(transcode_file(from, to(), "utf-16le", {}, {}));
  EXPECT_EQ(read_file(to()).value(), "mine");
}

}  // namespace
}  // namespace sluice::ingest
