#include "broker/store/record.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/bytes.h"
#include "common/base/crc32.h"

namespace rewindmq::store {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// Printed by MessageDecoder.encode of RocketMQ 5.3.3.
const std::string kGolden = FromHex(
    "00000073daa320a73610a6860000000200000003000000000000000500000000000003e8000000000000018bcfe568"
    "000a0102030000115c0000018bcfe568017f00000100002a9f0000000000000000000000000000000568656c6c6f01"
    "5400124b455953016b310254414753015461674102");

MessageToPut GoldenMessage() {
  MessageToPut message;
  message.topic = "T";
  message.queue_id = 2;
  message.flag = 3;
  message.born_timestamp_ms = 1700000000000;
  message.born_host = ParseHostAddress("10.1.2.3", 4444).value();
  message.store_host = ParseHostAddress("127.0.0.1", 10911).value();
  message.body = "hello";
  message.properties = std::string_view("KEYS\x01k1\x02TAGS\x01TagA\x02", 18);
  return message;
}

std::string Encode(const MessageToPut& message, const RecordPlace& place) {
  std::string bytes(static_cast<size_t>(RecordBytes(message, RecordCrc::kNone)), '\xEE');
  EncodeRecord(message, place, RecordCrc::kNone, bytes.data());
  return bytes;
}

TEST(RecordTest, EncodesTheGoldenRecord) {
  EXPECT_EQ(Encode(GoldenMessage(), {5, 1000, 1700000000001, JavaCrc32("hello")}), kGolden);
}

TEST(RecordTest, DecodesTheGoldenRecord) {
  const std::string bytes = kGolden + "more";
  Result<Record> decoded = DecodeRecord(bytes, CrcCheck::kVerify);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_EQ(decoded->total_bytes, 0x73);
  EXPECT_EQ(decoded->magic, kMagicV1);
  EXPECT_EQ(decoded->queue_id, 2);
  EXPECT_EQ(decoded->flag, 3);
  EXPECT_EQ(decoded->queue_offset, 5);
  EXPECT_EQ(decoded->physical_offset, 1000);
  EXPECT_EQ(decoded->born_timestamp_ms, 1700000000000);
  EXPECT_EQ(ToText(decoded->born_host), "10.1.2.3:4444");
  EXPECT_EQ(decoded->store_timestamp_ms, 1700000000001);
  EXPECT_EQ(ToText(decoded->store_host), "127.0.0.1:10911");
  EXPECT_EQ(decoded->body, "hello");
  EXPECT_EQ(decoded->topic, "T");
  EXPECT_EQ(FindProperty(decoded->properties, kPropertyTags), "TagA");
  EXPECT_EQ(FindProperty(decoded->properties, kPropertyKeys), "k1");
  EXPECT_EQ(StoreTimestampOf(kGolden), 1700000000001);
}

TEST(RecordTest, RoundTripsIpv6HostsAndLongTopics) {
  MessageToPut message = GoldenMessage();
  std::string topic(200, 't');
  message.topic = topic;
  message.born_host = ParseHostAddress("fd00::1", 1).value();
  message.store_host = ParseHostAddress("::1", 65535).value();
  message.reconsume_times = 4;
  message.prepared_transaction_offset = 77;
  std::string bytes = Encode(message, {9, 8, 7, JavaCrc32("hello")});
  EXPECT_EQ(bytes.size(), 92U + 24 + 5 + 200 + 18);
  Result<Record> decoded = DecodeRecord(bytes, CrcCheck::kVerify);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_EQ(decoded->magic, kMagicV2);
  EXPECT_EQ(decoded->topic, topic);
  EXPECT_EQ(decoded->sys_flag, kSysFlagBornHostV6 | kSysFlagStoreHostV6);
  EXPECT_EQ(decoded->born_host, message.born_host);
  EXPECT_EQ(decoded->store_host, message.store_host);
  EXPECT_EQ(decoded->reconsume_times, 4);
  EXPECT_EQ(decoded->prepared_transaction_offset, 77);
  EXPECT_EQ(StoreTimestampOf(bytes), 7);
}

TEST(RecordTest, RefusesEveryTruncation) {
  for (size_t size = 0; size < kGolden.size(); ++size) {
    EXPECT_FALSE(DecodeRecord(kGolden.substr(0, size), CrcCheck::kVerify).ok()) << size;
  }
}

TEST(RecordTest, RefusesLengthsThatDoNotAddUp) {
  for (size_t position : {0, 3, 84, 87, 93, 95}) {
    for (int change : {1, 0x7F, 0x80, 0xFF}) {
      std::string bytes = kGolden + std::string(300, 'x');
      bytes[position] = static_cast<char>(bytes[position] ^ change);
      EXPECT_FALSE(DecodeRecord(bytes, CrcCheck::kSkip).ok()) << position << " ^ " << change;
    }
  }
}

TEST(RecordTest, VerifiesTheCrcOnlyWhenAsked) {
  std::string bytes = kGolden;
  bytes[88] = 'H';
  EXPECT_EQ(DecodeRecord(bytes, CrcCheck::kVerify).status().code(), ErrorCode::kCorruption);
  EXPECT_TRUE(DecodeRecord(bytes, CrcCheck::kSkip).ok());
}

TEST(RecordTest, FindsPropertiesExactly) {
  std::string_view properties =
      "A\x01"
      "1\x02"
      "AB\x01\x02"
      "C\x01x";
  EXPECT_EQ(FindProperty(properties, "A"), "1");
  EXPECT_EQ(FindProperty(properties, "AB"), std::nullopt);  // as in Java, and as the protocol reads
  EXPECT_EQ(FindProperty(properties, "C"), "x");
  EXPECT_EQ(FindProperty(properties, "B"), std::nullopt);
  EXPECT_EQ(FindProperty(properties, ""), std::nullopt);
  EXPECT_EQ(FindProperty("", "A"), std::nullopt);
}

TEST(RecordTest, HashesAsJavaDoes) {
  EXPECT_EQ(TagsCode("TagA"), 2598919);
  EXPECT_EQ(TagsCode(""), 0);
  // 31 * (31 * 0xE4 + 0x20AC) and the surrogates of U+1F600, by hand.
  EXPECT_EQ(JavaStringHash("\xC3\xA4"), 0xE4);
  EXPECT_EQ(JavaStringHash("\xE2\x82\xAC"), 0x20AC);
  EXPECT_EQ(JavaStringHash("\xF0\x9F\x98\x80"), 0xD83D * 31 + 0xDE00);
  EXPECT_EQ(JavaStringHash("polygenelubricants"), INT32_MIN);
  EXPECT_EQ(JavaStringHash("\xFF"), 0xFFFD);
}

TEST(HostAddressTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "[::1]"}) {
    EXPECT_EQ(ParseHostAddress(text, 1).status().code(), ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(ToText(ParseHostAddress("::1", 5).value()), "[::1]:5");
}

}  // namespace
}  // namespace rewindmq::store
