#include "common/protocol/registration_scan.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/file.h"
#include "common/protocol/command.h"

namespace rewindmq::protocol {
namespace {

// The same text with an unknown member that only the tolerant reader takes.
std::string ForTheTolerantReader(std::string text) {
  std::string other = R"("other":"\n")";
  return text.insert(text.rfind('}'), (text == "{}" ? "" : ",") + other);
}

void ExpectSameAsTolerant(const std::string& text) {
  auto scanned = ScanRegisterBrokerBody(text);
  ASSERT_TRUE(scanned.has_value()) << text;
  EXPECT_FALSE(ScanRegisterBrokerBody(ForTheTolerantReader(text)).has_value());
  auto read = DecodeRegisterBrokerBody(ForTheTolerantReader(text), 513, false);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(scanned->topic_config_table.data_version, read->topic_config_table.data_version);
  EXPECT_EQ(scanned->topic_config_table.topics, read->topic_config_table.topics);
  EXPECT_EQ(scanned->filter_servers, read->filter_servers);
}

std::string WithTopic(const std::string& topic) {
  return R"({"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":2},)"
         R"("topicConfigTable":{"T":)" +
         topic + "}}}";
}

TEST(RegistrationScanTest, ReadsWhatRealBrokersSend) {
  for (const char* version : {"4.2.0", "5.5.0"}) {
    auto file = ReadFile(std::string(REWIND_GOLDEN_DIR) + "/" + version +
                         "/000103-REGISTER_BROKER-to-ns-req.bin");
    ASSERT_TRUE(file.ok());
    std::string frame = file->substr(kFrameLengthBytes);
    Command command;
    ASSERT_TRUE(DecodeCommand(frame.data(), frame.size(), &command).ok());
    auto scanned = ScanRegisterBrokerBody(command.body);
    ASSERT_TRUE(scanned.has_value()) << version;
    EXPECT_GT(scanned->topic_config_table.topics.size(), 5U);
    ExpectSameAsTolerant(std::string(command.body));
  }
}

TEST(RegistrationScanTest, ReadsAsTheTolerantReaderDoes) {
  for (const char* topic :
       {"{}", R"({"topicName":"Other","perm":-7,"order":true,"unknown":[1,{"a":[]},"x"]})",
        R"( { "perm" : 6 , "topicName" : "" } )", R"({"perm":4,"perm":2})",
        R"({"attributes":{"a":"b"},"attributes":{"c":"d"},"topicFilterType":"MULTI_TAG"})",
        R"({"readQueueNums":2147483647,"writeQueueNums":-2147483648,"topicSysFlag":0})"}) {
    ExpectSameAsTolerant(WithTopic(topic));
  }
  ExpectSameAsTolerant("{}");
  ExpectSameAsTolerant(R"({"filterServerList":["a:1","b:2"]})");
  ExpectSameAsTolerant(WithTopic(R"({"perm":1},"A":{"perm":2},"T":{"order":true})"));
}

TEST(RegistrationScanTest, LeavesEverythingElseToTheTolerantReader) {
  for (const char* topic : {"",
                            "null",
                            "[]",
                            R"({"perm":"6"})",
                            R"({"perm":6.0})",
                            R"({"perm":1e3})",
                            R"({"perm":06})",
                            R"({"perm":-0})",
                            R"({"perm":2147483648})",
                            R"({"perm":null})",
                            R"({"order":1})",
                            R"({"order":truth})",
                            R"({"topicName":"\u0041"})",
                            "{\"topicName\":\"\xc3\xa4\"}",
                            "{\"topicName\":\"a\nb\"}",
                            R"({"perm":6)",
                            R"({"perm"})",
                            R"({"perm":6,})",
                            R"({"topicName":"open})",
                            R"({1:2})",
                            R"({"unknown":{{"a":1}:2}})"}) {
    EXPECT_FALSE(ScanRegisterBrokerBody(WithTopic(topic)).has_value()) << topic;
  }
  for (const char* text : {"", "[]", "{}{}", "{} x", R"({"filterServerList":[1]})",
                           R"({"filterServerList":[],"filterServerList":[]})", "{"}) {
    EXPECT_FALSE(ScanRegisterBrokerBody(text).has_value()) << text;
  }
  std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_FALSE(ScanRegisterBrokerBody(R"({"x":)" + deep + "}").has_value());
}

TEST(RegistrationScanTest, EveryCutIsLeftToTheTolerantReader) {
  std::string text = WithTopic(R"({"attributes":{"a":"b"},"perm":6,"topicName":"T","order":true})");
  ASSERT_TRUE(ScanRegisterBrokerBody(text).has_value());
  for (size_t size = 0; size < text.size(); ++size) {
    // A copy of exactly this size, so that reading past its end is noticed by a sanitizer.
    std::string cut = text.substr(0, size);
    EXPECT_FALSE(ScanRegisterBrokerBody(std::string_view(cut.data(), cut.size())).has_value());
  }
}

}  // namespace
}  // namespace rewindmq::protocol
