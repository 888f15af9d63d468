#include "broker/pull/pull_hold.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "common/remoting/client.h"
#include "common/remoting/io_threads.h"
#include "common/remoting/server.h"

namespace rewindmq::broker {
namespace {

constexpr int32_t kTimeoutMs = 10'000;
constexpr int64_t kLongMs = 60'000;

// A server whose every pull is held, and clients that hear what it answers.
class PullHoldTest : public testing::Test {
 protected:
  PullHoldTest() {
    dispatcher_.Add(protocol::kPullMessage,
                    [this](const protocol::Command& command, const remoting::Responder& responder) {
                      HeldPull pull{{}, subscription_, nullptr, responder};
                      pull.request.topic = "T";
                      pull.request.group = std::string(*command.fields.Find("group"));
                      pull.deadline_ms = SystemClock().SteadyMs() + kLongMs;
                      hold_->Hold(&pull, [] { return false; });
                    });
    port_ = *server_.Listen("127.0.0.1", 0);
    server_.Start();
  }
  ~PullHoldTest() override {
    hold_->Stop();
    for (auto* client : {&first_, &second_}) client->Stop();
  }

  void Pull(remoting::Client* client, const std::string& group) {
    auto request = protocol::MakeRequest(protocol::kPullMessage).With("group", group);
    client->Invoke("127.0.0.1:" + std::to_string(port_), request, kTimeoutMs,
                   [this](Result<remoting::Reply> reply) {
                     if (reply.ok() && reply->command.code == protocol::kSystemBusy) ++refused_;
                     ++answered_;
                   });
  }
  template <typename Done>
  void WaitUntil(Done done) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(done());
  }

  std::shared_ptr<const protocol::SubscriptionData> subscription_ =
      std::make_shared<protocol::SubscriptionData>();
  std::atomic<int> answered_{0};
  std::atomic<int> refused_{0};
  remoting::IoThreads io_{1};
  std::shared_ptr<PullHold> hold_ = std::make_shared<PullHold>(
      io_.First(), &SystemClock(), [](HeldPull pull, bool) { pull.responder.Ok(); },
      PullHoldLimits{5, 3});
  remoting::Dispatcher dispatcher_;
  remoting::Server server_{&io_, &dispatcher_, {}};
  remoting::Client first_{&io_, nullptr};
  remoting::Client second_{&io_, nullptr};
  uint16_t port_ = 0;
};

TEST_F(PullHoldTest, BeyondTheLimitsPullsAreAnsweredAsBusy) {
  for (int i = 0; i < 4; ++i) Pull(&first_, "G");
  WaitUntil([&] { return refused_ == 1; });
  EXPECT_EQ(hold_->size(), 3U) << "one connection has its limit";
  for (int i = 0; i < 3; ++i) Pull(&second_, "H");
  WaitUntil([&] { return refused_ == 2; });
  EXPECT_EQ(hold_->size(), 5U) << "and all together have theirs";
  hold_->WakeGroup("G", "T");
  WaitUntil([&] { return answered_ == 5; });
  EXPECT_EQ(hold_->size(), 2U);
  Pull(&first_, "G");
  WaitUntil([&] { return hold_->size() == 3; });
  EXPECT_EQ(refused_, 2) << "who was answered makes room";
}

TEST_F(PullHoldTest, ThoseWhoHangUpMakeRoom) {
  for (int i = 0; i < 3; ++i) Pull(&first_, "G");
  WaitUntil([&] { return hold_->size() == 3; });
  first_.Disconnect("127.0.0.1:" + std::to_string(port_));
  WaitUntil([&] { return hold_->size() == 0; });
}

}  // namespace
}  // namespace rewindmq::broker
