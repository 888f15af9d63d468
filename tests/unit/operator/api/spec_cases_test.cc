// Specs that are accepted or refused, the same file that tests/e2e/test_rejections.py puts before a
// real API server: a manifest in a folder is judged as one in a cluster is.

#include <gtest/gtest.h>

#include "common/base/file.h"
#include "operator/api/validate.h"

namespace rewindmq::api {
namespace {

constexpr size_t kMaxFileBytes = 1U << 20;

class SpecCasesTest : public testing::Test {
 protected:
  Json cases_ = Json::parse(
      ReadFile(std::string(REWIND_GOLDEN_DIR) + "/offsetreset/specs.json", kMaxFileBytes).value());

  Result<AcceptedSpec> Parse(const Json& c) {
    Json spec = cases_["base"];
    spec.update(c["set"]);
    return ParseSpec(spec, "team");
  }
};

TEST_F(SpecCasesTest, WhatTheApiServerAcceptsIsAccepted) {
  ASSERT_FALSE(cases_["accepted"].empty());
  for (const Json& c : cases_["accepted"]) {
    Result<AcceptedSpec> spec = Parse(c);
    EXPECT_TRUE(spec.ok()) << c["name"] << ": " << spec.status().message();
  }
}

TEST_F(SpecCasesTest, WhatItRefusesIsRefusedInTheSameWords) {
  ASSERT_FALSE(cases_["refused"].empty());
  for (const Json& c : cases_["refused"]) {
    Result<AcceptedSpec> spec = Parse(c);
    ASSERT_FALSE(spec.ok()) << c["name"];
    EXPECT_EQ(spec.status().code(), ErrorCode::kInvalidArgument) << c["name"];
    EXPECT_NE(spec.status().message().find("`spec."), std::string::npos) << c["name"];
    // Only the paths of fields are written in another way.
    std::string message = spec.status().message();
    for (size_t at = message.find("`spec."); at != std::string::npos; at = message.find("`spec.")) {
      message.erase(at + 1, 5);
    }
    EXPECT_NE(message.find(c["refused"].get<std::string>()), std::string::npos)
        << c["name"] << ": " << message;
  }
}

}  // namespace
}  // namespace rewindmq::api
