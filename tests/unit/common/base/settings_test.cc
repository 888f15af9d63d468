#include "common/base/settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "common/base/file.h"

namespace rewindmq {
namespace {

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    char name[] = "/tmp/rewind-settings-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~SettingsTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::string path = directory_ + "/" + name;
    EXPECT_TRUE(ReplaceFile(path, text).ok());
    return path;
  }
  std::string directory_;
  Settings settings_;
};

TEST_F(SettingsTest, ReadsPropertiesAndYamlAlike) {
  std::string text = "# comment\nbrokerName = broker-a\n\nlistenPort=10911\n";
  ASSERT_TRUE(settings_.LoadFile(Write("broker.conf", text)).ok());
  std::string name;
  int32_t port = 0;
  ASSERT_TRUE(settings_.Read("brokerName", &name).ok());
  ASSERT_TRUE(settings_.Read("listenPort", &port, 1, 65535).ok());
  EXPECT_EQ(name, "broker-a");
  EXPECT_EQ(port, 10911);

  ASSERT_TRUE(settings_.LoadFile(Write("broker.yaml", "brokerName: broker-b\n")).ok());
  ASSERT_TRUE(settings_.Read("brokerName", &name).ok());
  EXPECT_EQ(name, "broker-b");
}

TEST_F(SettingsTest, BadValueNamesFileLineAndRange) {
  std::string path = Write("broker.conf", "\nlistenPort=99999\n");
  ASSERT_TRUE(settings_.LoadFile(path).ok());
  int32_t port = 0;
  Status status = settings_.Read("listenPort", &port, 1, 65535);
  EXPECT_EQ(status.message(),
            path + ":2: listenPort is '99999'; it must be a number from 1 to 65535");
}

TEST_F(SettingsTest, EnvironmentWinsOverFile) {
  ASSERT_TRUE(settings_.LoadFile(Write("broker.conf", "brokerIP1=10.0.0.1\n")).ok());
  EXPECT_EQ(EnvironmentName("brokerIP1"), "REWIND_BROKER_IP1");
  ::setenv("REWIND_BROKER_IP1", "10.0.0.2", 1);
  settings_.LoadEnvironment({"brokerIP1"});
  ::unsetenv("REWIND_BROKER_IP1");
  std::string ip;
  ASSERT_TRUE(settings_.Read("brokerIP1", &ip).ok());
  EXPECT_EQ(ip, "10.0.0.2");
}

TEST_F(SettingsTest, UnknownKeysAreListedWithTheirPlace) {
  std::string path = Write("broker.conf", "listenPort=1\nlistenPrt=2\n");
  ASSERT_TRUE(settings_.LoadFile(path).ok());
  EXPECT_EQ(settings_.Unknown({"listenPort"}),
            (std::vector<std::string>{"listenPrt (" + path + ":2)"}));
}

TEST_F(SettingsTest, BrokenFilesNameTheLine) {
  Status properties = settings_.LoadFile(Write("a.conf", "x=1\nnonsense\n"));
  EXPECT_NE(properties.message().find("a.conf:2: 'nonsense' has no '='"), std::string::npos);
  Status yaml = settings_.LoadFile(Write("a.yaml", "a: 1\nb: [1\n"));
  EXPECT_NE(yaml.message().find("a.yaml:"), std::string::npos);
  Status nested = settings_.LoadFile(Write("b.yaml", "a: 1\nb: {c: 1}\n"));
  EXPECT_NE(nested.message().find("b.yaml:2: b must be a single value"), std::string::npos);
}

TEST_F(SettingsTest, ChoicesAreNamed) {
  settings_.Set("flushDiskType", "SOMETIMES", "flag --flushDiskType");
  std::string type;
  Status status = settings_.ReadChoice("flushDiskType", {"ASYNC_FLUSH", "SYNC_FLUSH"}, &type);
  EXPECT_EQ(status.message(),
            "flag --flushDiskType: flushDiskType is 'SOMETIMES'; it must be one of ASYNC_FLUSH, "
            "SYNC_FLUSH");
}

}  // namespace
}  // namespace rewindmq
