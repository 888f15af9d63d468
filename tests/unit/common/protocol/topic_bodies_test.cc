// Bodies that describe topics and groups, against the texts that Java's classes of 4.2.0 and 5.x
// print.

#include <gtest/gtest.h>
#include <zlib.h>

#include "common/base/bytes.h"
#include "common/protocol/register_broker.h"
#include "common/protocol/subscription_group.h"
#include "common/protocol/topic_config.h"
#include "common/protocol/topic_names.h"
#include "tests/unit/common/protocol/golden.h"

namespace rewindmq::protocol {
namespace {

const char kTopicOf5[] =
    R"({"attributes":{},"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG",)"
    R"("topicName":"TopicTest","topicSysFlag":0,"writeQueueNums":4})";
const char kTopicOf4[] =
    R"({"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG",)"
    R"("topicName":"TopicTest","topicSysFlag":0,"writeQueueNums":4})";
const char kVersionOf5[] = R"({"counter":2,"stateVersion":0,"timestamp":1700000000000})";
const char kVersionOf4[] = R"({"counter":2,"timestamp":1700000000000})";

TopicConfig SampleTopic() {
  TopicConfig config;
  config.topic_name = "TopicTest";
  config.read_queue_nums = 4;
  config.write_queue_nums = 4;
  return config;
}

TopicConfigTable SampleTable() {
  TopicConfigTable table;
  table.data_version = {1700000000000, 2, 0};
  table.topics["TopicTest"] = SampleTopic();
  return table;
}

std::string Deflate(const std::string& bytes) {
  std::string out(compressBound(bytes.size()), '\0');
  uLongf size = out.size();
  EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                      reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), 9),
            Z_OK);
  out.resize(size);
  return out;
}

std::string Sized(const std::string& text) {
  std::string out;
  AppendBe<int32_t>(&out, static_cast<int32_t>(text.size()));
  return out + text;
}

std::string Count(int32_t count) {
  std::string out;
  AppendBe<int32_t>(&out, count);
  return out;
}

TEST(DataVersion, IsReadFromBothAndWrittenAs5) {
  DataVersion version{1700000000000, 2, 0};
  EXPECT_EQ(EncodeDataVersion(version), kVersionOf5);
  EXPECT_EQ(*DecodeDataVersion(kVersionOf5), version);
  EXPECT_EQ(*DecodeDataVersion(kVersionOf4), version);
  version.Next(1700000000001);
  EXPECT_EQ(version, (DataVersion{1700000000001, 3, 0}));
}

TEST(TopicConfig, IsReadFromBothAndWrittenAs5) {
  EXPECT_EQ(EncodeTopicConfig(SampleTopic()), kTopicOf5);
  EXPECT_EQ(*DecodeTopicConfig(kTopicOf5), SampleTopic());
  EXPECT_EQ(*DecodeTopicConfig(kTopicOf4), SampleTopic());
  TopicConfig with = SampleTopic();
  with.topic_name = "Tx";
  with.attributes["message.type"] = "FIFO";
  EXPECT_EQ(EncodeTopicConfig(with).substr(0, 40), R"({"attributes":{"message.type":"FIFO"},"o)");
  EXPECT_EQ(*DecodeTopicConfig(EncodeTopicConfig(with)), with);
}

TEST(TopicConfig, MissingMembersTakeJavasDefaults) {
  TopicConfig config = *DecodeTopicConfig(R"({"topicName":"T","unknown":[1]})");
  EXPECT_EQ(config.read_queue_nums, 16);
  EXPECT_EQ(config.perm, 6);
  EXPECT_EQ(config.topic_filter_type, "SINGLE_TAG");
}

TEST(TopicConfigLine, HasTheFormsOf4And5) {
  EXPECT_EQ(EncodeTopicConfigLine(SampleTopic()), "TopicTest 4 4 6 SINGLE_TAG");
  EXPECT_EQ(*DecodeTopicConfigLine("TopicTest 4 4 6 SINGLE_TAG"), SampleTopic());
  EXPECT_EQ(*DecodeTopicConfigLine("TopicTest 4 4 6 SINGLE_TAG {}"), SampleTopic());
  TopicConfig with = *DecodeTopicConfigLine(R"(Tx 4 4 6 SINGLE_TAG {"message.type":"FIFO"})");
  EXPECT_EQ(with.attributes.at("message.type"), "FIFO");
  EXPECT_EQ(EncodeTopicConfigLine(with), "Tx 4 4 6 SINGLE_TAG");
  for (const char* bad : {"", "T", "T 4 4 6", "T x 4 6 SINGLE_TAG", "T 4 4 6 S {", " 4 4 6 S"}) {
    EXPECT_FALSE(DecodeTopicConfigLine(bad).ok()) << bad;
  }
}

