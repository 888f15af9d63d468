// Random operations on the store, and on plain lists beside it: both must agree all the time, and
// after every kind of restart.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

using store::Boundary;
using store::GetResult;
using store::GetStatus;

constexpr int kSeeds = 5;
constexpr int kOperations = 20'000;
constexpr int64_t kExpireMs = int64_t{100} * 3600 * 1000;
constexpr auto kDeadline = std::chrono::seconds(20);

class ModelRun {
 public:
  explicit ModelRun(uint64_t seed) : sim_(seed), random_(seed ^ 0x5EED) {
    // Some operations stay away for a whole run, so that others come in long rows.
    for (int& weight : weights_) weight = random_.OneIn(5) ? 0 : weight;
  }

  void Go() {
    ASSERT_TRUE(sim_.Open().ok());
    int sum = 0;
    for (int weight : weights_) sum += weight;
    for (int i = 0; i < kOperations && !testing::Test::HasFailure(); ++i) {
      sim_.clock().AdvanceMs(random_.Between(0, 100));
      auto pick = static_cast<int>(random_.Below(static_cast<uint64_t>(sum)));
      size_t operation = 0;
      while (pick >= weights_[operation]) pick -= weights_[operation++];
      Do(static_cast<Operation>(operation));
    }
    if (testing::Test::HasFailure()) return;
    Restart();
    ExpectAllOf(sim_.store(), sim_.history(), &random_);
  }

 private:
  enum Operation : size_t {
    kPut,
    kBatch,
    kGet,
    kSearch,
    kFlush,
    kWriteBack,
    kDeleteTopic,
    kRestart,
    kKill,
    kPowerLoss,
    kExpire,
    kOperationKinds,
  };

  void Do(Operation operation) {
    switch (operation) {
      case kPut:
        return ExpectPut(sim_.PutTo(sim_.RandomQueue(), 1, random_.OneIn(20) ? 8000 : 300));
      case kBatch:
        return ExpectPut(
            sim_.PutTo(sim_.RandomQueue(), static_cast<int>(random_.Between(2, 6)), 200));
      case kGet:
        return Get();
      case kSearch:
        return Search();
      case kFlush:
        EXPECT_TRUE(sim_.Flush());
        return;
      case kWriteBack:
        return sim_.disk().WriteBackSome(random_.Next());
      case kDeleteTopic:
        return DeleteTopic();
      case kRestart:
        return Restart();
      case kKill: {
        int64_t taken = sim_.taken_end();
        sim_.Kill();
        return sim_.ReopenAndCheck(taken);
      }
      case kPowerLoss: {
        int64_t acknowledged = sim_.acknowledged_end();
        sim_.PowerLoss(random_.Next());
        return sim_.ReopenAndCheck(acknowledged);
      }
      case kExpire:
        return Expire();
      case kOperationKinds:
        return;
    }
  }

  static void ExpectPut(const store::PutResult& put) { EXPECT_TRUE(put.ok()) << put.error; }

  void Restart() {
    Status closed = sim_.Close();
    ASSERT_TRUE(closed.ok()) << closed.ToString();
    sim_.ReopenAndCheck(sim_.acknowledged_end());
  }

  void DeleteTopic() {
    std::string topic = sim_.RandomQueue().first;
    sim_.store().DeleteQueues(topic);
    sim_.history().Forget(topic);
  }

