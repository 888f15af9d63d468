#include "common/base/bytes.h"

#include <gtest/gtest.h>

#include "common/base/crc32.h"

namespace rewindmq {
namespace {

TEST(Bytes, IntegersAreBigEndian) {
  std::string out;
  AppendBe<int32_t>(&out, 0x01020304);
  AppendBe<int16_t>(&out, -2);
  EXPECT_EQ(out, std::string("\x01\x02\x03\x04\xff\xfe", 6));
  EXPECT_EQ(LoadBe<int32_t>(out.data()), 0x01020304);
  EXPECT_EQ(LoadBe<int16_t>(out.data() + 4), -2);
}

TEST(Bytes, ReaderStopsAtTheEndForGood) {
  ByteReader reader(std::string_view("\x00\x02xyz", 5));
  EXPECT_EQ(reader.ReadBytes(reader.Read<int16_t>()), "xy");
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.Read<int64_t>(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Read<int8_t>(), 0) << "a failed reader gives nothing, even what would fit";
}

TEST(Bytes, ReaderRefusesNegativeAndHugeLengths) {
  ByteReader negative("abc");
  EXPECT_TRUE(negative.ReadBytes(-1).empty());
  EXPECT_FALSE(negative.ok());
  ByteReader huge("abc");
  EXPECT_TRUE(huge.ReadBytes(INT64_MAX).empty());
  EXPECT_FALSE(huge.ok());
}

// java.util.zip.CRC32 of "hello" is 0x3610A686.
TEST(Crc32, EqualsJavas) {
  EXPECT_EQ(Crc32("hello"), 0x3610A686U);
  EXPECT_EQ(Crc32("lo", Crc32("hel")), 0x3610A686U);
  EXPECT_GE(JavaCrc32("abc"), 0);
}

}  // namespace
}  // namespace rewindmq