TEST(RegisterBrokerBody, IsReadFromBothAndWrittenAs5) {
  std::string body = R"({"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":)";
  std::string of5 = body + kVersionOf5 + R"(,"topicConfigTable":{"TopicTest":)" + kTopicOf5 + "}}}";
  std::string of4 = body + kVersionOf4 + R"(,"topicConfigTable":{"TopicTest":)" + kTopicOf4 + "}}}";
  RegisterBrokerBody sample{SampleTable(), {}};
  EXPECT_EQ(EncodeRegisterBrokerBody(sample), of5);
  for (const std::string& text : {of4, of5}) {
    RegisterBrokerBody decoded = *DecodeRegisterBrokerBody(text, 252, false);
    EXPECT_EQ(decoded.topic_config_table.data_version, SampleTable().data_version);
    EXPECT_EQ(decoded.topic_config_table.topics, SampleTable().topics);
  }
}

TEST(RegisterBrokerBody, IsReadAgainWhenCompressed) {
  RegisterBrokerBody sample{SampleTable(), {"f:1", "f:2"}};
  TopicConfig many = SampleTopic();
  for (int i = 0; i < 5000; ++i) {
    many.topic_name = "Topic" + std::to_string(i);
    sample.topic_config_table.topics[many.topic_name] = many;
  }
  std::string packed = EncodeCompressedRegisterBrokerBody(sample);
  EXPECT_LT(packed.size(), EncodeRegisterBrokerBody(sample).size() / 10);
  Result<RegisterBrokerBody> read = DecodeRegisterBrokerBody(packed, 409, true);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->topic_config_table.data_version, sample.topic_config_table.data_version);
  EXPECT_EQ(read->topic_config_table.topics, sample.topic_config_table.topics);
  EXPECT_EQ(read->filter_servers, sample.filter_servers);
}

TEST(RegisterBrokerBody, OldSendersPutTheBareTable) {
  std::string text = EncodeTopicConfigTable(SampleTable());
  EXPECT_EQ(DecodeRegisterBrokerBody(text, 36, false)->topic_config_table.topics,
            SampleTable().topics);
  EXPECT_TRUE(DecodeRegisterBrokerBody(text, 37, false)->topic_config_table.topics.empty());
}

TEST(RegisterBrokerBody, AnEmptyBodyIsVersionZero) {
  Result<RegisterBrokerBody> body = DecodeRegisterBrokerBody("", 513, true);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->topic_config_table.data_version, DataVersion());
}

// The inflated bytes that 5.3.3 printed.
TEST(RegisterBrokerBody, ReadsTheCompressedForm) {
  std::string inflated = Sized(kVersionOf5) + Count(1) + Sized("TopicTest 4 4 6 SINGLE_TAG {}") +
                         Sized("[]") + Count(0);
  RegisterBrokerBody body = *DecodeRegisterBrokerBody(Deflate(inflated), 479, true);
  EXPECT_EQ(body.topic_config_table.data_version, SampleTable().data_version);
  EXPECT_EQ(body.topic_config_table.topics, SampleTable().topics);
  // 4.3 writes neither attributes nor the count of mappings.
  std::string of4 =
      Sized(kVersionOf4) + Count(1) + Sized("TopicTest 4 4 6 SINGLE_TAG") + Sized(R"(["f:1"])");
  body = *DecodeRegisterBrokerBody(Deflate(of4), 275, true);
  EXPECT_EQ(body.topic_config_table.topics, SampleTable().topics);
  EXPECT_EQ(body.filter_servers, std::vector<std::string>{"f:1"});
}

TEST(RegisterBrokerBody, ABrokenCompressedFormIsAnError) {
  std::string inflated = Sized(kVersionOf5) + Count(1) + Sized("T 4 4 6 SINGLE_TAG") + Sized("[]");
  for (size_t length = 0; length < inflated.size(); ++length) {
    EXPECT_FALSE(DecodeRegisterBrokerBody(Deflate(inflated.substr(0, length)), 479, true).ok())
        << length;
  }
  std::string packed = Deflate(inflated);
  for (size_t length = 1; length < packed.size(); ++length) {
    EXPECT_FALSE(DecodeRegisterBrokerBody(packed.substr(0, length), 479, true).ok()) << length;
  }
  EXPECT_FALSE(DecodeRegisterBrokerBody("not zlib", 479, true).ok());
  EXPECT_FALSE(DecodeRegisterBrokerBody(Deflate(Count(-1)), 479, true).ok());
  EXPECT_FALSE(
      DecodeRegisterBrokerBody(Deflate(Sized(kVersionOf5) + Count(0x7FFFFFFF)), 479, true).ok());
}

TEST(RegisterBrokerBody, ABombIsRefusedAtItsLimit) {
  std::string packed = Deflate(std::string(kMaxInflatedBytes + 1, ' '));
  ASSERT_LT(packed.size(), 1U << 20);
  EXPECT_EQ(DecodeRegisterBrokerBody(packed, 479, true).status().code(),
            ErrorCode::kResourceExhausted);
}

