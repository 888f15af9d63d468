#include "broker/send/inner_message.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

TEST(InnerMessageTest, KeepsEverythingOfARecordButItsChecksum) {
  store::MessageToPut original;
  original.topic = "TopicTest";
  original.queue_id = 3;
  original.flag = 7;
  original.sys_flag = 1;
  original.born_timestamp_ms = 11;
  original.born_host = *store::ParseHostAddress("1.2.3.4", 5);
  original.store_host = *store::ParseHostAddress("::1", 6);
  original.reconsume_times = 2;
  original.prepared_transaction_offset = 9;
  original.body = "body";
  original.properties = "TAGS\x01TagA\x02";
  std::string bytes(static_cast<size_t>(store::RecordBytes(original, store::RecordCrc::kAppend)),
                    '\0');
  store::EncodeRecord(original, {4, 100, 1000, 0}, store::RecordCrc::kAppend, bytes.data());
  auto record = store::DecodeRecord(bytes, store::CrcCheck::kVerify);
  ASSERT_TRUE(record.ok()) << record.status().ToString();

  InnerMessage message = InnerMessage::FromRecord(*record);
  EXPECT_EQ(message.store_timestamp_ms, 1000);
  store::MessageToPut view = message.View();
  EXPECT_EQ(view.topic, "TopicTest");
  EXPECT_EQ(view.queue_id, 3);
  EXPECT_EQ(view.flag, 7);
  EXPECT_EQ(view.sys_flag & 1, 1);
  EXPECT_EQ(view.born_timestamp_ms, 11);
  EXPECT_EQ(view.born_host, original.born_host);
  EXPECT_EQ(view.store_host, original.store_host);
  EXPECT_EQ(view.reconsume_times, 2);
  EXPECT_EQ(view.prepared_transaction_offset, 9);
  EXPECT_EQ(view.body, "body");
  EXPECT_EQ(view.properties, original.properties);
  EXPECT_EQ(view.tags_code, store::TagsCode("TagA"));
}

}  // namespace
}  // namespace rewindmq::broker