  // The first messages grow old; the store's own thread deletes them right after the start.
  void Expire() {
    if (sim_.store().MaxPhysicalOffset() - sim_.store().MinPhysicalOffset() < 300'000) return;
    sim_.clock().AdvanceMs(kExpireMs);
    ExpectPut(sim_.PutTo(sim_.RandomQueue(), 1, 300));
    ASSERT_TRUE(sim_.Close().ok());
    store::StoreOptions options = sim_.Options();
    options.retention.delete_hours.clear();
    for (int32_t hour = 0; hour < 24; ++hour) options.retention.delete_hours.push_back(hour);
    ASSERT_TRUE(sim_.OpenWith(options).ok());
    auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (sim_.store().Stats().deleted_segments < 1) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing expires";
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    Restart();
  }

  // The queue's messages, and how many of them have expired.
  struct Expected {
    QueueName name;
    const History::Queue* sent = nullptr;  // null: no such queue
    int64_t min = 0;
    int64_t max = 0;
  };
  Expected Choose() {
    Expected expected;
    expected.name = sim_.RandomQueue();
    auto found = sim_.history().queues().find(expected.name);
    if (found == sim_.history().queues().end() || found->second.empty()) return expected;
    expected.sent = &found->second;
    expected.max = static_cast<int64_t>(found->second.size());
    expected.min =
        std::count_if(found->second.begin(), found->second.end(), [this](const Sent& message) {
          return message.physical_offset < sim_.store().MinPhysicalOffset();
        });
    return expected;
  }

  void Get() {
    Expected expected = Choose();
    int64_t offset = random_.Between(-1, expected.max + 2);
    auto count = static_cast<int32_t>(random_.Between(1, 40));
    GetResult got = sim_.store().Get(expected.name.first, expected.name.second, offset, count,
                                     random_.Between(1, 1 << 16), nullptr);
    if (expected.sent == nullptr) {
      EXPECT_TRUE(got.status == GetStatus::kNoMatchedLogicQueue ||
                  got.status == GetStatus::kNoMessageInQueue)
          << store::GetStatusName(got.status);
      return;
    }
    EXPECT_EQ(got.min_offset, expected.min);
    EXPECT_EQ(got.max_offset, expected.max);
    GetStatus status = offset < expected.min    ? GetStatus::kOffsetTooSmall
                       : offset == expected.max ? GetStatus::kOffsetOverflowOne
                       : offset > expected.max  ? GetStatus::kOffsetOverflowBadly
                                                : GetStatus::kFound;
    EXPECT_EQ(store::GetStatusName(got.status), store::GetStatusName(status)) << offset;
    for (size_t i = 0; i < got.records.size(); ++i) {
      Result<store::Record> record =
          store::DecodeRecord(got.records[i].bytes, store::CrcCheck::kVerify);
      ASSERT_TRUE(record.ok()) << record.status().ToString();
      EXPECT_EQ(record->queue_offset, offset + static_cast<int64_t>(i));
      const Sent& sent = (*expected.sent)[static_cast<size_t>(record->queue_offset)];
      EXPECT_TRUE(record->body == sent.body);
    }
    if (status == GetStatus::kFound) {
      EXPECT_EQ(got.next_begin_offset, offset + static_cast<int64_t>(got.records.size()));
    }
  }

  void Search() {
    Expected expected = Choose();
    if (expected.sent == nullptr || expected.min == expected.max) return;
    auto first = expected.sent->begin() + expected.min;
    int64_t time = (*expected.sent)[random_.Below(expected.sent->size())].store_timestamp_ms +
                   random_.Between(-1, 1);
    auto lower = std::find_if(first, expected.sent->end(), [time](const Sent& message) {
      return message.store_timestamp_ms >= time;
    });
    auto upper = std::find_if(first, expected.sent->end(), [time](const Sent& message) {
      return message.store_timestamp_ms > time;
    });
    const auto& [topic, queue] = expected.name;
    EXPECT_EQ(sim_.store().OffsetByTime(topic, queue, time, Boundary::kLower),
              lower - expected.sent->begin());
    EXPECT_EQ(sim_.store().OffsetByTime(topic, queue, time, Boundary::kUpper),
              std::max(expected.min, upper - expected.sent->begin() - 1));
  }

  SimStore sim_;
  Random random_;
  int weights_[kOperationKinds] = {6000, 800, 2000, 500, 200, 60, 4, 15, 15, 15, 2};
};

TEST(ModelTest, TheStoreAgreesWithPlainListsAfterEveryRestart) {
  ForEachSeed(kSeeds, [](uint64_t seed) { ModelRun(seed).Go(); });
}

}  // namespace
}  // namespace rewindmq::sim
