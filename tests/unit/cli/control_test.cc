// The lines that scripts exchange with a running consumer, and the bodies that send makes.

#include "cli/control.h"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "cli/send.h"

namespace rewindmq::cli {
namespace {

constexpr int64_t kTimeoutMs = 20;

class ControlTest : public testing::Test {
 protected:
  std::string Answers(const std::string& commands, int64_t timeout_ms = kTimeoutMs) {
    Control control(&counter_,
                    {[this] {
                       ++commits_;
                       return commit_status_;
                     },
                     [] { return size_t{4}; }},
                    timeout_ms);
    std::istringstream in(commands);
    std::ostringstream out;
    control.Run(in, out);
    return out.str();
  }

  MessageCounter counter_;
  int commits_ = 0;
  Status commit_status_;
};

TEST_F(ControlTest, CountsAndCountsAgain) {
  counter_.Add(7);
  EXPECT_EQ(Answers("count\nreset\ncount\nqueues\n"), "7\nok 0\n0\n4\n");
}

TEST_F(ControlTest, WaitsUntilEnoughHaveCome) {
  counter_.Add(7);
  EXPECT_EQ(Answers("wait 7\nwait 8\n"), "ok 7\ntimeout 7\n");
  std::thread later([this] { counter_.Add(3); });
  EXPECT_EQ(Answers("wait 10\n", 10'000), "ok 10\n");
  later.join();
}

TEST_F(ControlTest, WaitsUntilNoMoreCome) {
  counter_.Add(5);
  EXPECT_EQ(Answers("quiet 10\n"), "5\n");
}

TEST_F(ControlTest, CommitsAndTellsWhyNot) {
  EXPECT_EQ(Answers("commit\n"), "ok\n");
  commit_status_ = Status(ErrorCode::kTimeout, "broker silent");
  EXPECT_EQ(Answers("commit\n"), "error Timeout: broker silent\n");
  EXPECT_EQ(commits_, 2);
}

TEST_F(ControlTest, EndsWithQuitAndHearsNothingAfterIt) {
  EXPECT_EQ(Answers("\nquit\ncount\n"), "ok\n");
}

TEST_F(ControlTest, ExplainsWhatItDoesNotUnderstand) {
  EXPECT_EQ(Answers("wait\n").substr(0, 6), "error ");
  EXPECT_EQ(Answers("wait soon\n").substr(0, 6), "error ");
  EXPECT_EQ(Answers("count 3\n").substr(0, 6), "error ");
  EXPECT_NE(Answers("dance\n").find("'dance' is unknown"), std::string::npos);
}

TEST(SendBody, PutsTheNumberInPlaceOfPercentD) {
  EXPECT_EQ(BodyOf("Hello RocketMQ %d", 12), "Hello RocketMQ 12");
  EXPECT_EQ(BodyOf("%d-%d %s %", 3), "3-3 %s %");
}

}  // namespace
}  // namespace rewindmq::cli