TEST(RegisterBrokerBody, GoldenRegistrationsAreUnderstood) {
  RegisterBrokerBody of4 = *DecodeRegisterBrokerBody(
      LoadGoldenBody("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin"), 252, false);
  EXPECT_EQ(of4.topic_config_table.topics.size(), 8U);
  EXPECT_EQ(of4.topic_config_table.data_version, (DataVersion{1795319637846, 2, 0}));
  EXPECT_EQ(of4.topic_config_table.topics.at("BenchmarkTest").read_queue_nums, 1024);
  RegisterBrokerBody of5 = *DecodeRegisterBrokerBody(
      LoadGoldenBody("5.5.0/000103-REGISTER_BROKER-to-ns-req.bin"), 513, false);
  EXPECT_EQ(of5.topic_config_table.data_version, (DataVersion{1795320473454, 8, 0}));
  EXPECT_TRUE(of5.topic_config_table.topics.at("AdmTopic").order);
}

const char kGroupOf4[] =
    R"({"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,)"
    R"("consumeFromMinEnable":true,"groupName":"GID","notifyConsumerIdsChangedEnable":true,)"
    R"("retryMaxTimes":16,"retryQueueNums":1,"whichBrokerWhenConsumeSlowly":1})";
const char kGroupOf5[] =
    R"({"attributes":{},"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,)"
    R"("consumeFromMinEnable":true,"consumeMessageOrderly":false,"consumeTimeoutMinute":15,)"
    R"("groupName":"GID","groupRetryPolicy":{"type":"CUSTOMIZED"},"groupSysFlag":0,)"
    R"("notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,)"
    R"("whichBrokerWhenConsumeSlowly":1})";

TEST(SubscriptionGroup, IsReadFromBothAndWrittenAs5) {
  SubscriptionGroupConfig config;
  config.group_name = "GID";
  EXPECT_EQ(EncodeSubscriptionGroupConfig(config), kGroupOf5);
  EXPECT_EQ(*DecodeSubscriptionGroupConfig(kGroupOf4), config);
  EXPECT_EQ(*DecodeSubscriptionGroupConfig(kGroupOf5), config);

  SubscriptionGroupTable table;
  table.data_version = {1700000000000, 2, 0};
  table.groups["GID"] = config;
  std::string text = std::string(R"({"dataVersion":)") + kVersionOf5 +
                     R"(,"subscriptionGroupTable":{"GID":)" + kGroupOf5 + "}}";
  EXPECT_EQ(EncodeSubscriptionGroupTable(table), text);
  EXPECT_EQ(DecodeSubscriptionGroupTable(text)->groups, table.groups);
}

TEST(SubscriptionGroup, KeepsWhatItDoesNotUse) {
  const char text[] =
      R"({"attributes":{"a":"b"},"groupName":"G","groupRetryPolicy":{"type":"EXPONENTIAL",)"
      R"("exponentialRetryPolicy":{"initial":5}},"subscriptionDataSet":[{"topic":"T"}],)"
      R"("consumeTimeoutMinute":3,"forbidden":{}})";
  SubscriptionGroupConfig config = *DecodeSubscriptionGroupConfig(text);
  EXPECT_EQ(*DecodeSubscriptionGroupConfig(EncodeSubscriptionGroupConfig(config)), config);
  EXPECT_EQ(config.subscription_data_set, R"([{"topic":"T"}])");
  EXPECT_EQ(config.attributes.at("a"), "b");
}

TEST(TopicNames, SystemTopicsAndNamesOfGroups) {
  EXPECT_EQ(RetryTopic("G"), "%RETRY%G");
  EXPECT_EQ(DlqTopic("G"), "%DLQ%G");
  EXPECT_TRUE(IsSystemTopic("TBW102"));
  EXPECT_TRUE(IsSystemTopic("rmq_sys_anything"));
  EXPECT_FALSE(IsSystemTopic("TopicTest"));
  EXPECT_TRUE(IsSendForbidden("SCHEDULE_TOPIC_XXXX"));
  EXPECT_FALSE(IsSendForbidden("TBW102"));
}

TEST(TopicNames, RulesAreThoseOfJava) {
  EXPECT_TRUE(ValidateTopicName("a-Z_0|%").ok());
  EXPECT_TRUE(ValidateTopicName(std::string(127, 'a')).ok());
  EXPECT_EQ(
      ValidateTopicName(std::string(128, 'a')).message(),
      "The specified topic: " + std::string(128, 'a') + ", is longer than topic max length: 127");
  EXPECT_EQ(ValidateTopicName(" ").message(), "The specified topic is blank.");
  EXPECT_EQ(ValidateTopicName("").code(), ErrorCode::kInvalidArgument);
  for (const char* bad : {"a b", "a/b", "a.b", "a\n", "\xC3\xA4", "../x"}) {
    EXPECT_EQ(ValidateTopicName(bad).message(),
              "The specified topic: " + std::string(bad) +
                  ", contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  }
  EXPECT_TRUE(ValidateGroupName(std::string(120, 'g')).ok());
  EXPECT_FALSE(ValidateGroupName(std::string(121, 'g')).ok());
  EXPECT_TRUE(ValidateTopicName(RetryTopic(std::string(kMaxGroupNameBytes, 'g'))).ok());
}

}  // namespace
}  // namespace rewindmq::protocol
