#include "operator/controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace rewindmq::controller {
namespace {

using reconcile::Outcome;
using testing::ElementsAre;

// Records the keys it is asked for, and answers as the test wants.
class ControllerTest : public testing::Test {
 protected:
  Outcome Record(const api::ObjectKey& key,
                 Outcome outcome = {.done = true, .requeue_after_ms = 0, .error = {}}) {
    std::lock_guard lock(mutex_);
    keys_.push_back(key.ToString());
    changed_.notify_all();
    return outcome;
  }
  // The keys, once there are so many of them; fewer after ten seconds.
  std::vector<std::string> Keys(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return keys_.size() >= count; });
    return keys_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> keys_;
};

TEST_F(ControllerTest, ReconcilesNothingBeforeTheStart) {
  Controller controller([this](const api::ObjectKey& key) { return Record(key); }, 1);
  controller.Enqueue({"shop", "a"});
  controller.Enqueue({"shop", "b"});
  controller.Enqueue({"shop", "a"});
  EXPECT_THAT(Keys(0), ElementsAre());
  controller.Start();
  EXPECT_THAT(Keys(2), ElementsAre("shop/a", "shop/b"));
  EXPECT_TRUE(controller.Stop(10'000));
}

TEST_F(ControllerTest, ComesBackAfterTheTimeItIsAskedFor) {
  Controller controller(
      [this](const api::ObjectKey& key) {
        bool first = Keys(0).empty();
        return Record(key, {.done = !first, .requeue_after_ms = 30, .error = {}});
      },
      2);
  controller.Start();
  auto start = std::chrono::steady_clock::now();
  controller.Enqueue({"shop", "a"});
  EXPECT_THAT(Keys(2), ElementsAre("shop/a", "shop/a"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
  EXPECT_TRUE(controller.Stop(10'000));
  EXPECT_EQ(Keys(0).size(), 2U) << "what is done is not asked for again";
}

TEST_F(ControllerTest, ErrorsAndExceptionsAreTriedAgain) {
  Controller controller(
      [this](const api::ObjectKey& key) -> Outcome {
        size_t earlier = Keys(0).size();
        Outcome outcome = Record(key);
        if (earlier == 0) outcome.error = Status(ErrorCode::kUnavailable, "no server");
        if (earlier == 1) throw std::runtime_error("a bug");
        return outcome;
      },
      1);
  controller.Start();
  controller.Enqueue({"shop", "a"});
  EXPECT_THAT(Keys(3), ElementsAre("shop/a", "shop/a", "shop/a"));
}

TEST_F(ControllerTest, StopWaitsForTheStepUnderWayAndHandsOutNoMore) {
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  Controller controller(
      [&](const api::ObjectKey& key) {
        Outcome outcome = Record(key);
        may_go_on.wait();
        return outcome;
      },
      1);
  controller.Start();
  controller.Enqueue({"shop", "a"});
  controller.Enqueue({"shop", "b"});
  ASSERT_EQ(Keys(1).size(), 1U);
  EXPECT_FALSE(controller.Stop(20));
  go_on.set_value();
  EXPECT_TRUE(controller.Stop(10'000));
  EXPECT_THAT(Keys(0), ElementsAre("shop/a"));
}

}  // namespace
}  // namespace rewindmq::controller
