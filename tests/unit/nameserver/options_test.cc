#include "nameserver/options.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace rewindmq::nameserver {
namespace {

TEST(Options, DefaultsAreJavas) {
  Options options = *ReadOptions(Settings());
  EXPECT_EQ(options.listen_port, 9876);
  EXPECT_EQ(options.bind_address, "0.0.0.0");
  EXPECT_EQ(options.server_channel_max_idle_time_seconds, 120);
  EXPECT_FALSE(options.order_message_enable);
  EXPECT_NE(options.kv_config_path.find("/namesrv/kvConfig.json"), std::string::npos);
}

TEST(Options, EveryKeyIsReadAndShown) {
  const std::map<std::string, std::string> values = {
      {"bindAddress", "127.0.0.1"},
      {"deleteTopicWithBrokerRegistration", "true"},
      {"enableAllTopicList", "false"},
      {"enableTopicList", "false"},
      {"kvConfigPath", "/x/kv.json"},
      {"listenPort", "1234"},
      {"logFormat", "json"},
      {"logLevel", "debug"},
      {"maxConnections", "10"},
      {"maxConnectionsPerAddress", "5"},
      {"orderMessageEnable", "true"},
      {"returnOrderTopicConfigToBroker", "false"},
      {"scanNotActiveBrokerInterval", "100"},
      {"serverChannelMaxIdleTimeSeconds", "60"},
  };
  Settings settings;
  for (const auto& [key, value] : values) settings.Set(key, value, "test");
  EXPECT_EQ(DescribeOptions(*ReadOptions(settings)), values);
  EXPECT_TRUE(settings.Unknown(KnownKeys()).empty());
  EXPECT_EQ(KnownKeys().size(), values.size() + IgnoredKeys().size());
}

TEST(Options, ABadValueIsReportedWithItsPlace) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"listenPort", "65536"},
                                                        {"listenPort", "x"},
                                                        {"logLevel", "loud"},
                                                        {"logFormat", "xml"},
                                                        {"maxConnections", "0"},
                                                        {"orderMessageEnable", "1"},
                                                        {"scanNotActiveBrokerInterval", "-1"},
                                                        {"serverChannelMaxIdleTimeSeconds", ""}}) {
    Settings settings;
    settings.Set(key, value, "namesrv.conf:7");
    Status status = ReadOptions(settings).status();
    EXPECT_EQ(status.code(), ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(status.message().find("namesrv.conf:7: " + key), 0U) << status.message();
  }
}

TEST(Options, OnlySomeChangeAtRunTime) {
  Options options;
  EXPECT_TRUE(UpdateOptions({{"logLevel", "debug"}}, &options).ok());
  EXPECT_EQ(options.log_level, "debug");
  EXPECT_NE(UpdateOptions({{"listenPort", "1"}}, &options).message().find("restart"),
            std::string::npos);
  EXPECT_NE(UpdateOptions({{"nonsense", "1"}}, &options).message().find("nonsense"),
            std::string::npos);
}

}  // namespace
}  // namespace rewindmq::nameserver
