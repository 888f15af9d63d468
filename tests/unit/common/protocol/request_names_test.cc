#include "common/protocol/request_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "common/protocol/codes.h"

namespace rewindmq::protocol {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RequestNamesTest, NamesCodesAsJavaDoes) {
  EXPECT_EQ(RequestNameOf(kSendMessage), "SEND_MESSAGE");
  EXPECT_EQ(RequestNameOf(kGetRouteInfoByTopic), "GET_ROUTEINFO_BY_TOPIC");
  EXPECT_EQ(RequestNameOf(200151), "BATCH_ACK_MESSAGE");
  EXPECT_EQ(RequestNameOf(9), "");
  EXPECT_EQ(RequestNameOf(-1), "");
  EXPECT_EQ(RequestNameOf(200152), "");
}

// The captured frames carry the names that Java's own sources give; 105 had a slip of the pen then.
TEST(RequestNamesTest, AgreesWithTheCapturedFrames) {
  int seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(REWIND_GOLDEN_DIR)) {
    std::string file = entry.path().filename().string();
    if (entry.path().extension() != ".bin") continue;
    int32_t code = std::stoi(file.substr(0, 6));
    std::string name = file.substr(7, file.find('-', 7) - 7);
    if (name == "GET_ROUTEINTO_BY_TOPIC") name = "GET_ROUTEINFO_BY_TOPIC";
    EXPECT_EQ(RequestNameOf(code), name) << file;
    ++seen;
  }
  EXPECT_GT(seen, 200);
}

TEST(RequestNamesTest, ListsWhatIsServedAndWhyTheRestIsNot) {
  const int32_t served[] = {kSendMessage, 4242};
  const Unserved reasons[] = {{kPullMessage, "nobody wants it"}, {kSendMessage, "stale"}};
  std::string text = ListRequests(Asked::kBroker, served, reasons);
  EXPECT_THAT(text, HasSubstr("10\tSEND_MESSAGE\tserved\n"));
  EXPECT_THAT(text, HasSubstr("11\tPULL_MESSAGE\tnobody wants it\n"));
  EXPECT_THAT(text, HasSubstr("12\tQUERY_MESSAGE\t\n")) << "a missing reason is an empty field";
  EXPECT_THAT(text, HasSubstr("100\tPUT_KV_CONFIG\tis asked of nameservers\n"));
  EXPECT_THAT(text, HasSubstr("4242\t\tserved\n")) << "a served code without a name is shown";
  EXPECT_THAT(text, Not(HasSubstr("stale")));
}

}  // namespace
}  // namespace rewindmq::protocol
