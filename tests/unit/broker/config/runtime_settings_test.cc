#include "broker/config/runtime_settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "broker/options/setting_rows.h"

namespace rewindmq::broker {
namespace {

class RuntimeSettingsTest : public testing::Test {
 protected:
  RuntimeSettingsTest() {
    char name[] = "/tmp/rewind-settings-test-XXXXXX";
    directory_ = mkdtemp(name);
    options_.broker_name = "broker-a";
    options_.advertised_ip = "127.0.0.1";
  }
  ~RuntimeSettingsTest() override { std::filesystem::remove_all(directory_); }

  // As a broker starts with these options.
  std::unique_ptr<RuntimeSettings> Start(BrokerOptions* options) {
    auto settings = RuntimeSettings::Load(directory_, &clock_, options);
    EXPECT_TRUE(settings.ok()) << settings.status().ToString();
    if (!settings.ok()) return nullptr;
    (*settings)->Bind(options);
    return std::move(*settings);
  }

  std::string directory_;
  FakeClock clock_{1'700'000'000'000};
  BrokerOptions options_;
};

TEST_F(RuntimeSettingsTest, AChangeHoldsAtOnceAndAfterARestart) {
  BrokerOptions live = options_;
  auto settings = Start(&live);
  int told = 0;
  settings->OnChange([&](const BrokerOptions& changed) {
    ++told;
    EXPECT_FALSE(changed.long_polling);
  });
  auto changed = settings->Update({{"longPollingEnable", "false"}, {"fileReservedTime", "48"}});
  ASSERT_TRUE(changed.ok()) << changed.status().message();
  EXPECT_TRUE(changed->empty()) << "nothing waits for a restart";
  EXPECT_FALSE(live.long_polling);
  EXPECT_EQ(live.store.retention.keep_ms, 48 * 3'600'000);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(settings->All()["fileReservedTime"], "48");
  EXPECT_EQ(settings->data_version().counter, 1);

  BrokerOptions again = options_;
  settings = Start(&again);
  EXPECT_FALSE(again.long_polling);
  EXPECT_EQ(again.store.retention.keep_ms, 48 * 3'600'000);
  EXPECT_EQ(settings->data_version().counter, 1);
}

TEST_F(RuntimeSettingsTest, WhatNeedsARestartIsKeptAndSaid) {
  BrokerOptions live = options_;
  auto settings = Start(&live);
  auto changed = settings->Update({{"ioThreads", "7"}});
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(*changed, std::vector<std::string>{"ioThreads"});
  EXPECT_EQ(live.io_threads, options_.io_threads);
  EXPECT_EQ(settings->All()["ioThreads"], "7");
  BrokerOptions again = options_;
  Start(&again);
  EXPECT_EQ(again.io_threads, 7);
}

TEST_F(RuntimeSettingsTest, ItIsAllOrNothingAndNamed) {
  BrokerOptions live = options_;
  auto settings = Start(&live);
  const std::vector<std::pair<RuntimeSettings::Values, std::string>> bad = {
      {{{"longPollingEnable", "false"}, {"noSuchKey", "1"}}, "noSuchKey"},
      {{{"longPollingEnable", "false"}, {"maxMessageSize", "1"}}, "maxMessageSize"},
      {{{"longPollingEnable", "false"}, {"brokerName", "other"}}, "brokerName"},
      {{{"longPollingEnable", "false"}, {"logLevel", "loud"}}, "loud"},
      {{{"longPollingEnable", "false"}, {"diskMaxUsedSpaceRatio", "95"}}, "diskMaxUsedSpaceRatio"},
  };
  for (const auto& [changes, named] : bad) {
    auto changed = settings->Update(changes);
    ASSERT_FALSE(changed.ok()) << named;
    EXPECT_NE(changed.status().message().find(named), std::string::npos)
        << changed.status().message();
    EXPECT_TRUE(live.long_polling) << named;
  }
  EXPECT_TRUE(settings->Update({{"brokerName", "broker-a"}}).ok()) << "as it is";
  BrokerOptions again = options_;
  Start(&again);
  EXPECT_TRUE(again.long_polling);
}

TEST_F(RuntimeSettingsTest, AConfigurationThatWasChangedSinceWins) {
  BrokerOptions live = options_;
  auto settings = Start(&live);
  ASSERT_TRUE(settings->Update({{"defaultTopicQueueNums", "3"}, {"traceOn", "false"}}).ok());
  BrokerOptions edited = options_;
  edited.default_topic_queue_nums = 16;
  Start(&edited);
  EXPECT_EQ(edited.default_topic_queue_nums, 16) << "somebody edited the file";
  EXPECT_FALSE(edited.trace_on) << "nobody touched this one";
}

TEST_F(RuntimeSettingsTest, EveryKeyHasARowAndEveryRowAKey) {
  for (const std::string& key : BrokerSettingKeys()) {
    // The two names of 4.x for the same sizes.
    if (key.rfind("mapedFileSize", 0) == 0) continue;
    EXPECT_NE(FindSettingRow(key), nullptr) << key;
  }
  std::vector<std::string> keys = BrokerSettingKeys();
  for (const SettingRow& row : SettingRows()) {
    EXPECT_NE(std::find(keys.begin(), keys.end(), row.key), keys.end()) << row.key;
    Settings settings;
    settings.Set(std::string(row.key), row.text(options_), "test");
    BrokerOptions same = options_;
    Status read = ApplyBrokerSettings(settings, &same);
    EXPECT_TRUE(read.ok()) << read.message();
    EXPECT_EQ(row.text(same), row.text(options_)) << row.key;
  }
}

}  // namespace
}  // namespace rewindmq::broker
