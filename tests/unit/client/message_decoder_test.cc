// The records of pull answers: real bytes of Java's, both versions, and every way to break them.

#include "client/message_decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "tests/unit/client/record_bytes.h"

namespace rewindmq::client {
namespace {

// Printed by MessageDecoder.encode of Apache RocketMQ 5.3.3.
constexpr std::string_view kJavaRecordHex =
    "00000073daa320a73610a6860000000200000003000000000000000500000000000003e8000000000000018bcfe568"
    "000a0102030000115c0000018bcfe568017f00000100002a9f0000000000000000000000000000000568656c6c6f01"
    "5400124b455953016b310254414753015461674102";

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(MessageDecoder, ReadsTheRecordThatJavaWrote) {
  auto messages = DecodeMessages(FromHex(kJavaRecordHex), "broker-a");
  ASSERT_TRUE(messages.ok()) << messages.status().ToString();
  ASSERT_EQ(messages->size(), 1U);
  const ReceivedMessage& message = messages->front();
  EXPECT_EQ(message.topic, "T");
  EXPECT_EQ(message.body, "hello");
  EXPECT_EQ(message.queue, (protocol::MessageQueue{"T", "broker-a", 2}));
  EXPECT_EQ(message.flag, 3);
  EXPECT_EQ(message.queue_offset, 5);
  EXPECT_EQ(message.commit_log_offset, 1000);
  EXPECT_EQ(message.born_timestamp_ms, 1'700'000'000'000);
  EXPECT_EQ(message.store_timestamp_ms, 1'700'000'000'001);
  EXPECT_EQ(message.Tag(), "TagA");
  EXPECT_EQ(message.Property("KEYS"), "k1");
}

TEST(MessageDecoder, ReadsSeveralRecordsOfBothVersionsAndHostKinds) {
  std::string bytes =
      RecordBytes({.body = "one", .queue_offset = 7}) + RecordBytes({.topic = std::string(200, 'x'),
                                                                     .body = "two",
                                                                     .queue_offset = 8,
                                                                     .store_timestamp_ms = 99,
                                                                     .sys_flag = 0x30,
                                                                     .version_2 = true});
  auto messages = DecodeMessages(bytes, "b");
  ASSERT_TRUE(messages.ok()) << messages.status().ToString();
  ASSERT_EQ(messages->size(), 2U);
  EXPECT_EQ((*messages)[0].body, "one");
  EXPECT_EQ((*messages)[1].topic, std::string(200, 'x'));
  EXPECT_EQ((*messages)[1].store_timestamp_ms, 99);
  EXPECT_EQ((*messages)[1].queue_offset, 8);
}

TEST(MessageDecoder, ExpandsBodiesThatTheProducerCompressed) {
  std::string body(100'000, 'z');
  std::string compressed(compressBound(body.size()), '\0');
  uLongf length = compressed.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(compressed.data()), &length,
                     reinterpret_cast<const Bytef*>(body.data()), body.size()),
            Z_OK);
  compressed.resize(length);
  auto messages = DecodeMessages(RecordBytes({.body = compressed, .sys_flag = 0x301}), "b");
  ASSERT_TRUE(messages.ok()) << messages.status().ToString();
  EXPECT_EQ(messages->front().body, body);
  EXPECT_EQ(messages->front().sys_flag & 1, 0);

  auto broken = DecodeMessages(RecordBytes({.body = "not zlib", .sys_flag = 1}), "b");
  EXPECT_EQ(broken.status().code(), ErrorCode::kCorruption);
  auto cut = compressed.substr(0, compressed.size() / 2);
  EXPECT_EQ(DecodeMessages(RecordBytes({.body = cut, .sys_flag = 1}), "b").status().code(),
            ErrorCode::kCorruption);
  // LZ4: not ours to expand, so it is handed over as it came.
  auto other = DecodeMessages(RecordBytes({.body = "lz4 bytes", .sys_flag = 0x101}), "b");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->front().body, "lz4 bytes");
  EXPECT_EQ(other->front().sys_flag, 0x101);
}

TEST(MessageDecoder, RefusesEveryCutAndAnyWrongBody) {
  std::string whole = FromHex(kJavaRecordHex);
  for (size_t length = 1; length < whole.size(); ++length) {
    EXPECT_EQ(DecodeMessages(whole.substr(0, length), "b").status().code(), ErrorCode::kCorruption)
        << length << " bytes";
  }
  std::string wrong_body = whole;
  wrong_body[90] ^= 1;
  EXPECT_EQ(DecodeMessages(wrong_body, "b").status().code(), ErrorCode::kCorruption);
  std::string wrong_magic = whole;
  wrong_magic[5] ^= 1;
  EXPECT_EQ(DecodeMessages(wrong_magic, "b").status().code(), ErrorCode::kCorruption);
}

TEST(MessageDecoder, SurvivesAnyDamage) {
  std::mt19937 random(42);
  std::string whole = FromHex(kJavaRecordHex) + RecordBytes({.body = "second"});
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = whole;
    for (int j = 0; j < 3; ++j) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    auto messages = DecodeMessages(damaged, "b");
    if (messages.ok()) {
      EXPECT_LE(messages->size(), 2U);
    }
  }
}

}  // namespace
}  // namespace rewindmq::client
