#include "operator/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace rewindmq {
namespace {

using testing::HasSubstr;

Result<OperatorOptions> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "rewind-operator");
  return ParseOperatorOptions(static_cast<int>(arguments.size()), arguments.data());
}

TEST(OptionsTest, DefaultsServeEveryNamespaceWithoutAHealthPort) {
  auto options = Parse({});
  ASSERT_TRUE(options.ok()) << options.status().ToString();
  EXPECT_EQ(options->manifests, "");
  EXPECT_EQ(options->name_space, "");
  EXPECT_EQ(options->workers, 4);
  EXPECT_EQ(options->health_port, 0);
  EXPECT_FALSE(options->exit_code.has_value());
}

TEST(OptionsTest, FlagsWinOverTheEnvironment) {
  setenv("REWIND_OPERATOR_WORKERS", "2", 1);
  setenv("REWIND_OPERATOR_NAMESPACE", "shop", 1);
  auto options = Parse({"--workers", "3", "--health-port=8081", "--log-format", "json"});
  unsetenv("REWIND_OPERATOR_WORKERS");
  unsetenv("REWIND_OPERATOR_NAMESPACE");
  ASSERT_TRUE(options.ok()) << options.status().ToString();
  EXPECT_EQ(options->workers, 3);
  EXPECT_EQ(options->name_space, "shop");
  EXPECT_EQ(options->health_port, 8081);
  EXPECT_EQ(options->log.format, "json");
}

TEST(OptionsTest, WrongOnesAreNamed) {
  EXPECT_THAT(Parse({"--workers", "0"}).status().message(), HasSubstr("--workers"));
  EXPECT_THAT(Parse({"--health-port", "70000"}).status().message(), HasSubstr("health-port"));
  EXPECT_THAT(Parse({"--nonsense"}).status().message(), HasSubstr("--nonsense"));
  EXPECT_THAT(Parse({"--manifests", "a", "--kubeconfig", "b"}).status().message(),
              HasSubstr("--manifests"));
  EXPECT_THAT(Parse({"--once"}).status().message(), HasSubstr("--manifests"));
  setenv("REWIND_OPERATOR_WORKERS", "many", 1);
  EXPECT_FALSE(Parse({}).ok());
  unsetenv("REWIND_OPERATOR_WORKERS");
}

TEST(OptionsTest, FolderCanBeServedOnce) {
  auto options = Parse({"--manifests", "folder", "--once"});
  ASSERT_TRUE(options.ok()) << options.status().ToString();
  EXPECT_EQ(options->manifests, "folder");
  EXPECT_TRUE(options->once);
}

TEST(OptionsTest, HelpEndsTheProgramWithSuccess) {
  auto options = Parse({"--help"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->exit_code, 0);
}

}  // namespace
}  // namespace rewindmq
