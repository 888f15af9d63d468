#include "broker/options/options.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

Settings With(const std::vector<std::pair<std::string, std::string>>& values) {
  Settings settings;
  for (const auto& [key, value] : values) settings.Set(key, value, "broker.conf:1");
  return settings;
}

TEST(BrokerOptions, ReadsRocketMqsKeys) {
  auto options = ReadBrokerOptions(With({{"brokerName", "broker-a"},
                                         {"brokerIP1", "10.0.0.1"},
                                         {"listenPort", "10921"},
                                         {"namesrvAddr", "10.0.0.2:9876; 10.0.0.3:9876"},
                                         {"flushDiskType", "SYNC_FLUSH"}}));
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->Address(), "10.0.0.1:10921");
  EXPECT_EQ(options->HaAddress(), "10.0.0.1:10922");
  EXPECT_EQ(options->name_servers, (std::vector<std::string>{"10.0.0.2:9876", "10.0.0.3:9876"}));
  EXPECT_EQ(options->store.flush_mode, store::FlushMode::kSync);
}

TEST(BrokerOptions, ConsumeQueueSizeIsRoundedUpToWholeUnits) {
  for (const char* key : {"mapedFileSizeConsumeQueue", "mappedFileSizeConsumeQueue"}) {
    auto options = ReadBrokerOptions(With({{key, "4001"}}));
    ASSERT_TRUE(options.ok()) << options.status().message();
    EXPECT_EQ(options->store.consume_queue_segment_bytes, 4020) << key;
  }
}

TEST(BrokerOptions, ReadsTheShapeOfIndexFiles) {
  auto options = ReadBrokerOptions(
      With({{"maxHashSlotNum", "500"}, {"maxIndexNum", "2000"}, {"messageIndexEnable", "false"}}));
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->store.index_shape.file_bytes(), 40 + 4 * 500 + 20 * 2000);
  EXPECT_FALSE(options->store.message_index_enable);
}

TEST(BrokerOptions, EveryBadValueIsNamed) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"listenPort", "70000"},
                                                        {"brokerIP1", "not-an-ip"},
                                                        {"brokerName", "a/b"},
                                                        {"brokerName", ""},
                                                        {"flushDiskType", "MAYBE"},
                                                        {"autoCreateTopicEnable", "1"},
                                                        {"mapedFileSizeCommitLog", "12"},
                                                        {"mapedFileSizeConsumeQueue", "19"},
                                                        {"maxIndexNum", "1"},
                                                        {"storePathCommitLog", "/a,/b"},
                                                        {"damagePolicy", "ignore"},
                                                        {"searchOffsetByTime", "upper"},
                                                        {"deleteWhen", "04;24"},
                                                        {"diskSpaceCleanForciblyRatio", "95"},
                                                        {"metricsPromExporterPort", "65536"},
                                                        {"brokerId", "-1"}}) {
    auto options = ReadBrokerOptions(With({{key, value}}));
    ASSERT_FALSE(options.ok()) << key << "=" << value;
    EXPECT_NE(options.status().message().find(key), std::string::npos)
        << options.status().message();
  }
}

TEST(BrokerOptions, MetricsAreOffAndFollowTheBindAddress) {
  auto options = ReadBrokerOptions(With({{"bindAddress", "127.0.0.1"}}));
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->metrics_port, 0);
  EXPECT_EQ(options->metrics_host, "127.0.0.1");
  options = ReadBrokerOptions(
      With({{"metricsPromExporterPort", "5557"}, {"metricsPromExporterHost", "10.0.0.1"}}));
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->metrics_port, 5557);
  EXPECT_EQ(options->metrics_host, "10.0.0.1");
}

TEST(BrokerOptions, RetentionIsSetByRocketMqsKeys) {
  auto options = ReadBrokerOptions(
      With({{"fileReservedTime", "1"}, {"deleteWhen", "04;16"}, {"diskMaxUsedSpaceRatio", "60"}}));
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->store.retention.keep_ms, 3'600'000);
  EXPECT_EQ(options->store.retention.delete_hours, (std::vector<int32_t>{4, 16}));
  EXPECT_DOUBLE_EQ(options->store.retention.expire_ratio, 0.6);
  EXPECT_DOUBLE_EQ(options->store.retention.force_ratio, 0.85);
}

}  // namespace
}  // namespace rewindmq::broker
